"""What a file says of how it was taken: camera, lens, exposure, place and time."""

import re
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

from photos.imaging.decoding import FORMATS, exif_time
from photos.imaging.folders import RAW_SUFFIXES, VIDEO_SUFFIXES
from photos.imaging.inside import File
from photos.imaging.raw import read_raw_exif
from photos.imaging.video import read_tags

LONGEST_TEXT = 200  # of a name; more is a mistake or mischief


@dataclass(frozen=True)
class Details:
    """How a photo was taken, as far as its file says so."""

    camera: str = ""
    lens: str = ""
    exposure_seconds: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length_mm: float | None = None
    taken_at: datetime | None = None  # without zone where the camera wrote none
    latitude: float | None = None  # degrees, north is positive
    longitude: float | None = None  # degrees, east is positive
    altitude_m: float | None = None


def read_details(path: File) -> Details:
    """Return what the file says; nothing where it is gone, or says nothing that can be read."""
    # Decoders raise whatever their formats' authors thought of, and warn of what is odd.
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix.lower() in VIDEO_SUFFIXES:
            return _of_video(path)
        if path.suffix.lower() in RAW_SUFFIXES:
            return details_of(read_raw_exif(path))
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            return details_of(image.getexif())
    return Details()


def details_of(exif: Image.Exif) -> Details:
    """Return the details in EXIF data; each that makes no sense is left out."""
    base, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    placed = latitude is not None and longitude is not None
    altitude = _number(gps.get(ExifTags.GPS.GPSAltitude))
    below = gps.get(ExifTags.GPS.GPSAltitudeRef) in (1, b"\x01")
    speed = base.get(ExifTags.Base.ISOSpeedRatings)
    iso = _positive(speed[0] if isinstance(speed, tuple) and speed else speed)
    return Details(
        camera=_camera(_text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))),
        lens=_text(base.get(ExifTags.Base.LensModel)),
        exposure_seconds=_positive(base.get(ExifTags.Base.ExposureTime)),
        f_number=_positive(base.get(ExifTags.Base.FNumber)),
        iso=None if iso is None else round(iso),
        focal_length_mm=_positive(base.get(ExifTags.Base.FocalLength)),
        taken_at=exif_time(exif),
        latitude=latitude if placed else None,
        longitude=longitude if placed else None,
        altitude_m=-altitude if below and altitude is not None else altitude,
    )


def _camera(make: str, model: str) -> str:
    """Return maker and model; most models begin with the maker's name already."""
    first = make.split(" ")[0].lower()
    return model if first and model.lower().startswith(first) else f"{make} {model}".strip()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = "".join(each if each.isprintable() else " " for each in str(value or ""))
    return " ".join(text.split())[:LONGEST_TEXT]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if abs(number) < 1e9 else None  # NaN is no number, either


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _degrees(
    gps: Mapping[int, Any], tag: int, side_tag: int, negative: str, most: int
) -> float | None:
    """Return degrees, minutes and seconds as degrees; None for the (0, 0, 0) of an empty field."""
    parts = gps.get(tag)
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    degrees = sum((number or 0) / 60**place for place, number in enumerate(numbers))
    side = _text(gps.get(side_tag)).upper()
    if not side or not 0 <= degrees <= most:
        return None
    return float(-degrees if side == negative else degrees)


def _of_video(path: File) -> Details:
    taken_at, tags = read_tags(path)
    place = re.match(
        r"([+-]\d+\.\d+)([+-]\d+\.\d+)([+-]\d+\.?\d*)?",
        tags.get("com.apple.quicktime.location.ISO6709") or tags.get("location") or "",
    )
    latitude, longitude, altitude = place.groups() if place else (None, None, None)
    make = tags.get("com.apple.quicktime.make") or tags.get("make")
    model = tags.get("com.apple.quicktime.model") or tags.get("model")
    return Details(
        camera=_camera(_text(make), _text(model)),
        taken_at=taken_at,
        latitude=_number(latitude),
        longitude=_number(longitude),
        altitude_m=_number(altitude),
    )
