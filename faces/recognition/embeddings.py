"""Embeddings as a matrix: checked, unit length, float32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


class InvalidEmbeddingsError(ValueError):
    """A matrix that cannot be computed with; the message names the first bad row."""


def same_embedding(
    first: Sequence[float] | NDArray[np.floating], second: Sequence[float] | NDArray[np.floating]
) -> bool:
    """Return whether two vectors (d,) are the same but for float32's last digits."""
    return len(first) == len(second) and bool(np.allclose(first, second, rtol=0, atol=1e-6))


def unit_rows(embeddings: NDArray[np.floating]) -> Matrix:
    """Return (n, d) embeddings as float32 with rows of length 1.

    Raises InvalidEmbeddingsError for a row that is zero, infinite or not a number.
    """
    matrix = np.ascontiguousarray(embeddings, dtype=np.float32)
    if matrix.ndim != 2:
        raise InvalidEmbeddingsError(f"A matrix (n, d) is needed, not {matrix.ndim} dimensions.")
    lengths = np.linalg.norm(matrix, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if bad.size:
        raise InvalidEmbeddingsError(
            f"Row {bad[0]} is zero or not finite, and {bad.size - 1} others are."
        )
    return matrix / lengths[:, None]


def own_order(embeddings: NDArray[np.floating], *further: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n,) an order of the rows that depends on what is in them alone.

    In it, sums come out the same to the last digit however the rows are sorted. ``further`` (n,)
    decide between rows with the same embedding, the last one first.
    """
    return np.lexsort((*further, *embeddings.T[:4][::-1]))
