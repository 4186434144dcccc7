"""Smaller sizes and other formats of the pictures in the storage, made when first asked for.

They lie beside the picture, ``12345-240.avif`` beside ``12345.webp``, and go when it goes or is
replaced, by the storage itself. There are few sizes, so that nobody fills the disk with them.
"""

import re
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from project.storage.base import pictures
from project.storage.names import KINDS, SIZES, variant_name

AUTO = "auto"  # what the client says that it takes
# As good as the picture itself, in the time that somebody waits for it.
HOW: dict[str, dict[str, Any]] = {
    "webp": {"quality": 80, "method": 4},
    "avif": {"quality": 63, "speed": 8},
    "jpeg": {"quality": 85, "optimize": True, "progressive": True},
}
TRIES = 3  # where a scan replaces the picture meanwhile


def best_kind(accept: str) -> str:
    """Return the smallest format that a client says it takes: AVIF, WebP, else JPEG."""
    taken = {
        each.split(";")[0].strip()
        for each in accept.lower().split(",")
        if not re.search(r";\s*q=0(\.0*)?\s*$", each)
    }
    return next((kind for kind in ("avif", "webp") if KINDS[kind] in taken), "jpeg")


def make_variant(name: str, size: int | None, kind: str) -> None:
    """Make a picture in a size and format, never larger than it is.

    Raises FileNotFoundError where the picture is not there, or went meanwhile, and OSError where
    it is damaged.
    """
    wanted = variant_name(name, size, kind)
    if wanted == name or not any(_make(name, wanted, size, kind) for _ in range(TRIES)):
        raise FileNotFoundError(name)


def _make(name: str, wanted: str, size: int | None, kind: str) -> bool:
    """Make a variant; return False where the picture was replaced or went meanwhile."""
    storage = pictures()
    before = storage.version(name)
    with storage.open(name) as file, Image.open(file, formats=["WEBP"]) as image:
        side = size or max(SIZES)
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        buffer = BytesIO()
        image.convert("RGB").save(buffer, kind.upper(), **HOW[kind])
    storage.save(wanted, ContentFile(buffer.getvalue()))
    # Who deletes or replaces a picture does so before its variants: either sees the other.
    after = None
    with suppress(FileNotFoundError):
        after = storage.version(name)
    if after != before:
        storage.delete(wanted)
    return after == before
