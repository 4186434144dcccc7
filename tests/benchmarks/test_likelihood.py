"""The benchmark of likelihood: what counts as a face, and how much goes where 1 % of them go."""

import numpy as np
import pytest

from benchmarks.likelihood import Marks, removed


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ((100, 100, 200, 200), True),
        ((110, 95, 215, 205), True),
        ((300, 100, 400, 200), False),
        ((100, 100, 150, 150), None),  # a part of the face
        ((150, 150, 250, 250), None),
    ],
)
def test_a_box_is_a_face_where_one_was_marked(
    corners: tuple[int, ...], expected: bool | None
) -> None:
    assert Marks(boxes=[[100, 100, 200, 200]]).is_face(np.array(corners, dtype=float)) is expected


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ((100, 100, 200, 200), True),
        ((300, 100, 400, 200), False),
        ((140, 140, 300, 300), None),
    ],
)
def test_a_box_around_a_marked_nose_is_a_face(
    corners: tuple[int, ...], expected: bool | None
) -> None:
    assert Marks(points=[[150, 155]]).is_face(np.array(corners, dtype=float)) is expected


def test_in_a_photo_without_marks_nothing_is_a_face() -> None:
    assert Marks().is_face(np.array([0.0, 0.0, 10.0, 10.0])) is False


def test_removed_is_what_lies_below_all_but_the_lowest_faces() -> None:
    odds = np.concatenate([np.linspace(0, 10, 1000), [-5.0, -4.0, 0.05, 9.0]])
    assert removed(odds, np.arange(1004) < 1000) == 0.75
