"""Linking faces into groups by mean evidence, the surest pair first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from faces.recognition.metrics import Space
from faces.recognition.neighbours import Pairs, unique_pairs

Ints = NDArray[np.int64]
Singles = NDArray[np.float32]
Flags = NDArray[np.bool_]

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

    def merge(self, into: Ints, merged: Ints) -> Ints:
        """Merge groups pairwise; return (n,) the group that each row's former group is now."""
        self.sums[into] += self.sums[merged]
        self.offsets[into] += self.offsets[merged]
        self.sizes[into] += self.sizes[merged]
        now = np.arange(len(self.root))
        now[merged] = into
        self.root = now[self.root]
        return now


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
    other's best, so no order of the faces matters, and it ends with the groups that average
    linkage ends with (its best partner can only get worse by merging others; Murtagh, "A survey
    of recent advances in hierarchical clustering algorithms", 1983). Rows that are ``apart`` are
    never in one group. ``keep_going`` is called in every round and may raise.
    """
    count = len(space)
    groups = Linked(space)
    barred = apart.first * count + apart.second
    pairs = _without(pairs, barred, count)
    surplus = groups.surplus(pairs, threshold)
    while len(pairs):
        keep_going()
        into, merged = _mutual_best(pairs, surplus, count)
        if len(into) == 0:
            break
        now = groups.merge(into, merged)
        changed = np.zeros(count, dtype=bool)
        changed[into] = True
        moved = unique_pairs(now[barred // count], now[barred % count], count)
        barred = moved.first * count + moved.second
        first, second = now[pairs.first], now[pairs.second]
        stale = changed[first] | changed[second]
        renewed = _without(unique_pairs(first[stale], second[stale], count), barred, count)
        # Pairs of groups that did not change stand as they are.
        pairs = Pairs(
            np.concatenate([pairs.first[~stale], renewed.first]),
            np.concatenate([pairs.second[~stale], renewed.second]),
        )
        surplus = np.concatenate([surplus[~stale], groups.surplus(renewed, threshold)])
    return groups.root


def _without(pairs: Pairs, barred: Ints, count: int) -> Pairs:
    """Return the pairs that are not among the sorted keys ``barred``."""
    if len(barred) == 0:
        return pairs
    keys = pairs.first * count + pairs.second
    place = np.searchsorted(barred, keys).clip(max=len(barred) - 1)
    free = barred[place] != keys
    return Pairs(pairs.first[free], pairs.second[free])


def _mutual_best(pairs: Pairs, surplus: Singles, count: int) -> tuple[Ints, Ints]:
    """Return the groups that are each other's best partner, with a surplus, each group once."""
    best = np.zeros(count, dtype=np.float32)
    np.maximum.at(best, pairs.first, surplus)
    np.maximum.at(best, pairs.second, surplus)
    mutual = (surplus > 0) & (surplus == best[pairs.first]) & (surplus == best[pairs.second])
    first, second = pairs.first[mutual], pairs.second[mutual]
    # Among equals, which only copies of a picture are, the first pair goes first.
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    once = np.unique(first, return_index=True)[1]
    first, second = first[once], second[once]
    once = np.unique(second, return_index=True)[1]
    first, second = first[once], second[once]
    free = ~np.isin(second, first)
    return first[free], second[free]


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
        """Return (n, g) the surplus of every face of a space with every group."""
        evidence = space.points @ (self.points / self.sizes[:, None]).T
        evidence -= self.offsets / self.sizes
        evidence -= space.offsets[:, None]
        return threshold.surplus(evidence, self.sizes, 1.0)


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
    for _ in range(rounds):
        keep_going()
        names, group = np.unique(group, return_inverse=True)
        groups = Groups.of(space, group, len(names))
        rows = np.concatenate([pairs.first, pairs.second, np.arange(count)])
        others = np.concatenate([group[pairs.second], group[pairs.first], group])
        keys = np.setdiff1d(
            np.unique(rows * count + others),
            np.concatenate(
                [
                    apart.first * count + group[apart.second],
                    apart.second * count + group[apart.first],
                ]
            ),
        )
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
        group = settled
    return group


def _kept_apart(settled: Ints, group: Ints, apart: Pairs) -> Ints:
    """Return the moves but for those that brought two rows together that are apart."""
    together = settled[apart.first] == settled[apart.second]
    stay = np.concatenate([apart.first[together], apart.second[together]])
    settled[stay] = group[stay]
    return settled
