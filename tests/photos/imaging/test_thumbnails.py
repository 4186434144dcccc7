"""Shrinking pictures."""

from io import BytesIO

import pytest
from PIL import Image

from photos.imaging.thumbnails import THUMBNAIL_SIDE, thumbnail_webp, webp


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    assert image.format == "WEBP"
    image.load()
    return image


@pytest.mark.parametrize(
    ("size", "shrunk"),
    [((4000, 3000), (720, 540)), ((3000, 4000), (540, 720)), ((10_000, 10), (720, 1))],
)
def test_the_longer_side_is_shrunk_and_the_shape_kept(
    size: tuple[int, int], shrunk: tuple[int, int]
) -> None:
    assert opened(thumbnail_webp(Image.new("RGB", size))).size == shrunk


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(thumbnail_webp(Image.new("RGB", (30, 20)))).size == (30, 20)


def test_the_side_can_be_chosen() -> None:
    assert opened(thumbnail_webp(Image.new("RGB", (400, 200)), 240)).size == (240, 120)


def test_the_picture_itself_stays_as_it_is() -> None:
    image = Image.new("RGB", (2000, 1000))
    thumbnail_webp(image)
    assert image.size == (2000, 1000)
    assert THUMBNAIL_SIDE < 2000


def test_colours_survive() -> None:
    pixel = opened(webp(Image.new("RGB", (16, 16), (200, 30, 40)))).convert("RGB").getpixel((8, 8))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) < 8 for a, b in zip(pixel, (200, 30, 40), strict=True))


def test_a_thumbnail_carries_no_metadata_of_the_photo() -> None:
    image = Image.new("RGB", (100, 100))
    image.info["exif"] = b"Exif\x00\x00 where I live"
    assert b"where I live" not in thumbnail_webp(image)
