"""Decoding: upright pixels and the time taken, or a reason that a person understands."""

import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import ExifTags, Image

from photos.imaging.decoding import UnreadableImageError, decode_image
from tests.account import ordinary_user
from tests.services import temporary_home

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(image: Image.Image) -> list[str]:
    """The colours of the corners, row by row, as the nearest of the four pure ones."""
    names = {RED: "red", GREEN: "green", BLUE: "blue", WHITE: "white"}
    right, bottom = image.width - 1, image.height - 1
    seen = []
    for place in ((0, 0), (right, 0), (0, bottom), (right, bottom)):
        pixel = image.getpixel(place)
        assert isinstance(pixel, tuple)
        seen.append(
            min(
                names,
                key=lambda colour: sum(abs(a - b) for a, b in zip(colour, pixel, strict=True)),
            )
        )
    return [names[colour] for colour in seen]


def four_colours(width: int = 64, height: int = 32) -> Image.Image:
    """A picture of four blocks: red, green above blue, white."""
    image = Image.new("RGB", (width, height), WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def exif_of(**values: str | int) -> Image.Exif:
    """EXIF with these tags; those of the Exif block go there."""
    exif = Image.Exif()
    for name, value in values.items():
        tag = ExifTags.Base[name]
        where = exif if name in ("DateTime", "Orientation") else exif.get_ifd(ExifTags.IFD.Exif)
        where[tag] = value
    return exif


def save(path: Path, image: Image.Image | None = None, **options: Any) -> Path:
    (image or four_colours()).save(path, **options)
    return path


def reason(path: Path) -> str:
    with pytest.raises(UnreadableImageError) as refusal:
        decode_image(path)
    return str(refusal.value)


# What a camera stores so that the picture is upright again after each orientation's turn.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_every_exif_orientation_is_turned_upright(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    turn = STORED[orientation]
    stored = four_colours() if turn is None else four_colours().transpose(turn)
    file = save(tmp_path / f"a.{suffix}", stored, exif=exif_of(Orientation=orientation))
    image = decode_image(file).image
    assert image.size == (64, 32)
    assert corners(image) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_counts_as_upright(
    tmp_path: Path, orientation: int
) -> None:
    file = save(tmp_path / "a.jpg", exif=exif_of(Orientation=orientation))
    assert corners(decode_image(file).image) == ["red", "green", "blue", "white"]


def test_real_photos_in_all_orientations_come_out_alike(shared: Path) -> None:
    folder = shared / "photos/formats"
    for shape in ("Landscape", "Portrait"):
        pictures = [
            np.asarray(
                decode_image(folder / f"exif_orientation__{shape}_{n}.jpg").image.resize((40, 40)),
                np.int16,
            )
            for n in range(1, 9)
        ]
        for n, picture in enumerate(pictures, start=1):
            assert np.abs(picture - pictures[0]).mean() < 12, f"{shape} {n}"


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif"])
def test_formats_decode_to_rgb(tmp_path: Path, suffix: str) -> None:
    image = decode_image(save(tmp_path / f"a.{suffix}")).image
    assert (image.mode, image.size) == ("RGB", (64, 32))
    assert corners(image) == ["red", "green", "blue", "white"]


def test_heic_from_a_telephone_decodes_upright_and_dated(shared: Path) -> None:
    decoded = decode_image(shared / "photos/formats/lychee__classic-car.heic")
    assert (decoded.image.mode, decoded.image.size) == ("RGB", (3024, 4032))
    assert decoded.taken_at == datetime(2023, 10, 22, 7, 39, 48, tzinfo=UTC)


def test_every_real_format_gives_a_picture(shared: Path) -> None:
    files = [
        file
        for file in (shared / "photos/formats").iterdir()
        if file.suffix not in {".csv", ".xmp"}
    ]
    assert len(files) > 60
    for file in files:
        assert decode_image(file).image.mode == "RGB", file.name


def test_the_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    file = tmp_path / "really-a-png.jpg"
    four_colours().save(file, "PNG")
    assert corners(decode_image(file).image) == ["red", "green", "blue", "white"]


def test_a_3d_photo_is_its_first_picture(tmp_path: Path) -> None:
    second = Image.new("RGB", (64, 32), RED)
    file = save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second])
    assert corners(decode_image(file).image) == ["red", "green", "blue", "white"]


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    second = Image.new("RGB", (64, 32), RED)
    file = save(tmp_path / "a.webp", save_all=True, append_images=[second], lossless=True)
    assert corners(decode_image(file).image) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path, suffix: str) -> None:
    grey = Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], np.uint16))
    image = decode_image(save(tmp_path / f"a.{suffix}", grey)).image
    assert image.mode == "RGB"
    assert [image.getpixel((x, 0)) for x in range(3)] == [(0,) * 3, (128,) * 3, (255,) * 3]


