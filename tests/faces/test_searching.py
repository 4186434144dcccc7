"""The search for photos by people, held against a plain reading of what it promises."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from faces.models import Person
from faces.queries.searching import PhotoSearch, photos_found
from faces.recognition.likelihood import HARDLY_A_FACE
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

# Two people with names and one without.
NAMES = ("Ann", "Ben", "")


@dataclass(frozen=True)
class FaceOf:
    """A face as a test makes it: whose it is said to be and guessed to be, by index of NAMES."""

    label: int | None
    classified: int | None
    clustered: int | None
    probability: float
    is_real: bool


@dataclass(frozen=True)
class Asked:
    """What a test asks for; people by index of NAMES."""

    all: tuple[int, ...]
    any: tuple[int, ...]
    none: tuple[int, ...]
    only: bool
    unnamed: bool | None
    faces_min: int | None
    faces_max: int | None
    guesses: bool
    min_probability: float


def who(face: FaceOf, asked: Asked) -> int | None:
    """Who a face is in the eyes of a search."""
    if face.label is not None:
        return face.label
    if not asked.guesses or not face.is_real or face.probability < asked.min_probability:
        return None
    return face.classified if face.classified is not None else face.clustered


def fits(faces: list[FaceOf], asked: Asked) -> bool:
    """Whether a photo with these faces is to be found."""
    real = [face for face in faces if face.is_real or face.label is not None]
    people = [who(face, asked) for face in real]
    wanted = {*asked.all, *asked.any}
    unnamed = any(person is None or not NAMES[person] for person in people)
    return (
        all(person in people for person in asked.all)
        and (not asked.any or any(person in people for person in asked.any))
        and not any(person in people for person in asked.none)
        and (not asked.only or all(person in wanted for person in people))
        and asked.unnamed in (None, unnamed)
        and (asked.faces_min is None or len(people) >= asked.faces_min)
        and (asked.faces_max is None or len(people) <= asked.faces_max)
    )


person = st.integers(0, len(NAMES) - 1)
people = st.lists(person, max_size=2, unique=True).map(tuple)
faces = st.builds(
    FaceOf,
    label=st.none() | person,
    # Classification knows people with names alone.
    classified=st.none() | st.integers(0, 1),
    clustered=st.none() | person,
    probability=st.sampled_from([0.3, 0.5, 0.9]),
    is_real=st.booleans(),
)
searches = st.builds(
    Asked,
    all=people,
    any=people,
    none=people,
    only=st.booleans(),
    unnamed=st.sampled_from([None, True, False]),
    faces_min=st.none() | st.integers(0, 3),
    faces_max=st.none() | st.integers(0, 3),
    guesses=st.booleans(),
    min_probability=st.sampled_from([0.0, 0.5, 0.8]),
)


def store(photos: list[list[FaceOf]]) -> tuple[list[int], list[Person]]:
    """Write photos with their faces; return their ids and the people."""
    library, made = make_library(), [make_person(name) for name in NAMES]
    make_training(library.owner)
    ids = []
    for shown in photos:
        photo = make_photo(library)
        ids.append(photo.pk)
        for each in shown:
            face = make_face(
                photo,
                person=None if each.label is None else made[each.label],
                likelihood=1.0 if each.is_real else HARDLY_A_FACE / 2,
            )
            make_guess(
                face,
                classified=None if each.classified is None else made[each.classified],
                cluster=None if each.clustered is None else made[each.clustered],
                probability=each.probability,
            )
    return ids, made


class TestSearch(TestCase):
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        photos=st.lists(st.lists(faces, max_size=3), min_size=1, max_size=4),
        searched=st.lists(searches, min_size=1, max_size=8),
    )
    def test_a_search_finds_what_a_plain_reading_finds(
        self, photos: list[list[FaceOf]], searched: list[Asked]
    ) -> None:
        ids, made = store(photos)
        for asked in searched:
            wanted = PhotoSearch(
                all=tuple(made[each].pk for each in asked.all),
                any=tuple(made[each].pk for each in asked.any),
                none=tuple(made[each].pk for each in asked.none),
                only=asked.only,
                unnamed=asked.unnamed,
                faces_min=asked.faces_min,
                faces_max=asked.faces_max,
                guesses=asked.guesses,
                min_probability=asked.min_probability,
            )
            found = sorted(photos_found(make_user(), wanted).values_list("pk", flat=True))
            expected = [pk for pk, shown in zip(ids, photos, strict=True) if fits(shown, asked)]
            assert found == expected, asked


@pytest.mark.django_db
def test_a_copy_is_not_found_beside_its_original() -> None:
    ann = make_person("Ann")
    face = make_face(person=ann)
    make_photo(face.photo.library, copy_of=face.photo)
    found = photos_found(make_user(), PhotoSearch(all=(ann.pk,)))
    assert [photo.pk for photo in found] == [face.photo_id]
