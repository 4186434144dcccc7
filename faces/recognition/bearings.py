"""What Train keeps of a whole library, so that a few new faces find their place without it."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from faces.recognition.calibration import Calibration

Ints = NDArray[np.int64]

MAGIC = b"bearings"
LENGTH = 4  # bytes that say how many follow
MOST_RUNS = 2_000  # of ids; more would be those of many owners who scan at once
MOST_BYTES = 80_000  # with so many runs, and as many strangers as there can be


@dataclass(frozen=True)
class Bearings:
    """Strangers to compare faces with, by id, and what was fitted to all faces together.

    Faces and people are ids and numbers here: nothing says what anybody looks like.
    """

    faces: int  # how many there were
    seen: Ints  # (m, 2) first and last ids of runs of faces that Train has seen, the last ones
    strangers: Ints  # ids, of `clustering.strangers_of`
    class_strangers: Ints  # ids, of `classification.Fitted`
    calibration: Calibration | None  # None where nobody had a label
    share: float

    def unseen(self, faces: Iterable[int]) -> list[int]:
        """Return those of the faces that Train has not seen."""
        ids = np.fromiter(faces, dtype=np.int64)
        run = np.searchsorted(self.seen[:, 0], ids, side="right") - 1
        inside = (run >= 0) & (ids <= np.append(self.seen[:, 1], -1)[run])
        return list(map(int, ids[~inside]))


def runs_of(ids: Ints) -> Ints:
    """Return (m, 2) first and last of the runs of ids that follow each other, in order."""
    ids = np.sort(ids)
    if len(ids) == 0:
        return np.empty((0, 2), dtype=np.int64)
    ends = np.flatnonzero(np.diff(ids) > 1)
    first = np.append(ids[:1], ids[ends + 1])
    last = np.append(ids[ends], ids[-1:])
    return np.stack([first, last], axis=1)[-MOST_RUNS:]


def pack_bearings(bearings: Bearings) -> bytes:
    """Return them as at most MOST_BYTES, to be stored."""
    fitted = bearings.calibration
    packed = BytesIO()
    np.savez_compressed(
        packed,
        faces=np.int64(bearings.faces),
        seen=bearings.seen,
        strangers=bearings.strangers,
        class_strangers=bearings.class_strangers,
        coefficients=np.empty(0) if fitted is None else fitted.coefficients,
        share=np.float64(bearings.share),
    )
    packed_bytes = packed.getvalue()
    return MAGIC + len(packed_bytes).to_bytes(LENGTH, "little") + packed_bytes


def unpack_bearings(stored: bytes | memoryview) -> Bearings | None:
    """Return what ``pack_bearings`` packed, or None where these bytes do not begin with it."""
    end = end_of_bearings(stored)
    if end == 0:
        return None
    with np.load(BytesIO(bytes(stored[len(MAGIC) + LENGTH : end])), allow_pickle=False) as data:
        coefficients = data["coefficients"]
        return Bearings(
            faces=int(data["faces"]),
            seen=data["seen"],
            strangers=data["strangers"],
            class_strangers=data["class_strangers"],
            calibration=Calibration(coefficients) if len(coefficients) else None,
            share=float(data["share"]),
        )


def end_of_bearings(stored: bytes | memoryview) -> int:
    """Return how many bytes they take of what is stored, 0 where there are none."""
    head = len(MAGIC) + LENGTH
    if bytes(stored[: len(MAGIC)]) != MAGIC:
        return 0
    return head + int.from_bytes(bytes(stored[len(MAGIC) : head]), "little")
