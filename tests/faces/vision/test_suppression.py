"""Suppression: of boxes that show the same face, only the surest remains."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.geometry import Floats, overlaps
from faces.vision.suppression import suppress

places = st.floats(0, 100)
sides = st.floats(1, 50)
scores = st.sampled_from([0.1, 0.5, 0.5000001, 0.9])
found = st.lists(st.tuples(places, places, sides, sides, scores), max_size=30)
thresholds = st.floats(0, 1)


def split(boxes: list[tuple[float, float, float, float, float]]) -> tuple[Floats, Floats]:
    rows = np.array(boxes).reshape(-1, 5)
    return np.hstack([rows[:, :2], rows[:, :2] + rows[:, 2:4]]), rows[:, 4]


@given(found, thresholds)
def test_what_remains_overlaps_no_more_than_allowed_and_the_rest_more(
    boxes: list[tuple[float, float, float, float, float]], threshold: float
) -> None:
    corners, sureness = split(boxes)
    kept = suppress(corners, sureness, threshold)
    overlap = overlaps(corners, corners)
    for place, each in enumerate(kept):
        assert (overlap[each, kept[:place]] <= threshold).all()
    for gone in set(range(len(boxes))) - set(kept.tolist()):
        surer = [each for each in kept if sureness[each] >= sureness[gone]]
        assert (overlap[gone, surer] > threshold).any()


@given(found, thresholds)
def test_the_surest_comes_first_and_is_never_lost(
    boxes: list[tuple[float, float, float, float, float]], threshold: float
) -> None:
    corners, sureness = split(boxes)
    kept = suppress(corners, sureness, threshold)
    assert list(sureness[kept]) == sorted(sureness[kept], reverse=True)
    assert len(kept) == 0 if not boxes else kept[0] == sureness.argmax()


@given(found, thresholds)
def test_suppressing_twice_changes_nothing(
    boxes: list[tuple[float, float, float, float, float]], threshold: float
) -> None:
    corners, sureness = split(boxes)
    kept = suppress(corners, sureness, threshold)
    again = suppress(corners[kept], sureness[kept], threshold)
    assert again.tolist() == list(range(len(kept)))


def test_of_two_that_are_equally_sure_the_first_stays() -> None:
    box = [0.0, 0.0, 10.0, 10.0]
    assert suppress(np.array([box, box]), np.array([0.5, 0.5]), 0.4).tolist() == [0]
