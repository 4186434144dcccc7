"""Decoding what cameras write before they make a picture of it."""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any

import rawpy
from PIL import ExifTags, Image

from photos.imaging.decoding import (
    ENOUGH_PIXELS,
    MAX_MEGAPIXELS,
    TURNS,
    DecodedImage,
    UnreadableImageError,
    exif_time,
    why_unreadable,
)
from photos.imaging.inside import File

# An embedded preview with this share of the sides stands for the whole picture.
FULL_SIZE = 0.9
# LibRaw's numbers for how a picture is to be turned, as EXIF orientations.
ORIENTATIONS = {0: 1, 1: 2, 3: 3, 2: 4, 4: 5, 6: 6, 7: 7, 5: 8}
UNKNOWN = "This RAW file is damaged, or of a camera that Kith does not know."


@dataclass(frozen=True)
class DecodedRaw(DecodedImage):
    """A RAW file, decoded."""

    @cached_property
    def whole(self) -> Image.Image:
        """The picture in all its pixels, RGB and upright; raises as ``decode_raw`` does."""
        if self.image.size == self.size:
            return self.image
        return decode_raw(self.path, pixels=None).image


def decode_raw(path: File, *, pixels: int | None = ENOUGH_PIXELS) -> DecodedRaw:
    """Decode a RAW file: the preview in it where that is as large as the picture, else its pixels.

    Of a preview no more is decoded than leaves so many ``pixels``, of the picture half of each
    side, with None all. Raises as ``decode_image`` does.
    """
    try:
        if path.stat().st_size == 0:
            raise UnreadableImageError("The file is empty (0 bytes).")
        with path.open("rb") as file, rawpy.imread(file) as raw:
            size = (raw.sizes.width, raw.sizes.height)
            if size[0] * size[1] > MAX_MEGAPIXELS * 1_000_000:
                raise UnreadableImageError(f"It is larger than {MAX_MEGAPIXELS} megapixels.")
            orientation = ORIENTATIONS.get(raw.sizes.flip, 1)
            taken_at = _time_taken(path)
            shown = _preview(raw, size, orientation, pixels)
            if shown is None:
                made = raw.postprocess(half_size=pixels is not None, use_camera_wb=True)
                shown = Image.fromarray(made), _turned_size(size, orientation)
            return DecodedRaw(path, *shown, taken_at)
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise UnreadableImageError(UNKNOWN) from error
    except OSError as error:
        raise why_unreadable(error) from error


def _turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size[::-1] if orientation >= 5 else size


def _preview(
    raw: Any, size: tuple[int, int], orientation: int, pixels: int | None
) -> tuple[Image.Image, tuple[int, int]] | None:
    """Return the embedded preview, upright and perhaps shrunk, and its whole size, if it is large.

    Previews lie as the sensor did, unless they say themselves how they are to be turned, or have
    been turned already.
    """
    with suppress(rawpy.LibRawError, OSError, ValueError):
        thumb = raw.extract_thumb()
        if thumb.format != rawpy.ThumbFormat.JPEG:
            return None
        image = Image.open(BytesIO(thumb.data), formats=["JPEG"])
        if max(image.size) < FULL_SIZE * max(size):
            return None
        is_turned = (image.width < image.height) != (size[0] < size[1])
        turn = image.getexif().get(ExifTags.Base.Orientation, 1)
        if turn == 1 and not is_turned:
            turn = orientation
        whole = _turned_size(image.size, turn)
        share = (pixels / (image.width * image.height)) ** 0.5 if pixels else 1
        if share < 1:
            image.draft("RGB", (int(image.width * share), int(image.height * share)))
        upright = image.convert("RGB")
        return (upright.transpose(TURNS[turn]) if turn in TURNS else upright), whole
    return None


def read_raw_exif(path: File) -> Image.Exif:
    """Return the EXIF data of a RAW file that is built like a TIFF, as most are, else none."""
    exif = Image.Exif()
    # Damaged data raises all kinds of errors, and warnings.
    with suppress(Exception), warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        exif.load_from_fp(file)
        exif.get_ifd(ExifTags.IFD.Exif)
        exif.get_ifd(ExifTags.IFD.GPSInfo)
    return exif


def _time_taken(path: File) -> datetime | None:
    with suppress(Exception):  # damaged EXIF is no reason to refuse the picture
        return exif_time(read_raw_exif(path))
    return None
