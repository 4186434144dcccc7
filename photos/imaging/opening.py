"""Opening whatever a library holds: a picture or a video."""

from photos.imaging.decoding import ENOUGH_PIXELS, DecodedImage, decode_image
from photos.imaging.folders import RAW_SUFFIXES, VIDEO_SUFFIXES
from photos.imaging.inside import File
from photos.imaging.raw import decode_raw
from photos.imaging.video import DecodedVideo, decode_video


def open_file(path: File, *, pixels: int | None = ENOUGH_PIXELS) -> DecodedImage | DecodedVideo:
    """Decode a file by what its name says it is; see ``decode_image``."""
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return decode_video(path)
    if suffix in RAW_SUFFIXES:
        return decode_raw(path, pixels=pixels)
    return decode_image(path, pixels=pixels)