@pytest.mark.parametrize(
    "image",
    [Image.new("RGBA", (4, 4), (0, 0, 0, 0)), Image.new("LA", (4, 4), (0, 0))],
    ids=["colour", "grey"],
)
def test_what_is_transparent_becomes_white(tmp_path: Path, image: Image.Image) -> None:
    decoded = decode_image(save(tmp_path / "a.png", image)).image
    assert (decoded.mode, decoded.getpixel((0, 0))) == ("RGB", WHITE)


def test_a_transparent_colour_of_a_palette_becomes_white(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((1, 0), 1)
    decoded = decode_image(save(tmp_path / "a.png", image, transparency=0)).image
    assert (decoded.getpixel((0, 0)), decoded.getpixel((1, 0))) == (WHITE, RED)


def test_half_transparent_colour_is_mixed_with_white(tmp_path: Path) -> None:
    image = decode_image(save(tmp_path / "a.png", Image.new("RGBA", (4, 4), (0, 0, 0, 128)))).image
    assert image.getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "P"])
def test_other_kinds_of_colour_become_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    image = decode_image(save(tmp_path / f"a.{suffix}", four_colours().convert(mode))).image
    assert image.mode == "RGB"
    assert corners(image)[3] == "white"


def test_a_photo_of_one_pixel_is_a_photo(tmp_path: Path) -> None:
    file = save(tmp_path / "a.png", Image.new("RGB", (1, 1), RED))
    assert decode_image(file).image.getpixel((0, 0)) == RED


def test_the_time_taken_without_a_zone_stays_without(tmp_path: Path) -> None:
    file = save(tmp_path / "a.jpg", exif=exif_of(DateTimeOriginal="2004:07:21 15:08:34"))
    assert decode_image(file).taken_at == datetime(2004, 7, 21, 15, 8, 34)


@pytest.mark.parametrize(
    ("written", "hours"), [("+02:00", 2.0), ("-09:30", -9.5), ("+00:00", 0.0), ("-12:00", -12.0)]
)
def test_the_time_taken_has_the_zone_that_the_camera_wrote(
    tmp_path: Path, written: str, hours: float
) -> None:
    exif = exif_of(DateTimeOriginal="2004:07:21 15:08:34", OffsetTimeOriginal=written)
    taken_at = decode_image(save(tmp_path / "a.jpg", exif=exif)).taken_at
    zone = timezone(timedelta(hours=hours))
    assert taken_at == datetime(2004, 7, 21, 15, 8, 34, tzinfo=zone)
    assert taken_at is not None
    assert taken_at.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("written", ["", "   :  ", "Z", "+99:99", "+2", "\x00\x00"])
def test_a_zone_that_makes_no_sense_is_ignored(tmp_path: Path, written: str) -> None:
    exif = exif_of(DateTimeOriginal="2004:07:21 15:08:34", OffsetTimeOriginal=written)
    taken_at = decode_image(save(tmp_path / "a.jpg", exif=exif)).taken_at
    assert taken_at == datetime(2004, 7, 21, 15, 8, 34)


def test_the_moment_of_the_shot_comes_before_that_of_the_scanner_and_the_file(
    tmp_path: Path,
) -> None:
    times = {
        "DateTimeOriginal": "1985:01:01 12:00:00",
        "DateTimeDigitized": "2004:01:01 12:00:00",
        "DateTime": "2020:01:01 12:00:00",
    }
    years = []
    while times:
        taken_at = decode_image(save(tmp_path / "a.jpg", exif=exif_of(**times))).taken_at
        years.append(taken_at and taken_at.year)
        del times[next(iter(times))]
    assert years == [1985, 2004, 2020]


@pytest.mark.parametrize(
    "written",
    ["0000:00:00 00:00:00", "    :  :     :  :  ", "2004:13:45 99:99:99", "yesterday", ""],
)
def test_a_clock_that_was_never_set_gives_no_time(tmp_path: Path, written: str) -> None:
    file = save(tmp_path / "a.jpg", exif=exif_of(DateTimeOriginal=written))
    assert decode_image(file).taken_at is None


def test_a_photo_without_exif_has_no_time(tmp_path: Path) -> None:
    assert decode_image(save(tmp_path / "a.jpg")).taken_at is None


def test_damaged_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    exif = exif_of(
        Orientation=6, DateTimeOriginal="2004:07:21 15:08:34", OffsetTimeOriginal="+02:00"
    )
    exif[ExifTags.Base.Make] = "camera"
    whole = exif.tobytes()
    chance = random.Random(1)
    file = tmp_path / "a.jpg"
    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(6, len(damaged))] = chance.randrange(256)
        four_colours(8, 8).save(file, exif=bytes(damaged))
        assert decode_image(file).image.size == (8, 8), bytes(damaged).hex()


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert "0 bytes" in reason(tmp_path / "a.jpg")


@pytest.mark.parametrize("share", [0.99, 0.5, 0.2])
def test_a_truncated_jpeg_is_not_shown_half_grey(tmp_path: Path, share: float) -> None:
    whole = save(tmp_path / "a.jpg", Image.effect_noise((300, 300), 90)).read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: int(len(whole) * share)])
    assert "ends too early" in reason(tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "avif"])
