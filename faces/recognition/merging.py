"""Which persons, named or unknown, may be one and the same, and what is best asked about them."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from faces.recognition.calibration import EVIDENCE_UNIT, LEAST_RIVAL, most_probable
from faces.recognition.embeddings import Matrix, own_order
from faces.recognition.exclusion import pairs_in_photos
from faces.recognition.grouping import SAME_PERSON
from faces.recognition.linkage import Groups, Linked, Threshold
from faces.recognition.metrics import Space, against_strangers, metric_of
from faces.recognition.neighbours import Pairs, alike_pairs, best_of_others, unique_pairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Booleans = NDArray[np.bool_]

NOBODY = -1
# So many groups that are most like each, and of these the ones with more mean evidence than this,
# are looked at. The largest groups are one person from evidence of about -20 on.
NEIGHBOURS, LEAST_EVIDENCE = 16, -25.0
# More surplus, for or against, and more tightness say no more.
MOST = 20.0
# The mean evidence within a group where that cannot be told, of a single face: the median of the
# clusters and labelled people that SHIPPED was fitted to.
USUAL_TIGHTNESS = 2.4
# How firmly the shipped coefficients stand: the standard deviation allowed to each. With more,
# twenty answers about the likeliest pairs made the others' probabilities worse on press and family
# photos.
ALLOWED = np.array([0.3, 0.3, 0.05, 0.05, 0.05])
# What a "no" settles of the smaller group's faces: of all whom they could be, one is ruled out.
SETTLED_BY_NO = 0.1
# A question is asked from this probability of a "yes" on: naming the group costs the user hardly
# more than an answer, so that a "no" is dear.
ASKED_FROM = 0.8
FEATURES = 5  # constant, surplus, log size of the smaller, margin, tightness of the looser
PLAIN = Threshold(alone=0.0, relief=0.0)  # the surplus over it is the evidence itself


@dataclass(frozen=True)
class Candidates:
    """m pairs of groups that may be one person, in the order of their numbers."""

    pairs: Ints  # (m, 2) numbers of groups, the smaller first
    sizes: Ints  # (m, 2) how many faces they have
    features: Floats  # (m, 5) what their probability depends on; to be kept with an answer
    together: Booleans  # (m,) whether both are in one photo, and so are two people

    def __len__(self) -> int:
        return len(self.pairs)


NO_CANDIDATES = Candidates(
    np.empty((0, 2), dtype=np.int64),
    np.empty((0, 2), dtype=np.int64),
    np.empty((0, FEATURES)),
    np.empty(0, dtype=bool),
)


@dataclass(frozen=True)
class Merging:
    """How likely it is that two groups are one person."""

    coefficients: Floats  # (5,) of a constant, surplus, log size, margin, tightness

    def probabilities(self, candidates: Candidates) -> Floats:
        """Return (m,) the probability (0-1) that each pair is one person."""
        said: Floats = expit(candidates.features @ self.coefficients)
        return np.where(candidates.together, 0.0, said)


# A logistic regression on half the people of press photos and of families (LFW and FIW under
# dlib's model and an ArcFace model, all libraries weighed alike): clusters beside each other, and
# beside people of whom 1 or 3 faces have labels. On the other half the expected calibration error
# is 0.002 over all candidates, and 0.03 over those of probability 0.1 and more; of those of 0.8 and
# more 98.4 % are one person, where 98.3 % are expected.
SHIPPED = Merging(np.array([0.9, 4.1, -1.65, 1.0, -1.65]))


@dataclass(frozen=True)
class Questions:
    """m pairs of groups to ask about, the most useful first."""

    pairs: Ints  # (m, 2) numbers of groups, the smaller first
    probabilities: Floats  # (m,) that they are one person, 0-1
    settled: Floats  # (m,) how many faces an answer is expected to settle
    features: Floats  # (m, 5) to be kept with the answer

    def __len__(self) -> int:
        return len(self.pairs)


def candidate_pairs(
    embeddings: Matrix,
    photos: Ints,
    groups: Ints,
    *,
    model: str = "",
    poor: Booleans | None = None,
    keep_going: Callable[[], None] = lambda: None,
) -> Candidates:
    """Return the pairs of groups that are like each other.

    ``embeddings`` (n, d) are of unit length and of ``model``, ``photos`` (n,) ids of photos;
    ``groups`` (n,) numbers of persons, named or unknown, NOBODY for a face in none.
    Groups that share a photo are two people, unless their faces there are ``poor`` (n,).
    ``keep_going`` is called every second or so and may raise. The order of the faces does not
    matter.
    """
    order = own_order(embeddings, groups, photos)
    units, photos, groups = embeddings[order], photos[order], groups[order]
    somebody = groups != NOBODY
    numbers, group = np.unique(groups[somebody], return_inverse=True)
    count = len(numbers)
    if count < 2:
        return NO_CANDIDATES
    alone = count + np.arange(len(groups))
    alone[somebody] = group
    space = against_strangers(metric_of(model, units).place(units), alone)
    space = space[np.flatnonzero(somebody)]
    sums = Groups.of(space, group, count)
    means = Space(sums.points / sums.sizes[:, None], sums.offsets / sums.sizes, space.spread)
    pairs = alike_pairs(means, neighbours=NEIGHBOURS, least=LEAST_EVIDENCE, keep_going=keep_going)
    testify = somebody if poor is None else somebody & ~poor[order]
    together = _together(pairs, group[testify[somebody]], photos[testify], count)
    both = np.column_stack([pairs.first, pairs.second])
    sizes = sums.sizes[both]
    surplus = SAME_PERSON.surplus(Linked(means).surplus(pairs, PLAIN), sizes[:, 0], sizes[:, 1])
    rivals = _rivals(pairs, np.where(together, -np.inf, surplus))
    looser = _tightness(space, group, sums)[both].min(axis=1)
    features = _features(surplus, sizes, rivals, looser)
    return Candidates(numbers[both], sizes.astype(np.int64), features, together)


def learned(features: Floats, same: Booleans, *, prior: Merging = SHIPPED) -> Merging:
    """Return the prior moved to what answers to questions show, from no answer on.

    ``features`` (m, 5) are those of the pairs when they were asked about, ``same`` (m,) whether
    they are one person.
    """
    coefficients = most_probable(
        features, same, prior=prior.coefficients, allowed=ALLOWED, weights=np.ones(len(same))
    )
    return Merging(coefficients)


def questions(
    candidates: Candidates,
    *,
    named: Collection[int] = (),
    different: Iterable[tuple[int, int]] = (),
    merging: Merging = SHIPPED,
    asked_from: float = ASKED_FROM,
) -> Questions:
    """Return what to ask: whether two groups are one person, the most useful question first.

    ``named`` are the groups that have a name, ``different`` the pairs of groups of which the user
    has said that they are two people. A "yes" settles all faces of an unknown person that gets a
    name, else those of the smaller group, which need no name of their own; a "no" only as far as
    there was doubt. About each group that a "yes" would settle only the best question is asked:
    what comes next depends on the answer.
    """
    probabilities = merging.probabilities(candidates)
    likely = (probabilities >= asked_from) & ~candidates.together
    pairs, sizes = candidates.pairs[likely], candidates.sizes[likely]
    said = {(min(pair), max(pair)) for pair in different}
    unsaid = np.array([tuple(pair) not in said for pair in pairs.tolist()], dtype=bool)
    rows, pairs, sizes = np.flatnonzero(likely)[unsaid], pairs[unsaid], sizes[unsaid]
    has_name = np.isin(pairs, np.array(list(named), dtype=np.int64))
    # Which of the two, 0 or 1, a "yes" makes part of the other.
    joins = np.where(has_name[:, 0] == has_name[:, 1], sizes[:, 1] <= sizes[:, 0], has_name[:, 0])
    own = np.arange(len(rows)), joins.astype(np.int64)
    doubt = probabilities[rows] * SETTLED_BY_NO * sizes.min(axis=1)
    settled = probabilities[rows] * sizes[own] + (1 - probabilities[rows]) * doubt
    order = np.argsort(-settled, kind="stable")
    order = order[np.sort(np.unique(pairs[own][order], return_index=True)[1])]
    rows = rows[order]
    return Questions(pairs[order], probabilities[rows], settled[order], candidates.features[rows])


def _together(pairs: Pairs, group: Ints, photos: Ints, count: int) -> Booleans:
    """Return (m,) whether faces of both groups are in one photo."""
    shared = pairs_in_photos(photos)
    crowd = unique_pairs(group[shared.first], group[shared.second], count)
    return np.isin(pairs.first * count + pairs.second, crowd.first * count + crowd.second)


def _rivals(pairs: Pairs, surplus: Singles) -> Singles:
    """Return (m,) the most surplus that either group of each pair has with a third one."""
    ends = np.concatenate([pairs.first, pairs.second])
    rivals = best_of_others(ends, np.concatenate([surplus, surplus]), least=-np.inf)
    return np.maximum(*np.split(rivals, 2))


def _tightness(space: Space, group: Ints, sums: Groups) -> Floats:
    """Return (g,) the mean evidence between the faces within each group."""
    squares = np.bincount(group, np.einsum("ij,ij->i", space.points, space.points))
    pairs = sums.sizes * (sums.sizes - 1)
    products = np.einsum("ij,ij->i", sums.points, sums.points) - squares
    within = products / np.maximum(pairs, 1) - 2 * sums.offsets / sums.sizes
    return np.where(pairs > 0, within, USUAL_TIGHTNESS)


def _features(surplus: Singles, sizes: Singles, rival: Singles, tightness: Floats) -> Floats:
    """Return (m, 5) from surplus and sizes of pairs, their rivals', and the looser's tightness."""
    surplus = surplus.clip(-MOST, MOST)
    margin = surplus - rival.clip(LEAST_RIVAL, MOST)
    return np.column_stack(
        [
            np.ones(len(surplus)),
            surplus / EVIDENCE_UNIT,
            np.log(sizes.min(axis=1)),  # sizes otherwise enter by the surplus
            margin / EVIDENCE_UNIT,
            tightness.clip(-MOST, MOST) / EVIDENCE_UNIT,
        ]
    )
