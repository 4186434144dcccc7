"""Opening whatever a library holds: a picture or a video."""

from pathlib import Path

from photos.imaging.decoding import ENOUGH_PIXELS, DecodedImage, decode_image
from photos.imaging.folders import VIDEO_SUFFIXES
from photos.imaging.video import DecodedVideo, decode_video


def open_file(path: Path, *, pixels: int | None = ENOUGH_PIXELS) -> DecodedImage | DecodedVideo:
    """Decode a file by what its name says it is; see ``decode_image`` and ``decode_video``."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return decode_video(path)
    return decode_image(path, pixels=pixels)
