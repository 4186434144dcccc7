"""Similar faces in the API: in order, with their similarity, and nobody else's."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.models import Embedding, Face
from photos.models import Share
from tests.embeddings import made_up_people
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db

QUERIES = 13


def similar(client: APIClient, face: Face, **asked: Any) -> Any:
    answer = client.get(f"/api/faces/{face.pk}/similar/", asked)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def test_the_faces_most_like_one_come_first_as_lists_show_faces(alice: APIClient) -> None:
    vectors, _ = made_up_people([3, 2])
    ann = make_person()
    face, *others = [make_face(vector=vector, person=ann) for vector in vectors]
    rows = similar(alice, face)
    cosines = (vectors[1:] @ vectors[0]).tolist()
    expected = sorted(zip(cosines, [other.pk for other in others], strict=True), reverse=True)
    assert ids(rows) == [pk for _, pk in expected]
    assert [row["similarity"] for row in rows] == pytest.approx([c for c, _ in expected], abs=1e-5)
    assert rows[0]["person"]["name"] == "Ann"
    assert set(ids(rows[:2])) == {others[0].pk, others[1].pk}


def test_as_many_are_listed_as_are_asked_for_with_what_is_asked_for(alice: APIClient) -> None:
    vectors, _ = made_up_people([5])
    face, *_ = [make_face(vector=vector) for vector in vectors]
    rows = similar(alice, face, limit=2, fields="id,crop", expand="photo")
    assert [set(row) for row in rows] == [{"id", "crop", "expanded", "similarity"}] * 2
    for limit in ("0", "201", "x"):
        answer = alice.get(f"/api/faces/{face.pk}/similar/?limit={limit}")
        assert (answer.status_code, fields_of(answer)) == (400, ["limit"])


def test_a_face_without_an_embedding_is_like_none(alice: APIClient) -> None:
    (one, two), _ = made_up_people([2])
    face, _ = make_face(), make_face(vector=one)
    assert similar(alice, face) == []
    old = make_face(vector=two)
    Embedding.objects.filter(face=old).update(model="of a former engine")
    assert similar(alice, old) == []


def test_a_stranger_learns_nothing_and_a_viewer_sees_only_what_is_shared(
    charlie: APIClient, alice: APIClient
) -> None:
    vectors, _ = made_up_people([4])
    shared = make_library()
    face, seen = (make_face(make_photo(shared), vector=vector) for vector in vectors[:2])
    unseen = make_face(vector=vectors[2])
    theirs = make_face(make_photo(make_library(make_user("charlie"))), vector=vectors[3])
    assert charlie.get(f"/api/faces/{face.pk}/similar/").status_code == 404
    assert set(ids(similar(alice, face))) == {seen.pk, unseen.pk}
    Share.objects.create(library=shared, user=make_user("charlie"), role="viewer")
    assert ids(similar(charlie, face)) == [seen.pk]
    assert charlie.get(f"/api/faces/{unseen.pk}/similar/").status_code == 404
    assert similar(charlie, theirs) == []


def test_more_faces_cost_no_more_queries(
    alice: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    vectors, _ = made_up_people([20])
    ann = make_person()
    face, *_ = [make_face(vector=vector, person=ann) for vector in vectors[:10]]
    similar(alice, face)
    with django_assert_num_queries(QUERIES):
        similar(alice, face)
    for vector in vectors[10:]:
        make_face(vector=vector)
    with django_assert_num_queries(QUERIES):
        assert len(similar(alice, face)) == 19