def test_other_truncated_files_give_a_reason(tmp_path: Path, suffix: str) -> None:
    whole = save(tmp_path / f"a.{suffix}", Image.effect_noise((300, 300), 90)).read_bytes()
    (tmp_path / f"a.{suffix}").write_bytes(whole[: len(whole) // 2])
    assert reason(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("share", [0.99, 0.5, 0.2])
@pytest.mark.parametrize(
    "name",
    ["photoprism_examples__iphone_7.heic", "metadata-extractor-images__heic__cheers_1440x960.heic"],
)
def test_a_truncated_heic_is_not_shown_half_green(
    shared: Path, tmp_path: Path, name: str, share: float
) -> None:
    whole = (shared / "photos/formats" / name).read_bytes()
    (tmp_path / "a.heic").write_bytes(whole[: int(len(whole) * share)])
    assert "ends too early" in reason(tmp_path / "a.heic")


def test_an_engine_does_not_make_truncated_files_pass(tmp_path: Path) -> None:
    # In a process of its own, since the import may have happened here long ago.
    whole = save(tmp_path / "a.jpg", Image.effect_noise((300, 300), 90)).read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    script = (
        "import sys; from pathlib import Path\n"
        "from faces.vision.catalogue import engine_named\n"
        "from photos.imaging.decoding import UnreadableImageError, decode_image\n"
        "engine_named('dlib-hog', Path()).load()\n"
        "try: decode_image(Path(sys.argv[1]))\n"
        "except UnreadableImageError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.jpg")],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ends too early" in done.stdout


@pytest.mark.parametrize("content", [b"Dear diary", b"\x00" * 1000, b"<svg/>", b"GIF89a", b"BM"])
def test_what_is_no_photo_says_so_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert "no picture that Kith knows" in reason(tmp_path / "a.jpg")


def test_formats_of_old_and_holes_are_not_opened(tmp_path: Path) -> None:
    for kind in ("GIF", "BMP", "TGA", "ICO", "PCX", "PPM"):
        four_colours().save(tmp_path / "a.jpg", kind)
        assert "no picture that Kith knows" in reason(tmp_path / "a.jpg")


def png_of_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says to be of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (20_001, 10_000), (2**31 - 1, 1)])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, width: int, height: int
) -> None:
    (tmp_path / "a.png").write_bytes(png_of_size(width, height))
    assert "200 megapixels" in reason(tmp_path / "a.png")


def test_the_largest_size_allowed_is_not_taken_for_a_bomb(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_of_size(20_000, 10_000))
    assert "megapixels" not in reason(tmp_path / "a.png")  # it has no pixels, though


def test_a_bomb_in_a_text_chunk_is_refused(shared: Path) -> None:
    assert reason(shared / "photos/broken/png_decompression_dos.png")


def test_every_broken_file_gives_a_picture_or_a_reason(
    shared: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes = {"picture": 0, "reason": 0}
    for file in sorted((shared / "photos/broken").iterdir()):
        try:
            assert decode_image(file).image.mode == "RGB"
            outcomes["picture"] += 1
        except UnreadableImageError as refusal:
            assert str(refusal).endswith("."), file.name
            assert str(shared) not in str(refusal), file.name
            outcomes["reason"] += 1
    assert outcomes["reason"] > 90
    capfd.readouterr()  # libtiff's complaints


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    assert "gone" in reason(tmp_path / "a.jpg")


def test_a_folder_in_the_place_of_a_file_gives_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    (tmp_path / "a.jpg/b").touch()
    message = reason(tmp_path / "a.jpg")
    assert message == "The file cannot be read: Is a directory."


@pytest.fixture
def closed_photo() -> Iterator[Path]:
    with temporary_home() as home:
        file = save(home / "a.jpg")
        file.chmod(0)
        yield file


def test_a_file_without_permission_says_so(closed_photo: Path) -> None:
    with ordinary_user():
        assert "permission" in reason(closed_photo)


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    save(tmp_path / "good.jpg")
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 not really")
    process = psutil.Process()
    before = process.num_fds()
    for _ in range(20):
        decode_image(tmp_path / "good.jpg")
        reason(tmp_path / "bad.jpg")
    assert process.num_fds() == before


def test_of_a_large_jpeg_no_more_is_decoded_than_is_needed(tmp_path: Path) -> None:
    file = save(tmp_path / "a.jpg", four_colours(4000, 2000), exif=exif_of(Orientation=6))
    decoded = decode_image(file, pixels=1_000_000)
    assert decoded.size == (2000, 4000)
    assert decoded.image.size == (1000, 2000)
    assert corners(decoded.image) == corners(decoded.whole)
    assert decoded.whole.size == (2000, 4000)


@pytest.mark.parametrize("suffix", ["png", "webp", "avif"])
def test_what_cannot_be_decoded_in_part_is_whole_at_once(tmp_path: Path, suffix: str) -> None:
    decoded = decode_image(save(tmp_path / f"a.{suffix}", four_colours(400, 200)), pixels=1000)
    assert decoded.size == decoded.image.size == (400, 200)
    assert decoded.whole is decoded.image
