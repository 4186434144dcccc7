"""Smaller sizes and other formats of the pictures in the storage, made when first asked for.

They lie beside the picture, ``12345-240.avif`` beside ``12345.webp``, and go when it goes or is
replaced, by the storage itself. There are few sizes, so that nobody fills the disk with them.
"""

import re
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

SIZES = (64, 120, 240, 360, 720)  # pixels of the longer side
KINDS = {"webp": "image/webp", "avif": "image/avif", "jpeg": "image/jpeg"}
AUTO = "auto"  # what the client says that it takes
# As good as the picture itself, in the time that somebody waits for it.
HOW: dict[str, dict[str, Any]] = {
    "webp": {"quality": 80, "method": 4},
    "avif": {"quality": 63, "speed": 8},
    "jpeg": {"quality": 85, "optimize": True, "progressive": True},
}
TRIES = 3  # where a scan replaces the picture meanwhile
# Previews are asked for at few sizes already, and lie beside each other.
WITH_VARIANTS = re.compile(r"((?:crops|thumbnails)/\d+/\d+)\.webp")


def variant_names(name: str) -> list[str]:
    """Return where the variants of a picture lie, whether or not they have been made."""
    found = WITH_VARIANTS.fullmatch(name)
    if found is None:
        return []
    return [f"{found[1]}-{size}.{kind}" for size in SIZES for kind in KINDS]


def kind_of(name: str) -> str:
    """Return what clients are told that a picture of the storage is."""
    return KINDS[name.rpartition(".")[2]]


def best_kind(accept: str) -> str:
    """Return the smallest format that a client says it takes: AVIF, WebP, else JPEG."""
    taken = {
        each.split(";")[0].strip()
        for each in accept.lower().split(",")
        if not re.search(r";\s*q=0(\.0*)?\s*$", each)
    }
    return next((kind for kind in ("avif", "webp") if KINDS[kind] in taken), "jpeg")


def variant(name: str, size: int | None, kind: str) -> str:
    """Return where the storage has a picture in a size and format; it is made unless it is there.

    It is never larger than the picture. Raises FileNotFoundError where the picture is not there,
    or went meanwhile, and OSError where it is damaged.
    """
    if size is None and kind == "webp":
        return name
    wanted = _variant_name(name, size, kind)
    for _ in range(TRIES):
        if default_storage.exists(wanted) or _make(name, wanted, size, kind):
            return wanted
    raise FileNotFoundError(name)


def _variant_name(name: str, size: int | None, kind: str) -> str:
    wanted = f"{name.removesuffix('.webp')}-{size or max(SIZES)}.{kind}"
    if wanted not in variant_names(name):
        raise FileNotFoundError(wanted)
    return wanted


def _make(name: str, wanted: str, size: int | None, kind: str) -> bool:
    """Make a variant; return False where the picture was replaced or went meanwhile."""
    before = default_storage.get_modified_time(name)
    with default_storage.open(name) as file, Image.open(file, formats=["WEBP"]) as image:
        side = size or max(SIZES)
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        buffer = BytesIO()
        image.convert("RGB").save(buffer, kind.upper(), **HOW[kind])
    default_storage.save(wanted, ContentFile(buffer.getvalue()))
    # Who deletes or replaces a picture does so before its variants: either sees the other.
    after = None
    with suppress(FileNotFoundError):
        after = default_storage.get_modified_time(name)
    if after != before:
        default_storage.delete(wanted)
    return after == before
