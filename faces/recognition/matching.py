"""Pairing groups one to one such that the most is shared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack, identity
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from faces.recognition.neighbours import best_of_others, first_of_each

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Overlaps:
    """Pairs of groups, one of each kind, and how much they share."""

    one: Ints  # (m,)
    other: Ints  # (m,)
    shared: Floats  # (m,) above 0

    def __len__(self) -> int:
        return len(self.one)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "_Overlaps":
        return _Overlaps(self.one[chosen], self.other[chosen], self.shared[chosen])


def most_shared(one: Ints, other: Ints) -> Ints:
    """Return (m, 2) pairs of groups, none in two pairs, that share the most altogether.

    ``one`` and ``other`` (n,) are the groups of two kinds, numbered from 0, that each of n things
    is in.
    """
    shape = (int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1)
    shared = coo_array((np.ones(len(one)), (one, other)), shape=shape)
    shared.sum_duplicates()
    left = _Overlaps(shared.row.astype(np.int64), shared.col.astype(np.int64), shared.data)
    paired = []
    while len(sure := _sure(left)):
        paired.append(np.column_stack([sure.one, sure.other]))
        left = left[~(np.isin(left.one, sure.one) | np.isin(left.other, sure.other))]
    return np.concatenate([*paired, _matched(left)])


def _sure(overlaps: _Overlaps) -> _Overlaps:
    """Return those that share at least as much as the next best of both groups do together.

    Such a pair is in some best pairing: it can take the place of theirs. Nearly all groups of two
    clusterings of the same faces are settled so; the exact pairing takes half a minute for 100,000.
    """
    rivals = best_of_others(overlaps.one, overlaps.shared, least=0.0)
    rivals += best_of_others(overlaps.other, overlaps.shared, least=0.0)
    sure = overlaps[overlaps.shared >= rivals]
    # Two pairs of a group are only sure alike where nobody else wants the other groups.
    sure = sure[first_of_each(sure.one)]
    return sure[first_of_each(sure.other)]


def _matched(overlaps: _Overlaps) -> Ints:
    """Return (m, 2) the best pairing of all."""
    rows, row = np.unique(overlaps.one, return_inverse=True)
    columns, column = np.unique(overlaps.other, return_inverse=True)
    shared = csr_array((overlaps.shared, (row, column)), shape=(len(rows), len(columns)))
    # Each may also be in no pair, as a column of its own, which counts for less than the least
    # share however many do. The matching then always exists, and is sparse.
    choices = hstack([shared * (len(rows) + 1), identity(len(rows))], format="csr")
    best_rows, best_columns = min_weight_full_bipartite_matching(choices, maximize=True)
    paired = best_columns < len(columns)
    return np.column_stack([rows[best_rows[paired]], columns[best_columns[paired]]])
