"""Which faces are most alike: exactly, or among many faces approximately."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from faces.recognition.metrics import Space

Ints = NDArray[np.int64]
Number = TypeVar("Number", bound=np.floating)

# From so many faces on, the approximate index is the quicker one (`make bench-train`).
APPROXIMATE_FROM = 20_000
BLOCK_ENTRIES = 20_000_000  # evidence held at a time: 80 MB
# The approximate index: cells per square root of the number of faces, faces that place a cell's
# centre, cells looked into for a face, faces asked for at a time. On 100,000 made-up faces it
# finds 97 of 100 pairs that the exact search finds, in a fourth of the time.
CELLS, FACES_PER_CELL, CELLS_PROBED, QUERIES = 4, 40, 64, 4_000
ROUNDS = 10  # in which the cells' centres are found


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, each pair once and the smaller row first, in the order of the rows."""

    first: Ints  # (m,)
    second: Ints  # (m,)

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Pairs":
        return Pairs(self.first[chosen], self.second[chosen])

    def among(self, rows: NDArray[np.bool_]) -> "Pairs":
        """Return the pairs of chosen rows (n,), numbered as these are."""
        number = np.cumsum(rows) - 1
        both = self[rows[self.first] & rows[self.second]]
        return Pairs(number[both.first], number[both.second])


def alike_pairs(
    space: Space,
    *,
    neighbours: int,
    least: float,
    approximate_from: int = APPROXIMATE_FROM,
    keep_going: Callable[[], None] = lambda: None,
) -> Pairs:
    """Return the pairs with evidence above ``least`` of each of n faces and its ``neighbours``.

    ``keep_going`` is called between blocks and may raise.
    """
    search = _exact if len(space) < approximate_from else _approximate
    found = [pair for pair in search(space, neighbours, least, keep_going) if len(pair[0])]
    if not found:
        return Pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    one, other = (np.concatenate(side) for side in zip(*found, strict=True))
    return unique_pairs(one, other, len(space))


def unique_pairs(one: Ints, other: Ints, count: int) -> Pairs:
    """Return pairs of rows below ``count`` without repetitions, and without a row and itself."""
    keys = distinct(np.minimum(one, other) * count + np.maximum(one, other))
    first, second = keys // count, keys % count
    return Pairs(first[first != second], second[first != second])


def distinct(keys: Ints) -> Ints:
    """Return the different keys in order; sorting is many times quicker than numpy's hashing."""
    ordered = np.sort(keys)
    new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def first_of_each(values: Ints) -> NDArray[np.bool_]:
    """Return (n,) whether a value has not been seen in the rows before."""
    first = np.zeros(len(values), dtype=bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def best_of_others(ends: Ints, values: NDArray[Number], *, least: float) -> NDArray[Number]:
    """Return (n,) the highest of the other ``values`` (n,) at the same of the ``ends`` (n,).

    Where there is no other, the ``least``.
    """
    order = np.lexsort((-values, ends))
    ordered, best = ends[order], np.append(values[order], values.dtype.type(least))
    begins = np.searchsorted(ordered, ordered)
    last = np.searchsorted(ordered, ordered, side="right") - 1
    # The best is rivalled by the second best, every other by the best.
    second = np.where(begins < last, begins + 1, len(values))
    rivals = np.empty_like(values)
    rivals[order] = best[np.where(np.arange(len(ends)) == begins, second, begins)]
    return rivals


def _exact(
    space: Space, neighbours: int, least: float, keep_going: Callable[[], None]
) -> Iterator[tuple[Ints, Ints]]:
    """Yield the rows and their neighbours from blocked matrix products."""
    count = len(space)
    block = max(1, BLOCK_ENTRIES // max(count, 1))
    for start in range(0, count, block):
        keep_going()
        rows = np.arange(start, min(start + block, count))
        evidence = space.evidence(rows, slice(None))
        evidence[np.arange(len(rows)), rows] = -np.inf
        # Not all that equal the last: copies of one picture would be each other's neighbours.
        best = np.argpartition(-evidence, min(neighbours, count) - 1, axis=1)[:, :neighbours]
        one, column = np.nonzero(np.take_along_axis(evidence, best, axis=1) > least)
        yield rows[one], best[one, column]


def _approximate(
    space: Space, neighbours: int, least: float, keep_going: Callable[[], None]
) -> Iterator[tuple[Ints, Ints]]:
    """Yield the rows and their neighbours from an inverted file of the faces' surroundings."""
    # Here and not above: only large libraries need it, and it takes 50 MB.
    import faiss

    count = len(space)
    # The evidence less the row's own offset is a plain product of these.
    faces = np.column_stack([space.points, -space.offsets]).astype(np.float32)
    asked = np.column_stack([space.points, np.ones(count, dtype=np.float32)])
    cells = int(CELLS * np.sqrt(count))
    centres = faiss.IndexFlatIP(faces.shape[1])
    clustering = faiss.Clustering(faces.shape[1], cells)
    clustering.niter, clustering.spherical = 1, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, FACES_PER_CELL
    for _ in range(ROUNDS):
        keep_going()
        clustering.train(faces, centres)  # goes on from the centres of the round before
    index = faiss.IndexIVFFlat(centres, faces.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    index.train(faces)  # the centres are there: nothing more is done
    index.nprobe = CELLS_PROBED
    blocks = [np.arange(start, min(start + QUERIES, count)) for start in range(0, count, QUERIES)]
    for rows in blocks:
        keep_going()
        index.add(faces[rows])
    for rows in blocks:
        keep_going()
        evidence, others = index.search(asked[rows], neighbours + 1)
        evidence -= space.offsets[rows][:, None]
        one, column = np.nonzero((evidence > least) & (others >= 0))
        yield rows[one], others[one, column]
