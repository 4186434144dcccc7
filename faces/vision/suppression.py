"""Suppression: of boxes that show the same face, only the surest remains."""

import numpy as np
from numpy.typing import NDArray

from faces.recognition.geometry import Floats, overlaps


def suppress(corners: Floats, scores: Floats, overlap: float) -> NDArray[np.intp]:
    """Return the indexes of the boxes that remain, the surest first.

    ``corners`` (n, 4) are left, top, right, bottom in any unit, ``scores`` (n,) higher for surer. A
    box goes when its intersection over union (0-1) with a surer one that remains is more than
    ``overlap``. Of equally sure ones the first stays: non-maximum suppression, the greedy kind.
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while order.size:
        surest, order = order[0], order[1:]
        kept.append(surest)
        order = order[overlaps(corners[surest], corners[order])[0] <= overlap]
    return np.array(kept, dtype=np.intp)
