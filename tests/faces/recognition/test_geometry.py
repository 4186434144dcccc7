"""Boxes: how much they overlap, and which new one is which old one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.geometry import (
    DLIB,
    SAME_FACE_OVERLAP,
    Box,
    likeness_of,
    match_faces,
    overlaps,
)
from tests.embeddings import made_up_people

shares = st.floats(0, 0.9, allow_subnormal=False)
sides = st.floats(0.001, 1, allow_subnormal=False)
boxes = st.builds(Box, shares, shares, sides, sides)
LOOKS, _ = made_up_people([1, 1, 1, 1])  # once: it takes longer than an example may


def overlap(first: Box, second: Box) -> float:
    return float(overlaps(np.array([first.corners]), np.array([second.corners]))[0, 0])


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_share(first: Box, second: Box) -> None:
    assert 0 <= overlap(first, second) <= 1
    assert overlap(first, second) == overlap(second, first)


@given(boxes)
def test_a_box_overlaps_itself_wholly(box: Box) -> None:
    assert overlap(box, box) == pytest.approx(1)


@given(boxes, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_box_inside_another_overlaps_it_by_its_share_of_the_area(
    box: Box, width: float, height: float
) -> None:
    inner = Box(box.left, box.top, box.width * width, box.height * height)
    assert overlap(box, inner) == pytest.approx(width * height, abs=1e-6)


@given(boxes, st.floats(0, 1))
def test_boxes_side_by_side_do_not_overlap(box: Box, gap: float) -> None:
    beside = Box(box.left + box.width + gap, box.top, box.width, box.height)
    assert overlap(box, beside) == pytest.approx(0, abs=1e-9)


def test_overlap_is_intersection_over_union() -> None:
    # They share 1 of 2 + 2 - 1 squares.
    assert overlap(Box(0, 0, 0.2, 0.1), Box(0.1, 0, 0.2, 0.1)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("olds", "news"), [(0, 0), (0, 2), (2, 0)])
def test_nothing_matches_where_one_side_is_empty(olds: int, news: int) -> None:
    box = Box(0.1, 0.1, 0.2, 0.2)
    assert match_faces([box] * olds, [box] * news) == []
    assert overlaps(np.empty((olds, 4)), np.empty((news, 4))).shape == (olds, news)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_matching_uses_each_face_once_and_only_pairs_that_overlap(
    old: list[Box], new: list[Box]
) -> None:
    pairs = match_faces(old, new)
    assert len({first for first, _ in pairs}) == len({second for _, second in pairs}) == len(pairs)
    assert all(overlap(old[o], new[n]) >= SAME_FACE_OVERLAP for o, n in pairs)


@given(st.lists(boxes, max_size=6), st.permutations(range(6)))
def test_faces_that_did_not_move_match_by_total_overlap_in_any_order(
    old: list[Box], order: list[int]
) -> None:
    kept = [index for index in order if index < len(old)]
    pairs = match_faces(old, [old[index] for index in kept])
    # Equal boxes are interchangeable; what counts is that each finds a box just like its own.
    assert sorted(o for o, _ in pairs) == list(range(len(old)))
    assert sum(overlap(old[o], old[kept[n]]) for o, n in pairs) == pytest.approx(len(old))


def test_matching_takes_the_largest_total_not_the_first_best() -> None:
    # The second old box has only the first new one; the first old box can do with the second.
    old = [Box(0.30, 0, 0.2, 0.2), Box(0.40, 0, 0.2, 0.2)]
    new = [Box(0.34, 0, 0.2, 0.2), Box(0.22, 0, 0.2, 0.2)]
    assert sorted(match_faces(old, new)) == [(0, 1), (1, 0)]


def test_a_moved_face_is_found_by_its_embedding() -> None:
    (same, other), _ = made_up_people([1, 1])
    old, new = Box(0.1, 0.1, 0.1, 0.1), Box(0.7, 0.7, 0.1, 0.1)
    assert match_faces([old], [new], [same], [same]) == [(0, 0)]
    assert match_faces([old], [new], [same], [other]) == []
    assert match_faces([old], [new], [None], [same]) == []


def test_overlap_comes_before_the_embedding_of_the_same_person() -> None:
    (first, second), _ = made_up_people([2], spread=0.4)
    left, right = Box(0.1, 0.1, 0.1, 0.1), Box(0.7, 0.7, 0.1, 0.1)
    pairs = match_faces([left, right], [left, right], [first, second], [second, first])
    assert sorted(pairs) == [(0, 0), (1, 1)]


def test_somebody_else_at_the_same_place_is_another_face() -> None:
    (first, second, third), _ = made_up_people([1, 1, 1])
    left, right = Box(0.1, 0.1, 0.1, 0.1), Box(0.7, 0.7, 0.1, 0.1)
    mirrored = match_faces([left, right], [left, right], [first, second], [second, first])
    assert sorted(mirrored) == [(0, 1), (1, 0)]
    assert match_faces([left], [left], [first], [third]) == []


@given(
    st.lists(boxes, max_size=4),
    st.lists(boxes, max_size=4),
    st.lists(st.integers(0, 3), min_size=8),
)
def test_matching_with_embeddings_too_uses_each_face_once(
    old: list[Box], new: list[Box], looks: list[int]
) -> None:
    olds, news = [LOOKS[look] for look in looks[:4]], [LOOKS[look] for look in looks[4:8]]
    pairs = match_faces(old, new, olds[: len(old)], news[: len(new)])
    assert len({first for first, _ in pairs}) == len({second for _, second in pairs}) == len(pairs)
    for o, n in pairs:
        alike = float(olds[o] @ news[n]) >= DLIB.same_picture
        assert alike or overlap(old[o], new[n]) >= SAME_FACE_OVERLAP


def test_what_is_another_person_depends_on_the_model() -> None:
    place, vectors = Box(0.1, 0.1, 0.2, 0.2), np.eye(2, dtype=np.float32)
    near = np.array([0.6, 0.8], dtype=np.float32)  # a similarity of 0.6 to the first
    asked = ([place], [place], [vectors[0]], [near])
    assert match_faces(*asked, likeness_of("dlib-resnet-128")) == []
    assert match_faces(*asked, likeness_of("w600k-mbf-512")) == [(0, 0)]


DRAWN = Box(0.2, 0.2, 0.4, 0.4, drawn=True)


def test_a_face_inside_a_box_drawn_loosely_around_it_is_that_face() -> None:
    found = Box(0.3, 0.3, 0.15, 0.15)
    assert overlap(DRAWN, found) < SAME_FACE_OVERLAP
    assert match_faces([DRAWN], [found]) == [(0, 0)]
    assert match_faces([replace(DRAWN, drawn=False)], [found]) == []


def test_what_only_touches_a_drawn_box_or_is_tiny_in_it_is_another_face() -> None:
    touching, tiny = Box(0.5, 0.5, 0.3, 0.3), Box(0.3, 0.3, 0.05, 0.05)
    assert match_faces([DRAWN], [touching, tiny]) == []


def test_a_face_that_was_known_inside_a_drawn_box_keeps_its_own() -> None:
    known, found = Box(0.3, 0.3, 0.2, 0.2), Box(0.31, 0.31, 0.2, 0.2)
    assert match_faces([DRAWN, known], [found]) == [(1, 0)]


def test_the_embedding_of_a_drawn_box_says_nothing_against_the_face_in_it() -> None:
    (first, second), _ = made_up_people([1, 1])
    assert match_faces([DRAWN], [DRAWN], [first], [second]) == [(0, 0)]
