"""Cutting a face out of a file that somebody has drawn it on, in a process of its own."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

from faces.recognition.geometry import Box
from faces.vision.engines import best_image, crop_face
from faces.vision.interfaces import Picture
from photos.imaging.inside import InsideFile
from photos.imaging.limited import run_limited
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import thumbnail_webp


@dataclass(frozen=True)
class Cut:
    """A box cut out of a picture, of a video's frame that is nearest to its time."""

    size: tuple[int, int]  # width and height of the whole picture
    time: float | None  # seconds, of the frame
    crop: bytes  # WebP


def cut_apart(file: InsideFile, box: Box, *, is_video: bool, side: int) -> Cut:
    """Return the box as a crop of so many pixels; raises UnreadableImageError.

    The box lies within the picture.
    """
    place = [box.left, box.top, box.width, box.height]
    moment = (box.time or 0.0) if is_video else None
    said = json.loads(run_limited(cut, file, place=place, moment=moment, side=side))
    width, height = said["size"]
    return Cut((width, height), said["time"], b64decode(said["crop"]))


def cut(file: InsideFile, *, place: list[float], moment: float | None, side: int) -> bytes:
    """Return JSON of a Cut."""
    picture: Picture
    time = None
    if moment is None:
        picture = open_file(file)  # type: ignore[assignment]
    else:
        from photos.imaging.video import frame_at  # FFmpeg takes long to load

        frame = frame_at(file, moment)
        picture, time = frame, frame.time
    left, top, width, height = place
    box = Box(left, top, width, height)
    crop = thumbnail_webp(crop_face(best_image(picture, box), box), side)
    said = {"size": picture.size, "time": time, "crop": b64encode(crop).decode()}
    return json.dumps(said).encode()
