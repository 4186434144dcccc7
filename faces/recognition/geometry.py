"""Boxes: overlap, and which new box is which old face."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.floating]
Vector = NDArray[np.float32]
Flags = NDArray[np.bool_]

# A detector that is run again moves its box a little; another detector frames the face more
# widely or more tightly. Neighbouring faces of a crowd overlap far less than this.
SAME_FACE_OVERLAP = 0.3
NEARLY_THE_SAME = 0.5
# People draw a box around a head or hair and all: a face that lies in it so far, and is no smaller
# than this share of it, is the one that was meant.
LOOSE_INSIDE, LOOSE_LEAST = 0.6, 0.1


@dataclass(frozen=True)
class Likeness:
    """What cosine similarities of a model's unit vectors say of two boxes of one photo."""

    # From here on, a face that has moved (the file was cropped or turned) is the same.
    same_picture: float
    # Below, two faces at one place are two people: the file was mirrored, or replaced.
    other_person: float


# dlib's own threshold, 0.6 between its vectors, is about 0.91 between unit vectors: two shots of
# one person rarely come closer than 0.97, the same pixels nearly always; unrelated people are at
# 0.83 on average, one person's press photos, and the same pixels framed otherwise, above 0.91.
DLIB = Likeness(same_picture=0.97, other_person=0.88)
# Under models with an angular margin unrelated people are at 0.04, in one photo at most at 0.77;
# the same face found by two detectors, tiny ones included, at 0.95, and 199 of 200 above 0.44.
WITH_MARGIN = Likeness(same_picture=0.9, other_person=0.2)


def likeness_of(model: str) -> Likeness:
    """Return what similarities say under a model of this name."""
    return DLIB if model.startswith("dlib") else WITH_MARGIN


@dataclass(frozen=True)
class Box:
    """A rectangle on the upright photo, in shares (0-1) of its width and height."""

    left: float
    top: float
    width: float
    height: float
    drawn: bool = field(default=False, compare=False)  # by hand, and so more loosely
    time: float | None = None  # seconds into a video; None on a picture

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def overlaps(first: Floats, second: Floats) -> Floats:
    """Return the intersection over union, (n, m) in 0-1, of boxes (n, 4) and (m, 4) of corners."""
    first, second = first.reshape(-1, 4), second.reshape(-1, 4)
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    union = _areas(first)[:, None] + _areas(second)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def nearly_the_same(first: Box, second: Box) -> bool:
    """Return whether two boxes can only be of one face, even where people drew them."""
    return (
        first.time == second.time
        and float(overlaps(_corners([first]), _corners([second]))[0, 0]) >= NEARLY_THE_SAME
    )


def _loosely(first: Floats, second: Floats) -> Flags:
    """Return (n, m) whether a second box lies in a first one.

    It counts as the least overlap, so that a box which overlaps the same one properly goes first.
    """
    overlap = overlaps(first, second)
    areas, others = _areas(first)[:, None], _areas(second)[None, :]
    shared = overlap * (areas + others) / (1 + overlap)
    return (shared >= LOOSE_INSIDE * others) & (others >= LOOSE_LEAST * areas) & (shared > 0)


def _areas(corners: Floats) -> Floats:
    return np.prod(np.clip(corners[:, 2:] - corners[:, :2], 0, None), axis=1)


def match_faces(
    old_boxes: Sequence[Box],
    new_boxes: Sequence[Box],
    old_embeddings: Sequence[Vector | None] = (),
    new_embeddings: Sequence[Vector] = (),
    likeness: Likeness = DLIB,
    *,
    least_overlap: float = SAME_FACE_OVERLAP,
) -> list[tuple[int, int]]:
    """Return pairs (old, new) of boxes that show the same face, each index at most once.

    By overlap first, from ``least_overlap`` on and such that the sum is the largest possible,
    unless unit-length embeddings, where they are given and known, say that it is somebody else.
    Faces left over are paired by their embeddings. Faces at two moments of a video are never
    paired. An old box that was drawn by hand is also that of a face inside it, whatever the
    embedding of the drawn box was.
    """
    overlap = overlaps(_corners(old_boxes), _corners(new_boxes))
    drawn = np.array([box.drawn for box in old_boxes], dtype=bool)[:, None]
    loose = drawn * least_overlap * _loosely(_corners(old_boxes), _corners(new_boxes))
    overlap = np.maximum(overlap, loose)
    moments = [[old.time != new.time for new in new_boxes] for old in old_boxes]
    elsewhen = np.array(moments, dtype=bool).reshape(overlap.shape)
    similarity = np.full(overlap.shape, np.nan)
    for old, vector in enumerate(old_embeddings):
        if vector is not None:
            for new, other in enumerate(new_embeddings):
                similarity[old, new] = float(np.dot(vector, other))
    overlap[elsewhen], similarity[elsewhen] = 0, np.nan
    # A comparison with NaN, where an embedding is unknown, is false.
    somebody_else = (similarity < likeness.other_person) & ~drawn
    overlap[(overlap < least_overlap) | somebody_else] = 0
    pairs = _assign(overlap)
    for old, new in pairs:
        similarity[old, :] = similarity[:, new] = np.nan
    return pairs + _assign(np.where(similarity >= likeness.same_picture, similarity, 0))


def _corners(boxes: Sequence[Box]) -> Floats:
    return np.array([box.corners for box in boxes], dtype=np.float64).reshape(-1, 4)


def _assign(gain: Floats) -> list[tuple[int, int]]:
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if gain[r, c] > 0]
