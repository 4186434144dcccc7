"""Two faces in one photo are two people."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]


def surplus_in_photo(
    assigned: Ints, probabilities: Floats, photos: Ints, *, nobody: int
) -> NDArray[np.bool_]:
    """Return, for each of n faces, whether a likelier face of its photo has the same person.

    ``assigned`` (n,) are persons or clusters, ``nobody`` meaning none. Of equally likely faces the
    first row stays.
    """
    order = np.lexsort((np.arange(len(assigned)), -probabilities, assigned, photos))
    repeated = np.zeros(len(assigned), dtype=bool)
    same = (assigned[order][1:] == assigned[order][:-1]) & (photos[order][1:] == photos[order][:-1])
    repeated[order[1:]] = same
    return repeated & (assigned != nobody)
