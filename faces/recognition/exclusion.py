"""Two faces in one photo are two people."""

import numpy as np
from numpy.typing import NDArray

from faces.recognition.neighbours import Pairs, unique_pairs

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]

# A picture with more faces is a mosaic or a poster of portraits. Its pairs would be too many to
# hold (200 million of 20,000 faces), and that somebody is in it twice is likely.
CROWD = 1_000


def pairs_in_photos(photos: Ints) -> Pairs:
    """Return the pairs of the n faces that are in one photo; ``photos`` (n,) are ids.

    Photos of more than ``CROWD`` faces are left out: there ``surplus_in_photo`` has to do.
    """
    _, photo, faces = np.unique(photos, return_inverse=True, return_counts=True)
    order = np.argsort(photos, kind="stable")
    order = order[faces[photo[order]] <= CROWD]
    first: list[Ints] = []
    second: list[Ints] = []
    sorted_photos = photos[order]
    start = np.arange(len(order))
    for step in range(1, len(order)):
        start = start[start < len(order) - step]
        start = start[sorted_photos[start] == sorted_photos[start + step]]
        if len(start) == 0:
            break
        first.append(order[start])
        second.append(order[start + step])
    empty = np.empty(0, dtype=np.int64)
    return unique_pairs(
        np.concatenate([empty, *first]), np.concatenate([empty, *second]), len(photos)
    )


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
