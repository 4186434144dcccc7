"""What the web server has done with files in processes of their own: see ``limited``."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from photos.imaging.inside import InsideFile
from photos.imaging.limited import run_limited
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import thumbnail_webp

if TYPE_CHECKING:
    from photos.imaging.exif import Details


def check_apart(file: InsideFile) -> None:
    """Decode a file; UnreadableImageError says why it gives no picture."""
    run_limited(decoded, file)


def preview_apart(file: InsideFile, side: int) -> bytes:
    """Return the picture as WebP, its longer side at most so many pixels; raises likewise."""
    return run_limited(preview, file, side=side)


def details_apart(file: InsideFile) -> "Details":
    """Return what a file says of how it was taken; raises likewise."""
    from photos.imaging.exif import Details

    said = json.loads(run_limited(details, file))
    if said["taken_at"] is not None:
        said["taken_at"] = datetime.fromisoformat(said["taken_at"])
    return Details(**said)


def decoded(file: InsideFile) -> bytes:
    """Decode, and say nothing."""
    open_file(file)
    return b""


def preview(file: InsideFile, side: int) -> bytes:
    """Return WebP."""
    return thumbnail_webp(open_file(file, pixels=side**2).image, side)


def details(file: InsideFile) -> bytes:
    """Return JSON."""
    from photos.imaging.exif import read_details

    return json.dumps(asdict(read_details(file)), default=datetime.isoformat).encode()
