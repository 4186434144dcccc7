"""XMP in and beside files, and how their pixels are stored."""

from pathlib import Path

import pytest
from PIL import Image

from photos.imaging.decoding import decode_image
from photos.imaging.metadata import MOST_BYTES, read_metadata
from photos.imaging.raw import decode_raw
from tests.raw_files import make_dng


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_file_is_turned_as_its_decoder_turns_it(tmp_path: Path, orientation: int) -> None:
    path = make_dng(
        tmp_path / "a.dng", Image.new("RGB", (64, 48)), orientation=orientation, preview=False
    )
    (tmp_path / "a.xmp").write_bytes(b"beside")
    read = read_metadata(path)
    assert (read.orientation, read.packets) == (orientation, (b"beside",))
    width, height = decode_raw(path).size
    assert read.size == ((height, width) if orientation > 4 else (width, height))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_the_size_is_as_the_pixels_are_stored_and_the_decoder_turns_it(
    tmp_path: Path, suffix: str
) -> None:
    exif = Image.Exif()
    exif[274] = 6
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    read = read_metadata(path)
    assert (read.size, read.orientation) == ((60, 40), 6)
    assert decode_image(path).size == (40, 60)


def test_what_names_the_photo_in_full_comes_first_and_what_is_too_large_not_at_all(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (60, 40)).save(path, xmp=b"inside")
    for name in ("a.jpg.xmp", "a.xmp"):
        (tmp_path / name).write_bytes(name.encode())
    assert read_metadata(path).packets == (b"a.jpg.xmp", b"a.xmp", b"inside")
    (tmp_path / "a.xmp").write_bytes(b"x" * (MOST_BYTES + 1))
    (tmp_path / "a.jpg.xmp").unlink()
    (tmp_path / "a.jpg.xmp").symlink_to("/etc/passwd")
    assert read_metadata(path).packets == (b"inside",)
