"""Shrinking pictures."""

from io import BytesIO

from PIL import Image

THUMBNAIL_SIDE = 720  # pixels of the longer side
WEBP_QUALITY = 80


def thumbnail_webp(image: Image.Image, side: int = THUMBNAIL_SIDE) -> bytes:
    """Return the picture as WebP, its longer side at most ``side`` pixels."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return webp(small)


def webp(image: Image.Image) -> bytes:
    """Return the picture encoded as WebP."""
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=WEBP_QUALITY, method=2)
    return buffer.getvalue()
