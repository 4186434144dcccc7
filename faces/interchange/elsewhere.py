"""People and boxes as other photo managers' APIs tell them, each in its own JSON.

A file holds any number of answers, one after the other, as a loop of ``curl`` leaves them.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from faces.interchange.boxes import clipped
from faces.interchange.regions import NamesInFile, Region, plain
from faces.recognition.geometry import Box

# LibrePhotos finds faces in a picture of this height, or the photo itself if that is lower.
LIBREPHOTOS_HEIGHT = 1080
MD5_DIGITS = 32


class ElsewhereError(ValueError):
    """This is not what the program's API answers; the message says why."""


@dataclass(frozen=True)
class Mark:
    """A name at a box: in shares of the upright photo, or pixels of one shrunk to a height."""

    name: str
    corners: tuple[float, float, float, float]
    shrunk_to: int | None = None

    def region(self, size: tuple[int, int]) -> Region | None:
        """Return it on an upright photo of a size in pixels; None for what is not on it."""
        left, top, right, bottom = self.corners
        if self.shrunk_to is not None:
            if min(size) <= 0:
                return None
            height = min(self.shrunk_to, size[1])
            width = size[0] * height / size[1]
            left, right, top, bottom = left / width, right / width, top / height, bottom / height
        box = clipped(Box(left, top, right - left, bottom - top))
        return Region(plain(self.name), box) if box else None


@dataclass
class MarkedPhoto:
    """A photo as another program tells it."""

    paths: list[str]
    size: int | None = None
    hashes: list[tuple[str, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of people without a box

    def named(self, size: tuple[int, int]) -> NamesInFile:
        """Return who is where on the upright photo of a size in pixels."""
        regions = [region for each in self.marks if (region := each.region(size))]
        return NamesInFile(tuple(regions), tuple(map(plain, self.names)))


def read_elsewhere(program: str, text: str) -> Iterator[MarkedPhoto]:
    """Yield the photos with names that a program's answers tell; raises ElsewhereError."""
    try:
        for answer in _answers(text):
            for found in _photos_in(answer, IS_PHOTO[program]):
                photo = READERS[program](found)
                if not all(isinstance(path, str) for path in photo.paths):
                    raise ElsewhereError(f"This is not what {program} answers: paths are texts.")
                if photo.paths and (photo.marks or photo.names):
                    yield photo
    except (TypeError, KeyError, AttributeError, ValueError, RecursionError) as error:
        if isinstance(error, ElsewhereError):
            raise
        raise ElsewhereError(f"This is not what {program} answers: {error!r}.") from None


def _answers(text: str) -> Iterator[Any]:
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace() or text[place] == "\ufeff":
            place += 1
            continue
        try:
            answer, place = decoder.raw_decode(text, place)
        except ValueError as error:
            raise ElsewhereError(f"This is no JSON: {error}.") from None
        yield answer


def _photos_in(answer: Any, is_photo: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """Yield the photos in an answer: one, a list, or a page that has them somewhere inside."""
    if isinstance(answer, list):
        for each in answer:
            yield from _photos_in(each, is_photo)
    elif isinstance(answer, dict):
        if is_photo(answer):
            yield answer
        else:
            for each in answer.values():
                if isinstance(each, list | dict):
                    yield from _photos_in(each, is_photo)


def _immich(asset: dict[str, Any]) -> MarkedPhoto:
    photo = MarkedPhoto(
        [asset["originalPath"], asset.get("originalFileName") or asset["originalPath"]],
        (asset.get("exifInfo") or {}).get("fileSizeInByte"),
    )
    try:
        digits = base64.b64decode(asset.get("checksum") or "").hex()
    except (binascii.Error, ValueError):
        digits = ""
    if digits:
        photo.hashes.append(("sha1", digits))
    for person in asset.get("people") or []:
        name, faces = person.get("name") or "", person.get("faces") or []
        if plain(name):
            photo.marks += [Mark(name, corners) for corners in map(_immich_corners, faces)]
            photo.names += [] if faces else [name]
    return photo


def _immich_corners(face: dict[str, Any]) -> tuple[float, float, float, float]:
    width, height = face["imageWidth"] or 1, face["imageHeight"] or 1
    return (
        face["boundingBoxX1"] / width,
        face["boundingBoxY1"] / height,
        face["boundingBoxX2"] / width,
        face["boundingBoxY2"] / height,
    )


def _photoprism(told: dict[str, Any]) -> MarkedPhoto:
    """Markers hang on the primary file, which may be a picture converted from the original."""
    files = told.get("Files") or []
    photo = MarkedPhoto([each["Name"] for each in files if each.get("Name")])
    if told.get("OriginalName"):
        photo.paths.append(told["OriginalName"])
    photo.hashes = [("sha1", each["Hash"]) for each in files if each.get("Hash")]
    for marker in (marker for each in files for marker in each.get("Markers") or []):
        is_sure = marker.get("Type", "face") == "face" and not marker.get("Invalid")
        if is_sure and not marker.get("Review") and plain(marker.get("Name") or ""):
            left, top = marker.get("X", 0), marker.get("Y", 0)
            right, bottom = left + marker.get("W", 0), top + marker.get("H", 0)
            photo.marks.append(Mark(marker["Name"], (left, top, right, bottom)))
    return photo


def _librephotos(told: dict[str, Any]) -> MarkedPhoto:
    """What it guesses stays there: names count that a user has given."""
    paths = told["image_path"]
    photo = MarkedPhoto(
        list(paths) if isinstance(paths, list) else [paths], told.get("size") or None
    )
    digits = str(told.get("image_hash") or "")[:MD5_DIGITS]  # the owner's number follows
    if len(digits) == MD5_DIGITS:
        photo.hashes.append(("md5", digits))
    for person in told.get("people") or []:
        where = person.get("location") or {}
        if person.get("type") == "user" and plain(person.get("name") or "") and where:
            corners = (where["left"], where["top"], where["right"], where["bottom"])
            photo.marks.append(Mark(person["name"], corners, LIBREPHOTOS_HEIGHT))
    return photo


READERS: dict[str, Callable[[dict[str, Any]], MarkedPhoto]] = {
    "immich": _immich,
    "photoprism": _photoprism,
    "librephotos": _librephotos,
}
IS_PHOTO: dict[str, Callable[[dict[str, Any]], bool]] = {
    "immich": lambda told: "originalPath" in told,
    "photoprism": lambda told: "Files" in told,
    "librephotos": lambda told: "image_path" in told,
}
PROGRAMS: Iterable[str] = tuple(READERS)
