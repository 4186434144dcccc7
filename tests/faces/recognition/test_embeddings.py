"""The matrix of embeddings: unit length or refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from faces.recognition.embeddings import InvalidEmbeddingsError, unit_rows

numbers = st.floats(0.01, 100) | st.floats(-100, -0.01)
matrices = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20), elements=numbers
)


@given(matrices)
def test_rows_become_unit_length_and_keep_their_direction(matrix: NDArray[np.float64]) -> None:
    rows = unit_rows(matrix)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    assert np.allclose(rows, matrix / lengths, atol=1e-5)


@given(matrices)
def test_unit_rows_stay_as_they_are(matrix: NDArray[np.float64]) -> None:
    rows = unit_rows(matrix)
    assert np.allclose(unit_rows(rows), rows, atol=1e-6)


@given(matrices, st.sampled_from([0.0, np.nan, np.inf, -np.inf]), st.data())
def test_a_bad_row_is_refused_by_its_number(
    matrix: NDArray[np.float64], bad: float, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(matrix) - 1))
    if bad == 0:
        matrix[row] = bad
    else:
        matrix[row, data.draw(st.integers(0, matrix.shape[1] - 1))] = bad
    with pytest.raises(InvalidEmbeddingsError, match=rf"^Row {row} "):
        unit_rows(matrix)


def test_the_message_counts_the_other_bad_rows() -> None:
    matrix = np.ones((4, 3))
    matrix[[1, 3]] = 0
    with pytest.raises(InvalidEmbeddingsError, match="Row 1 .* 1 others"):
        unit_rows(matrix)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), ()])
def test_only_a_matrix_will_do(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidEmbeddingsError, match="matrix"):
        unit_rows(np.ones(shape))


def test_no_rows_are_fine() -> None:
    assert unit_rows(np.empty((0, 128))).shape == (0, 128)


def test_the_matrix_that_was_given_is_left_alone() -> None:
    matrix = np.full((2, 2), 3, dtype=np.float32)
    unit_rows(matrix)
    assert (matrix == 3).all()
