"""RAW files: turned upright as their cameras say, by the preview in them or by their pixels."""

from datetime import datetime
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from photos.imaging.decoding import TURNS, UnreadableImageError, decode_image
from photos.imaging.exif import read_details
from photos.imaging.opening import open_file
from photos.imaging.raw import decode_raw
from tests.raw_files import make_dng

CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))


@pytest.fixture
def picture() -> Image.Image:
    """Green and blue above, red and blue below."""
    picture = Image.new("RGB", (64, 48), "red")
    picture.paste("blue", (32, 0, 64, 48))
    picture.paste("green", (0, 0, 32, 24))
    return picture


def colours(image: Image.Image) -> list[int]:
    """Return the strongest channel in each corner."""
    found = []
    for x, y in CORNERS:
        pixel = image.getpixel((int(x * image.width), int(y * image.height)))
        assert isinstance(pixel, tuple)
        found.append(max(range(3), key=lambda channel: pixel[channel]))
    return found


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_are_shown_upright(
    tmp_path: Path, picture: Image.Image, orientation: int, preview: bool
) -> None:
    path = make_dng(tmp_path / "a.dng", picture, orientation=orientation, preview=preview)
    decoded = decode_raw(path)
    turn = TURNS.get(orientation)
    expected = picture if turn is None else picture.transpose(turn)
    assert decoded.size == expected.size == decoded.whole.size
    assert colours(decoded.image) == colours(decoded.whole) == colours(expected)


def test_the_preview_is_taken_where_it_is_as_large(tmp_path: Path, picture: Image.Image) -> None:
    with_preview = decode_raw(make_dng(tmp_path / "a.dng", picture, preview=True))
    without = decode_raw(make_dng(tmp_path / "b.dng", picture, preview=False))
    assert (with_preview.image.size, without.image.size) == ((64, 48), (32, 24))


def test_a_raw_file_says_when_and_with_what_it_was_taken(
    tmp_path: Path, picture: Image.Image
) -> None:
    path = make_dng(tmp_path / "a.DNG", picture, preview=False)
    assert open_file(path).taken_at == datetime(2020, 5, 4, 10, 20, 30)
    assert read_details(path).camera == "Kith One"


@pytest.mark.parametrize("content", [b"", b"II*\0", b"no picture at all " * 100])
def test_what_is_no_raw_file_has_a_reason(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.nef").write_bytes(content)
    with pytest.raises(UnreadableImageError, match=r"empty|damaged"):
        decode_raw(tmp_path / "a.nef")
    with pytest.raises(UnreadableImageError, match="gone"):
        decode_raw(tmp_path / "b.nef")


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_raw_file_that_was_cut_off_has_a_reason_or_its_preview(
    tmp_path: Path, picture: Image.Image, share: float
) -> None:
    path = make_dng(tmp_path / "a.dng", picture, preview=False)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnreadableImageError):
        decode_raw(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_same_place_has_the_same_box_in_all_orientations(
    tmp_path: Path, picture: Image.Image, orientation: int, suffix: str
) -> None:
    turn = TURNS.get(orientation)
    undone = {
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
    }
    lying = picture if turn is None else picture.transpose(undone.get(turn, turn))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    lying.save(tmp_path / f"a{suffix}", exif=exif)
    decoded = decode_image(tmp_path / f"a{suffix}")
    assert decoded.size == picture.size
    assert colours(decoded.image) == colours(picture)
