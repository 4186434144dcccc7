"""Boxes on pixels as they are stored, and on the photo as it is shown.

All boxes are in shares (0-1) of width and height. Orientations count as EXIF's do, 1 to 8.
"""

from collections.abc import Callable

from faces.recognition.geometry import Box

Point = tuple[float, float]
Size = tuple[float, float]

# Where a point of the stored pixels lies on the upright photo.
UPRIGHT: dict[int, Callable[[float, float], Point]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}
BACK = {6: 8, 8: 6}  # what undoes each turn; the others undo themselves
# Sizes of one picture differ by rounding where it was shrunk.
SAME_SHAPE = 0.03
SMALLEST = 0.001  # of a side: smaller boxes are points that somebody has clicked


def upright(box: Box, orientation: int) -> Box:
    """Return where a box on the stored pixels lies on the upright photo."""
    left, top, right, bottom = box.corners
    turn = UPRIGHT[orientation]
    (x, y), (u, v) = turn(left, top), turn(right, bottom)
    return Box(min(x, u), min(y, v), abs(u - x), abs(v - y))


def stored(box: Box, orientation: int) -> Box:
    """Return where a box on the upright photo lies on the stored pixels."""
    return upright(box, BACK.get(orientation, orientation))


def frame(applied_to: Size | None, size: Size, orientation: int) -> int | None:
    """Return by which orientation to turn boxes that were ``applied_to`` a picture of a size.

    ``size`` is that of the stored pixels, to which boxes apply by the rules. Some programs write
    them for the photo as shown, which the dimensions tell; where they fit neither, the picture
    was cropped since, and boxes mean nothing any more (None).
    """
    if applied_to is None or min(applied_to) <= 0 or min(size) <= 0:
        return orientation
    if _alike(applied_to, size):
        return orientation
    if orientation >= 5 and _alike(applied_to, size[::-1]):
        return 1
    return None


def _alike(one: Size, other: Size) -> bool:
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= SAME_SHAPE


def around(x: float, y: float, width: float, height: float) -> Box:
    """Return the box of this size around a centre."""
    return Box(x - width / 2, y - height / 2, width, height)


def centre(box: Box) -> Point:
    """Return the middle of a box."""
    return box.left + box.width / 2, box.top + box.height / 2


def clipped(box: Box) -> Box | None:
    """Return the part of a box that lies on the picture; None if there is hardly any."""
    left, top, right, bottom = (min(max(each, 0.0), 1.0) for each in box.corners)
    if right - left < SMALLEST or bottom - top < SMALLEST:
        return None
    return Box(left, top, right - left, bottom - top)


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1."""
    a, b = one.corners, other.corners
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.width * one.height + other.width * other.height - shared)
