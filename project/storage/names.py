"""How pictures are called, and their smaller sizes and other formats, which lie beside them."""

import re

SIZES = (64, 120, 240, 360, 720)  # pixels of the longer side
KINDS = {"webp": "image/webp", "avif": "image/avif", "jpeg": "image/jpeg"}
# Previews are asked for at few sizes already, and lie beside each other.
WITH_VARIANTS = re.compile(r"((?:crops|thumbnails)/\d+/\d+)\.webp")


def variant_names(name: str) -> list[str]:
    """Return where the variants of a picture lie, whether or not they have been made."""
    found = WITH_VARIANTS.fullmatch(name)
    if found is None:
        return []
    return [f"{found[1]}-{size}.{kind}" for size in SIZES for kind in KINDS]


def variant_name(name: str, size: int | None, kind: str) -> str:
    """Return where a picture lies in a size and format; FileNotFoundError for one it never has."""
    if size is None and kind == "webp":
        return name
    wanted = f"{name.removesuffix('.webp')}-{size or max(SIZES)}.{kind}"
    if wanted not in variant_names(name):
        raise FileNotFoundError(wanted)
    return wanted


def kind_of(name: str) -> str:
    """Return what clients are told that a picture of the storage is."""
    return KINDS[name.rpartition(".")[2]]
