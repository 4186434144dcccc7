"""Clustering what belongs to nobody yet, and leaving the clusters that there are as they are."""

from collections.abc import Callable, Sequence

import numpy as np

from faces.recognition.clustering import (
    NOBODY,
    Clusters,
    Flags,
    Ints,
    Stages,
    cluster_faces,
    place_faces,
)
from faces.recognition.embeddings import Matrix


def cluster_rest(
    embeddings: Matrix,
    photos: Ints,
    standing: Clusters,
    rest: Ints,
    *,
    model: str,
    poor: Flags,
    apart: Sequence[tuple[int, int]],
    min_cluster_size: Stages,
    core: float,
    keep_going: Callable[[], None],
) -> Clusters:
    """Return ``standing`` clusters with the rows ``rest`` (m,) among them, or in new ones.

    Each of them first goes where it fits, as a new face does; what is left is clustered by itself.
    No other face moves. The rest of the arguments is as in ``cluster_faces``.
    """
    labels, probabilities = standing.labels.copy(), standing.probabilities.copy()
    found, firmness = place_faces(
        embeddings,
        photos,
        labels,
        rest,
        nobody=NOBODY,
        model=model,
        apart=apart,
        core=core,
        keep_going=keep_going,
    )
    labels[rest], probabilities[rest] = found, firmness
    left = rest[found == NOBODY]
    place = {row: index for index, row in enumerate(left.tolist())}
    fresh = cluster_faces(
        embeddings[left],
        photos[left],
        model=model,
        poor=poor[left],
        apart=[(place[one], place[other]) for one, other in apart if {one, other} <= place.keys()],
        min_cluster_size=min_cluster_size,
        core=core,
        keep_going=keep_going,
    )
    labels[left] = np.where(fresh.labels == NOBODY, NOBODY, fresh.labels + standing.count)
    probabilities[left] = fresh.probabilities
    return Clusters(labels, probabilities)
