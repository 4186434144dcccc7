"""Lists of which a client wants to know more at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from faces.models import Person
from photos.models import Share
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db

FACES, PHOTOS = "/api/faces/?expand=photo", "/api/search/photos/?expand=faces"


@pytest.mark.parametrize("more", ["", "&fields=id", "&tab=labelled&sort=person"])
def test_faces_tell_their_photos_as_photos_do(alice: APIClient, more: str) -> None:
    make_face(make_photo(path="sea.jpg"), person=make_person())
    (photo,) = alice.get("/api/photos/").json()["results"]
    (face,) = alice.get(FACES + more).json()["results"]
    told = face["expanded"]["photo"]
    assert told["path"] == "sea.jpg"
    assert told == {name: photo[name] for name in told}
    assert set(face) == ({"id", "expanded"} if "fields" in more else set(face))


def test_photos_tell_their_faces_as_faces_do(alice: APIClient) -> None:
    photo, empty = make_photo(), make_photo()
    faces = [make_face(photo, person=make_person()), make_face(photo)]
    make_guess(faces[1], classified=make_person("Bob"))
    found = {row["id"]: row["expanded"] for row in alice.get(PHOTOS).json()["results"]}
    alone = {face.pk: alice.get(f"/api/faces/{face.pk}/").json() for face in faces}
    assert found == {photo.pk: {"faces": list(alone.values())}, empty.pk: {"faces": []}}


@pytest.mark.parametrize("place", [FACES, PHOTOS])
def test_nothing_is_told_at_once_that_is_not_asked_for(alice: APIClient, place: str) -> None:
    make_face()
    (row,) = alice.get(place.partition("?")[0]).json()["results"]
    assert "expanded" not in row


@pytest.mark.parametrize(("place", "known"), [(FACES, "photo"), (PHOTOS, "faces")])
def test_what_cannot_be_told_at_once_is_refused(alice: APIClient, place: str, known: str) -> None:
    answer = alice.get(f"{place},camera")
    assert answer.status_code == 400
    assert fields_of(answer) == ["expand"]
    assert f"«camera»; there is {known}." in problem_of(answer)["detail"]


@pytest.mark.parametrize("place", [FACES, f"{FACES}&fields=id", PHOTOS])
def test_the_query_count_is_constant(alice: APIClient, place: str) -> None:
    counts = []
    for rows in (3, 12):
        for index in range(rows):
            face = make_face(make_photo(), person=make_person(f"Person {rows} {index}"))
            make_guess(make_face(face.photo), classified=face.person, cluster=make_person(""))
        with CaptureQueriesContext(connection) as counted:
            assert len(alice.get(place).json()["results"]) >= rows
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_in_a_shared_library_only_what_is_shared_is_told(alice: APIClient) -> None:
    charlie = make_user("charlie")
    shared, kept = make_library(charlie), make_library(charlie)
    Share.objects.create(library=shared, user=make_user(), role=Share.Role.VIEWER)
    stranger = make_person("", charlie)
    Person.objects.update(is_hidden=True)
    face = make_face(make_photo(shared), person=stranger)
    make_face(make_photo(kept), person=stranger)
    (row,) = alice.get(f"{PHOTOS}&owner={charlie.pk}").json()["results"]
    assert [(each["id"], each["person"]) for each in row["expanded"]["faces"]] == [(face.pk, None)]
    (row,) = alice.get(f"{FACES}&owner={charlie.pk}").json()["results"]
    assert row["expanded"]["photo"]["id"] == face.photo_id
    assert alice.get(PHOTOS).json()["results"] == []
