"""Clustering faces into persons that nobody has named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import hdbscan
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix

from faces.recognition.embeddings import Matrix
from faces.recognition.exclusion import surplus_in_photo

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOBODY = -1
# Distance between unit vectors of dlib's model below which clusters are not split further. Found
# on press photos (half of LFW, 6,794 faces), where it gives BCubed F 0.91; 0.79 without it.
SAME_PERSON_DISTANCE = 0.30
# Distance above which faces are never linked, however far off all others are: density is
# relative, and would make persons of strangers. On press photos 0.36 raises BCubed F from 0.91 to
# 0.92, on family photos it changes nothing; dlib's own tolerance, 0.6 between its raw vectors, is
# about 0.42.
FARTHEST_LINK = 0.36


@dataclass(frozen=True)
class Clusters:
    """For each of n faces its cluster, numbered from 0 without gaps, or NOBODY."""

    labels: Ints  # (n,)
    probabilities: Floats  # (n,), how firmly a face belongs to its cluster; 0 for NOBODY

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.labels.max(initial=NOBODY)) + 1


def cluster_faces(embeddings: Matrix, photos: Ints, *, min_cluster_size: int = 3) -> Clusters:
    """Cluster unit-length embeddings (n, d) by density; ``photos`` (n,) are their photos' ids.

    In one photo nobody is twice: of such faces the one nearest to the cluster's centre stays.
    """
    count = len(embeddings)
    smallest = max(2, min_cluster_size)
    if count < smallest:
        return Clusters(np.full(count, NOBODY, dtype=np.int64), np.zeros(count))
    model = hdbscan.HDBSCAN(
        min_cluster_size=smallest,
        min_samples=1,
        cluster_selection_method="leaf",
        cluster_selection_epsilon=SAME_PERSON_DISTANCE,
        allow_single_cluster=True,
        core_dist_n_jobs=1,
    ).fit(embeddings.astype(np.float64))
    labels = model.labels_.astype(np.int64)
    probabilities = np.asarray(model.probabilities_, dtype=np.float64)
    linked = model.single_linkage_tree_.get_clusters(FARTHEST_LINK, smallest)
    if (labels == NOBODY).all():
        # HDBSCAN finds clusters where the faces part; one person alone never parts.
        labels, probabilities = linked.astype(np.int64), np.ones(count)
    labels[linked == NOBODY] = NOBODY
    labels[surplus_in_photo(labels, _centrality(embeddings, labels), photos, nobody=NOBODY)] = (
        NOBODY
    )
    sizes = np.bincount(labels[labels != NOBODY], minlength=1)
    labels[(labels != NOBODY) & (sizes[labels] < smallest)] = NOBODY
    return Clusters(_renumbered(labels), np.where(labels == NOBODY, 0.0, probabilities))


def _centrality(embeddings: Matrix, labels: Ints) -> Floats:
    """Return (n,) how much each face is like the mean of its cluster, whatever its row."""
    sums = np.zeros((int(labels.max(initial=NOBODY)) + 2, embeddings.shape[1]))
    np.add.at(sums, labels, embeddings)  # those of NOBODY, -1, gather in the last row
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centres = np.divide(sums, lengths, out=sums, where=lengths > 0)
    centrality: Floats = np.einsum("ij,ij->i", embeddings, centres[labels])
    return centrality


def carry_over(previous: Ints, current: Ints) -> dict[int, int]:
    """Return which previous cluster each current one continues: {current: previous}.

    Both are (n,) for the same faces. A pair is made of those that share most faces, each cluster
    once; NOBODY continues nothing.
    """
    both = (previous != NOBODY) & (current != NOBODY)
    if not both.any():
        return {}
    old, old_of_face = np.unique(previous[both], return_inverse=True)
    new, new_of_face = np.unique(current[both], return_inverse=True)
    shared = coo_matrix(
        (np.ones(len(old_of_face)), (new_of_face, old_of_face)), shape=(len(new), len(old))
    ).toarray()
    rows, columns = linear_sum_assignment(shared, maximize=True)
    return {
        int(new[row]): int(old[column])
        for row, column in zip(rows, columns, strict=True)
        if shared[row, column] > 0
    }


def majority_people(clusters: Ints, people: Ints, *, nobody: int) -> dict[int, int]:
    """Return {cluster: person} for the clusters most of whose labelled faces are one person.

    ``people`` (n,) are what people said, ``nobody`` where they said nothing.
    """
    labelled = (people != nobody) & (clusters != NOBODY)
    result: dict[int, int] = {}
    for cluster in np.unique(clusters[labelled]):
        names, votes = np.unique(people[labelled & (clusters == cluster)], return_counts=True)
        if 2 * votes.max() > votes.sum():
            result[int(cluster)] = int(names[votes.argmax()])
    return result


def people_of_faces(
    clusters: Clusters,
    person_of: Mapping[int, int],
    *,
    photos: Ints,
    labels: Ints,
    rejected: Sequence[tuple[int, int]],
    nobody: int,
) -> Ints:
    """Return (n,) the person of each face's cluster, but for pairs (row, person) ruled out.

    Several clusters may be one person, who is still only once in a photo: as the face that
    ``labels`` (n,) say, else as the one that belongs most firmly to its cluster.
    """
    people = np.array(
        [person_of.get(cluster, nobody) for cluster in clusters.labels.tolist()], dtype=np.int64
    )
    for row, person in rejected:
        if people[row] == person:
            people[row] = nobody
    unlabelled = labels == nobody
    surplus = surplus_in_photo(
        np.where(unlabelled, people, labels),
        np.where(unlabelled, clusters.probabilities, np.inf),
        photos,
        nobody=nobody,
    )
    people[surplus & unlabelled] = nobody
    return people


def _renumbered(labels: Ints) -> Ints:
    """Return labels without gaps, numbered by first appearance."""
    found, first = np.unique(labels[labels != NOBODY], return_index=True)
    ranks = np.empty(len(found), dtype=np.int64)
    ranks[np.argsort(first)] = np.arange(len(found))
    renumbered = np.full(len(labels), NOBODY, dtype=np.int64)
    somebody = labels != NOBODY
    renumbered[somebody] = ranks[np.searchsorted(found, labels[somebody])]
    return renumbered
