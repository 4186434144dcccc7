"""Opening whatever a library holds: a picture or a video."""

from typing import TYPE_CHECKING, Union

from photos.imaging.decoding import ENOUGH_PIXELS, DecodedImage, decode_image
from photos.imaging.folders import RAW_SUFFIXES, VIDEO_SUFFIXES
from photos.imaging.inside import File

if TYPE_CHECKING:
    from photos.imaging.video import DecodedVideo


def open_file(
    path: File, *, pixels: int | None = ENOUGH_PIXELS
) -> Union[DecodedImage, "DecodedVideo"]:
    """Decode a file by what its name says it is; see ``decode_image``.

    Decoders are loaded when they are needed: a process for one photo need not wait for FFmpeg.
    """
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        from photos.imaging.video import decode_video

        return decode_video(path)
    if suffix in RAW_SUFFIXES:
        from photos.imaging.raw import decode_raw

        return decode_raw(path, pixels=pixels)
    return decode_image(path, pixels=pixels)
