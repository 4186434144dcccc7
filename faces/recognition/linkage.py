"""Linking faces into groups by mean evidence, the surest pair first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from faces.recognition.metrics import Space
from faces.recognition.neighbours import Pairs, distinct, first_of_each, unique_pairs

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]
Flags = NDArray[np.bool_]

# A group joins two that are each other's best if its surplus with one is at most so much less, and
# that one is of so many faces: among small groups the order of merging matters more.
NEARLY, LARGE = 1.0, 5
BLOCK_PAIRS = 200_000  # pairs whose points are held at a time: 120 MB at 77 axes


@dataclass(frozen=True)
class Threshold:
    """The mean evidence that two groups need to be one person.

    The mean over many pairs is surer than that over few, so it can be lower: by ``relief`` for
    each factor e in the size of either group.
    """

    alone: float  # between two single faces
    relief: float
    largest: float = 300.0  # groups of more faces than this are no surer

    def surplus(self, evidence: Singles, sizes: Singles, other_sizes: Singles | float) -> Singles:
        """Return by how much mean evidence exceeds what groups of these sizes need."""
        sure = np.minimum(sizes, self.largest) * np.minimum(other_sizes, self.largest)
        return evidence - self.alone + self.relief * np.log(sure)


class Linked:
    """Groups that grow, each named by its first row: mean evidence between any two."""

    def __init__(self, space: Space) -> None:
        """Begin with every row of a space of n as a group."""
        self.root = np.arange(len(space))
        self.sums = space.points.copy()
        self.offsets = space.offsets.copy()
        self.sizes = np.ones(len(space), dtype=np.float32)

    def surplus(self, pairs: Pairs, threshold: Threshold) -> Singles:
        """Return (m,) the surplus of mean evidence between the groups of each pair."""
        result = np.empty(len(pairs), dtype=np.float32)
        for start in range(0, len(pairs), BLOCK_PAIRS):
            block = slice(start, start + BLOCK_PAIRS)
            one, other = pairs.first[block], pairs.second[block]
            size, other_size = self.sizes[one], self.sizes[other]
            product = np.einsum("ij,ij->i", self.sums[one], self.sums[other])
            evidence = product / (size * other_size)
            evidence -= self.offsets[one] / size + self.offsets[other] / other_size
            result[block] = threshold.surplus(evidence, size, other_size)
        return result

    def most_relief(self, pairs: Pairs, threshold: Threshold) -> Singles:
        """Return (m,) how much the surplus of each pair can still gain by growing."""
        sizes = np.minimum(self.sizes, threshold.largest)
        gain = threshold.relief * (np.log(threshold.largest) - np.log(sizes))
        return gain[pairs.first] + gain[pairs.second]

    def merge(self, into: Ints) -> None:
        """Make every group part of the group that ``into`` (n,) names."""
        merged = np.flatnonzero(into != np.arange(len(into)))
        heads, head = np.unique(into[merged], return_inverse=True)
        gathered = Groups.of(self._rows(merged), head, len(heads))
        self.sums[heads] += gathered.points
        self.offsets[heads] += gathered.offsets
        np.add.at(self.sizes, into[merged], self.sizes[merged])
        self.root = into[self.root]

    def _rows(self, rows: Ints) -> Space:
        return Space(self.sums[rows], self.offsets[rows], 0.0)


def link(
    space: Space,
    pairs: Pairs,
    threshold: Threshold,
    *,
    apart: Pairs,
    keep_going: Callable[[], None] = lambda: None,
) -> Ints:
    """Return (n,) for each face the first row of its group.

    Average linkage over the ``pairs`` alone: in every round all groups merge that are each
    other's best, so the order of the faces does not matter (a group's best partner can only get
    worse by merging others: Murtagh, "A survey of recent advances in hierarchical clustering
    algorithms", 1983). Groups that like one of the two nearly as well join at once: a person
    with a thousand faces would take a thousand rounds else. Rows that are ``apart`` are never in
    one group. ``keep_going`` is called in every round and may raise.
    """
    count = len(space)
    groups = Linked(space)
    barred = apart
    pairs = _without(pairs, barred, count)
    surplus = groups.surplus(pairs, threshold)
    while len(pairs):
        keep_going()
        into = _merges(pairs, surplus, barred, groups.sizes)
        if (into == np.arange(count)).all():
            break
        groups.merge(into)
        changed = np.zeros(count, dtype=bool)
        changed[into[into != np.arange(count)]] = True
        barred = unique_pairs(into[barred.first], into[barred.second], count)
        first, second = into[pairs.first], into[pairs.second]
        stale = changed[first] | changed[second]
        renewed = _without(unique_pairs(first[stale], second[stale], count), barred, count)
        # Pairs of groups that did not change stand as they are.
        pairs = Pairs(
            np.concatenate([pairs.first[~stale], renewed.first]),
            np.concatenate([pairs.second[~stale], renewed.second]),
        )
        surplus = np.concatenate([surplus[~stale], groups.surplus(renewed, threshold)])
        hopeful = surplus + groups.most_relief(pairs, threshold) > 0
        pairs, surplus = pairs[hopeful], surplus[hopeful]
    return groups.root


def _without(pairs: Pairs, barred: Pairs, count: int) -> Pairs:
    """Return the pairs that are not ``barred``, which are sorted."""
    keys = pairs.first * count + pairs.second
    return pairs[~_among(keys, barred.first * count + barred.second)]


def _among(keys: Ints, ordered: Ints) -> Flags:
    """Return (n,) whether each key is one of the ``ordered`` ones."""
    if len(ordered) == 0:
        return np.zeros(len(keys), dtype=bool)
    return ordered[np.searchsorted(ordered, keys).clip(max=len(ordered) - 1)] == keys


def _merges(pairs: Pairs, surplus: Singles, barred: Pairs, sizes: Singles) -> Ints:
    """Return (n,) the group that each group becomes part of, itself where it does not."""
    count = len(sizes)
    into = np.arange(count)
    best = np.zeros(count, dtype=np.float32)
    np.maximum.at(best, pairs.first, surplus)
    np.maximum.at(best, pairs.second, surplus)
    liked = (surplus > 0) & ((surplus == best[pairs.first]) | (surplus == best[pairs.second]))
    pairs, surplus = pairs[liked], surplus[liked]
    mutual = pairs[(surplus == best[pairs.first]) & (surplus == best[pairs.second])]
    # Only copies of a picture are liked equally; each group merges once, the first pair first.
    order = np.lexsort((mutual.second, mutual.first))
    mutual = Pairs(mutual.first[order], mutual.second[order])
    mutual = mutual[first_of_each(mutual.first)]
    mutual = mutual[first_of_each(mutual.second)]
    mutual = mutual[~np.isin(mutual.second, mutual.first)]
    into[mutual.second] = mutual.first
    core = np.zeros(count, dtype=bool)
    core[mutual.first] = core[mutual.second] = True
    for joiner, target in ((pairs.first, pairs.second), (pairs.second, pairs.first)):
        joins = (surplus == best[joiner]) & core[target] & ~core[joiner]
        joins &= (sizes[target] >= LARGE) & (surplus > best[target] - NEARLY)
        into[joiner[joins]] = into[target[joins]]
    # Of those who join at once, no two may be apart, nor from the two whom they join.
    for side in (barred.first, barred.second):
        clash = into[barred.first] == into[barred.second]
        late = side[clash]
        late = late[~core[late]]
        into[late] = late
    return into


@dataclass(frozen=True)
class Groups:
    """Groups of faces, by what their evidence needs: sums of points and offsets, and sizes."""

    points: Singles  # (g, r)
    offsets: Singles  # (g,)
    sizes: Singles  # (g,)

    @classmethod
    def of(cls, space: Space, group: Ints, count: int) -> "Groups":
        """Return ``count`` groups of the n faces of a space; ``group`` (n,) -1 is in none."""
        somewhere = group >= 0
        # A sparse product sums in the order of the rows, and quicker than numpy adds at indices.
        belongs = csr_matrix(
            (
                np.ones(int(somewhere.sum()), dtype=np.float32),
                (group[somewhere], np.flatnonzero(somewhere)),
            ),
            shape=(count, len(space)),
        )
        sizes = np.bincount(group[somewhere], minlength=count).astype(np.float32)
        return cls(belongs @ space.points, belongs @ space.offsets, sizes)

    def surplus(
        self, space: Space, rows: Ints, groups: Ints, member: Flags, threshold: Threshold
    ) -> Singles:
        """Return (m,) the surplus of faces with groups; of a ``member`` with the group's others.

        Alone in its group, a face has no others, and -inf.
        """
        result = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), BLOCK_PAIRS):
            block = slice(start, start + BLOCK_PAIRS)
            row, group, own = rows[block], groups[block], member[block]
            points, offsets = space.points[row], space.offsets[row]
            product = np.einsum("ij,ij->i", points, self.points[group] - own[:, None] * points)
            others = self.sizes[group] - own
            some = np.maximum(others, 1)
            evidence = product / some - (self.offsets[group] - own * offsets) / some - offsets
            surplus = threshold.surplus(evidence, some, 1.0)
            result[block] = np.where(others > 0, surplus, -np.inf)
        return result

    def surplus_of_all(self, space: Space, threshold: Threshold) -> Singles:
        """Return (n, g) the surplus of every face of a space with every group, -inf if empty."""
        some: Singles = np.maximum(self.sizes, 1).astype(np.float32)
        evidence: Singles = space.points @ (self.points / some[:, None]).T
        evidence -= np.where(self.sizes > 0, self.offsets / some, np.float32(np.inf))
        evidence -= space.offsets[:, None]
        surplus: Singles = threshold.surplus(evidence, some, 1.0)
        return surplus


def settle(
    space: Space,
    group: Ints,
    pairs: Pairs,
    threshold: Threshold,
    *,
    apart: Pairs,
    rounds: int,
    tolerance: float,
    keep_going: Callable[[], None] = lambda: None,
) -> Ints:
    """Return (n,) groups after faces have moved to the group among their ``pairs`` they fit best.

    What was merged early was merged with little knowledge. A face that lacks more than
    ``tolerance`` in its group, and fits no other, is alone from then on: so no group is wider
    than it would itself accept.
    """
    count = len(space)
    everybody = np.arange(count)
    one = np.concatenate([pairs.first, pairs.second, everybody])
    other = np.concatenate([pairs.second, pairs.first, everybody])
    # Whose choice may have changed: at first everybody's, then that of who is near a change.
    unsettled = np.ones(count, dtype=bool)
    for _ in range(rounds):
        keep_going()
        names, group = np.unique(group, return_inverse=True)
        groups = Groups.of(space, group, len(names))
        asked = unsettled[one]
        rows, others = one[asked], group[other[asked]]
        closed = [
            apart.first * count + group[apart.second],
            apart.second * count + group[apart.first],
        ]
        keys = distinct(rows * count + others)
        keys = keys[~_among(keys, distinct(np.concatenate(closed)))]
        rows, others = keys // count, keys % count
        surplus = groups.surplus(space, rows, others, group[rows] == others, threshold)
        order = np.lexsort((others, -surplus, rows))
        best = order[np.unique(rows[order], return_index=True)[1]]
        own = group[rows] == others
        standing = np.full(count, -np.inf, dtype=np.float32)
        standing[rows[own]] = surplus[own]
        moves = best[(surplus[best] > 0) & ~own[best]]
        # Two faces alone would only change places.
        moves = moves[(groups.sizes[group[rows[moves]]] > 1) | (groups.sizes[others[moves]] > 1)]
        settled = group.copy()
        settled[rows[moves]] = others[moves]
        settled = _kept_apart(settled, group, apart)
        leave = (settled == group) & np.isfinite(standing) & (standing < -tolerance)
        settled[leave] = len(names) + np.flatnonzero(leave)
        if (settled == group).all():
            break
        changed = np.zeros(count + len(names), dtype=bool)
        changed[settled[settled != group]] = changed[group[settled != group]] = True
        near = changed[group[other]] | changed[settled[other]]
        unsettled[:] = False
        unsettled[one[near]] = True
        group = settled
    return group


def _kept_apart(settled: Ints, group: Ints, apart: Pairs) -> Ints:
    """Return the moves but for those that brought two rows together that are apart."""
    together = settled[apart.first] == settled[apart.second]
    stay = np.concatenate([apart.first[together], apart.second[together]])
    settled[stay] = group[stay]
    return settled
