"""Alignment: a face turned, scaled and cut out so that its landmarks lie where models want them."""

import numpy as np
from PIL import Image

from faces.recognition.geometry import Floats
from faces.vision.interfaces import Landmarks

SIDE_PX = 112  # of the square that ArcFace-class models look at
# Where ArcFace's authors have eyes, nose and corners of the mouth in that square (insightface's
# arcface_dst), in pixels whose centres are whole numbers.
TEMPLATE = np.array(
    [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ]
)
PIXEL_CENTRE = 0.5  # Pillow's coordinates count from a pixel's corner
ROUNDING = 1e-12  # of what is squared: a spread of no more is none
MARGIN_PX = 1.0  # around what is cut out, for the interpolation at its border


def similarity(points: Floats, targets: Floats) -> tuple[complex, complex]:
    """Return (factor, shift) that bring points (n, 2) nearest to targets (n, 2).

    A place x + iy goes to factor * place + shift. In the plane, turning and scaling is one complex
    factor, so the least sum of squares (Umeyama's problem) is that of a linear regression. Points
    that give no direction, such as all in one place, are only shifted.
    """
    start, goal = (each[:, 0] + 1j * each[:, 1] for each in (points, targets))
    away, wanted = start - start.mean(), goal - goal.mean()
    spread = np.vdot(away, away).real
    has_direction = spread > ROUNDING * np.vdot(start, start).real
    factor = complex(np.vdot(away, wanted) / spread) if has_direction else 0
    factor = factor or 1 + 0j
    return factor, complex(goal.mean() - factor * start.mean())


def align(image: Image.Image, landmarks: Landmarks) -> Image.Image:
    """Return the face as RGB, 112 × 112 pixels, black where the picture ends.

    ``landmarks`` are five shares of the picture's width and height, and may lie outside it. A large
    face is shrunk first, for interpolation looks at neighbours alone and would make patterns of
    hair and cloth; only its surroundings are touched, however large the picture.
    """
    factor, shift = similarity(np.array(landmarks) * image.size, TEMPLATE + PIXEL_CENTRE)
    region = _region(1 / factor, -shift / factor, image.size)
    if region is None:
        return Image.new("RGB", (SIDE_PX, SIDE_PX))
    shrinking = min(max(1, int(1 / abs(factor))), *image.size)
    surroundings = image.reduce(shrinking, box=region)
    back = 1 / factor / shrinking
    start = (-shift / factor - complex(*region[:2])) / shrinking
    return surroundings.transform(
        (SIDE_PX, SIDE_PX),
        Image.Transform.AFFINE,
        (back.real, -back.imag, start.real, back.imag, back.real, start.imag),
        Image.Resampling.BILINEAR,
    )


def _region(
    factor: complex, shift: complex, size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Return the part of the picture under the crop: left, top, right, bottom; None if outside."""
    low, high = -MARGIN_PX, SIDE_PX + MARGIN_PX
    crop = np.array([complex(x, y) for x in (low, high) for y in (low, high)])
    corners = factor * crop + shift
    places = np.stack([corners.real, corners.imag], axis=1)
    left, top = np.clip(np.floor(places.min(axis=0)), 0, size).astype(int).tolist()
    right, bottom = np.clip(np.ceil(places.max(axis=0)), 0, size).astype(int).tolist()
    return (left, top, right, bottom) if right > left and bottom > top else None
