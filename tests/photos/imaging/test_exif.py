"""What files say of how they were taken, and what makes no sense left out."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from photos.imaging.exif import Details, read_details
from tests.videos import make_video, plain

Base, GPS, IFD = ExifTags.Base, ExifTags.GPS, ExifTags.IFD


def save(path: Path, base: dict[int, Any], exif_ifd: dict[int, Any], gps: dict[int, Any]) -> Path:
    exif = Image.Exif()
    exif.update(base)
    exif.get_ifd(IFD.Exif).update(exif_ifd)
    exif.get_ifd(IFD.GPSInfo).update(gps)
    plain("red").save(path, exif=exif)
    return path


def test_camera_exposure_place_and_time_are_read(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.jpg",
        {Base.Make: "Canon", Base.Model: "Canon EOS R5"},
        {
            Base.LensModel: "RF50mm F1.2",
            Base.ExposureTime: 0.004,
            Base.FNumber: 1.2,
            Base.ISOSpeedRatings: 400,
            Base.FocalLength: 50.0,
            Base.DateTimeOriginal: "2020:05:04 10:20:30",
            Base.OffsetTimeOriginal: "+02:00",
        },
        {
            GPS.GPSLatitude: (33.0, 51.0, 36.0),
            GPS.GPSLatitudeRef: "S",
            GPS.GPSLongitude: (151.0, 12.0, 0.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSAltitude: 12.5,
            GPS.GPSAltitudeRef: b"\x01",
        },
    )
    details = read_details(path)
    assert (details.camera, details.lens) == ("Canon EOS R5", "RF50mm F1.2")
    assert details.exposure_seconds == pytest.approx(1 / 250)
    assert [details.f_number, details.focal_length_mm] == pytest.approx([1.2, 50])
    assert details.iso == 400
    assert details.taken_at == datetime(2020, 5, 4, 10, 20, 30, tzinfo=timezone(timedelta(hours=2)))
    place = [details.latitude, details.longitude, details.altitude_m]
    assert place == pytest.approx([-33.86, 151.2, -12.5])


def test_what_makes_no_sense_is_left_out(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.jpg",
        {Base.Make: "x" * 5000, Base.Model: "a\x00\x07b"},
        {Base.ExposureTime: 0.0, Base.FNumber: 0.0},
        {GPS.GPSLatitude: (95.0, 0.0, 0.0), GPS.GPSLatitudeRef: "N"},
    )
    details = read_details(path)
    assert len(details.camera) < 500
    assert details.camera.isprintable()
    assert (details.exposure_seconds, details.f_number) == (None, None)
    assert (details.latitude, details.longitude) == (None, None)


def test_a_file_that_is_gone_damaged_or_silent_says_nothing(tmp_path: Path) -> None:
    plain("red").save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff")
    for name in ("a.png", "b.jpg", "c.jpg", "d.mp4", "e.nef"):
        assert read_details(tmp_path / name) == Details()


def test_a_video_says_when_it_was_taken(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red")], creation_time="2019-05-04T10:20:30Z")
    assert str(read_details(path).taken_at) == "2019-05-04 10:20:30+00:00"


def test_real_files_are_read_or_say_nothing(shared: Path) -> None:
    folder = shared / "photos" / "formats"
    found = [read_details(path) for path in sorted(folder.iterdir())]
    assert sum(bool(details.camera) for details in found) >= 13
    assert any(details.latitude is not None for details in found)
    assert any(details.taken_at and details.taken_at.tzinfo for details in found)
    for path in sorted((shared / "photos" / "broken").iterdir()):
        read_details(path)
