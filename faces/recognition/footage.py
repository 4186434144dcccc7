"""The faces of a video: of one person in one shot, the best."""

import numpy as np
from numpy.typing import NDArray

from faces.recognition.clustering import NOBODY, cluster_faces
from faces.recognition.embeddings import Matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]


def best_of_shots(
    embeddings: Matrix,
    frames: Ints,
    shots: Ints,
    qualities: Floats,
    *,
    model: str,
    kept: Flags,
    unwanted: Flags,
) -> list[int]:
    """Return the rows of the faces of a video that stand for all n of them, in order.

    ``embeddings`` (n, d) are of unit length and of ``model``; ``frames`` and ``shots`` (n,) number
    where each face was seen. Of one person's faces in one shot the best by ``qualities`` (n,)
    stands for all, or those that are ``kept`` (n,) whatever they are like. Where one of them is
    ``unwanted`` (n,), none does but those kept.
    """
    if len(embeddings) == 0:
        return []
    # Also what is too poor to tell people apart by is much like itself a second later.
    clusters = cluster_faces(embeddings, frames, model=model)
    alone = clusters.labels.max(initial=NOBODY) + 1 + np.arange(len(shots))
    person = np.where(clusters.labels == NOBODY, alone, clusters.labels)
    rows = []
    for one, shot in np.unique(np.stack([person, shots]), axis=1).T:
        own = np.flatnonzero((person == one) & (shots == shot))
        chosen = own[kept[own]]
        if len(chosen) == 0 and not unwanted[own].any():
            chosen = own[[np.argmax(qualities[own])]]
        rows += chosen.tolist()
    return sorted(rows)
