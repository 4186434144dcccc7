"""Scores of clusterings and of guesses, where the truth is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from faces.recognition.clustering import NOBODY as NO_CLUSTER
from faces.recognition.clustering import carry_over

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True)
class Agreement:
    """How far a clustering agrees with the truth; each is 0-1."""

    precision: float
    recall: float

    @property
    def f(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Detection:
    """How many known faces are named where few strangers' faces are."""

    rate: float  # share of the known people's faces that are rightly named, 0-1
    threshold: float  # probability that a guess must exceed
    false_alarms: float  # share of the strangers' faces that are named, 0-1


@dataclass(frozen=True)
class Calibration:
    """Probabilities beside how often they were right, in bins that have guesses."""

    probabilities: Floats  # (bins,), mean of those shown, 0-1
    right: Floats  # (bins,), share that was right, 0-1
    counts: Ints  # (bins,)

    @property
    def error(self) -> float:
        """Expected calibration error, 0-1: the mean gap of the bins, weighted by their counts."""
        total = self.counts.sum()
        gaps = np.abs(self.probabilities - self.right)
        return float((gaps * self.counts).sum() / total) if total else 0.0


def bcubed(clusters: Ints, truth: Ints) -> Agreement:
    """Return BCubed precision and recall of ``clusters`` (n,) against identities ``truth`` (n,).

    The means over all faces of the share of its cluster that is its person, and of the share of
    its person that is in its cluster. A face of NO_CLUSTER is a cluster of its own.
    """
    if len(truth) == 0:
        return Agreement(1.0, 1.0)
    shared, of_cluster, of_person = _overlap(singled_out(clusters), truth)
    return Agreement(
        precision=float((shared.data**2 / of_cluster[shared.row]).sum() / len(truth)),
        recall=float((shared.data**2 / of_person[shared.col]).sum() / len(truth)),
    )


def pairwise(clusters: Ints, truth: Ints) -> Agreement:
    """Return precision and recall of the pairs of faces that share a cluster; arguments (n,).

    Without pairs nothing is wrong or missed: 1.
    """
    shared, of_cluster, of_person = _overlap(singled_out(clusters), truth)
    together, both = _pairs(of_cluster), _pairs(shared.data)
    same = _pairs(of_person)
    return Agreement(both / together if together else 1.0, both / same if same else 1.0)


def dir_at_far(
    guesses: Ints, probabilities: Floats, truth: Ints, strangers: Booleans, *, far: float = 0.01
) -> Detection:
    """Return the detection and identification rate where a share ``far`` of strangers is named.

    All are (n,), for the faces without a label: the likeliest person of each, its probability
    (0-1, 0 for nobody), who it is, and whether this is nobody with labels. The threshold is the
    lowest that no more than ``far`` of the strangers' faces exceed; guesses above it are named.
    """
    alarms = np.sort(probabilities[strangers])[::-1]
    allowed = int(far * len(alarms))
    threshold = float(alarms[allowed]) if allowed < len(alarms) else 0.0
    named = probabilities > threshold
    known = int((~strangers).sum())
    right = int((named & ~strangers & (guesses == truth)).sum())
    return Detection(
        rate=right / known if known else 0.0,
        threshold=threshold,
        false_alarms=float(named[strangers].mean()) if len(alarms) else 0.0,
    )


def calibration(probabilities: Floats, right: Booleans) -> Calibration:
    """Return the calibration curve of guesses (n,) in 10 bins of equal width, empty ones left out.

    ``right`` (n,) says which guesses were; those of strangers' faces are always wrong.
    """
    bins = np.minimum((probabilities * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    filled = counts > 0
    return Calibration(
        np.bincount(bins, probabilities, minlength=BINS)[filled] / counts[filled],
        np.bincount(bins, right, minlength=BINS)[filled] / counts[filled],
        counts[filled],
    )


def moved_share(before: Ints, after: Ints) -> float:
    """Return the share (0-1) of faces that another clustering puts elsewhere.

    Both are (n,) for the faces that are in both. Clusters are matched one to one such that most
    faces stay where they were, and a face of NO_CLUSTER is a cluster of its own.
    """
    if len(before) == 0:
        return 0.0
    continued = carry_over(singled_out(before), singled_out(after))
    came_from = np.array([continued.get(cluster, NO_CLUSTER) for cluster in singled_out(after)])
    return float((came_from != singled_out(before)).mean())


def same_partition(first: Ints, second: Ints) -> bool:
    """Return whether two clusterings (n,) make the same groups, whatever their numbers."""
    first, second = singled_out(first), singled_out(second)
    if len(first) == 0:
        return True
    shared, of_first, of_second = _overlap(first, second)
    return len(of_first) == len(of_second) == len(shared.data)


def singled_out(clusters: Ints) -> Ints:
    """Return clusters (n,) where each face of NO_CLUSTER has a cluster of its own."""
    own = clusters.max(initial=NO_CLUSTER) + 1 + np.arange(len(clusters))
    return np.where(clusters == NO_CLUSTER, own, clusters)


def _overlap(first: Ints, second: Ints) -> tuple[coo_array, Floats, Floats]:
    """Return how many faces each pair of groups shares, and the sizes of both kinds of groups."""
    _, rows, of_first = np.unique(first, return_inverse=True, return_counts=True)
    _, columns, of_second = np.unique(second, return_inverse=True, return_counts=True)
    shape = (len(of_first), len(of_second))
    shared = coo_array((np.ones(len(first)), (rows, columns)), shape=shape)
    shared.sum_duplicates()
    return shared, of_first.astype(np.float64), of_second.astype(np.float64)


def _pairs(sizes: Floats) -> float:
    return float((sizes * (sizes - 1)).sum() / 2)
