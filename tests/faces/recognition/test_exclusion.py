"""Two faces in one photo are two people."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.exclusion import CROWD, pairs_in_photos, surplus_in_photo

NOBODY = -1
# (person, probability, photo) of a face
faces = st.lists(
    st.tuples(st.integers(NOBODY, 3), st.sampled_from([0.1, 0.5, 1.0]), st.integers(1, 4)),
    max_size=30,
)


def surplus(rows: list[tuple[int, float, int]]) -> list[bool]:
    people, probabilities, photos = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    result = surplus_in_photo(
        np.array(people, dtype=np.int64),
        np.array(probabilities, dtype=np.float64),
        np.array(photos, dtype=np.int64),
        nobody=NOBODY,
    )
    return [bool(each) for each in result]


@given(faces)
def test_of_each_person_in_a_photo_exactly_one_face_stays(
    rows: list[tuple[int, float, int]],
) -> None:
    stays = Counter(
        (person, photo)
        for (person, _, photo), gone in zip(rows, surplus(rows), strict=True)
        if person != NOBODY and not gone
    )
    assert stays == {(person, photo): 1 for person, _, photo in rows if person != NOBODY}


@given(faces)
def test_the_face_that_stays_is_the_likeliest_and_of_equals_the_first(
    rows: list[tuple[int, float, int]],
) -> None:
    for index, gone in enumerate(surplus(rows)):
        person, probability, photo = rows[index]
        better = any(
            (other, place) == (person, photo) and (p, -row) > (probability, -index)
            for row, (other, p, place) in enumerate(rows)
        )
        assert gone == (person != NOBODY and better)


def test_nobody_may_be_in_a_photo_many_times() -> None:
    assert surplus([(NOBODY, 1.0, 1), (NOBODY, 1.0, 1)]) == [False, False]


def test_one_person_in_two_photos_is_fine() -> None:
    assert surplus([(1, 0.5, 1), (1, 1.0, 2)]) == [False, False]


def test_no_faces_have_no_surplus() -> None:
    assert surplus([]) == []


@given(st.lists(st.integers(1, 5), max_size=20))
def test_the_faces_of_a_photo_are_paired_each_with_each(photos: list[int]) -> None:
    pairs = pairs_in_photos(np.array(photos, dtype=np.int64))
    assert set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == {
        (one, other)
        for one, photo in enumerate(photos)
        for other in range(one + 1, len(photos))
        if photos[other] == photo
    }
    assert len(pairs) == len(set(zip(pairs.first, pairs.second, strict=True)))


def test_the_faces_of_a_crowd_are_not_paired_and_those_of_other_photos_are() -> None:
    assert len(pairs_in_photos(np.zeros(CROWD, dtype=np.int64))) == CROWD * (CROWD - 1) // 2
    pairs = pairs_in_photos(np.array([1, 2] + [0] * (CROWD + 1) + [2]))
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([1], [CROWD + 3])
