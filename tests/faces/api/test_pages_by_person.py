"""Pages of faces that stand by person: the same as one long list, wherever they begin and end."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.faces.api.test_faces import all_pages
from tests.factories import make_face, make_guess, make_person, make_photo

SIZES = (3, 1, 4, 3, 1)
QUERIES = ("tab=labelled", "tab=inferred", "tab=inferred&method=cluster", "tab=unknown")
TAKEN = ("2001-02-03T00:00:00Z", "1999-02-03T00:00:00Z", "2010-02-03T00:00:00Z", None)

pytestmark = pytest.mark.django_db


def some_faces(query: str) -> None:
    """Make faces in which every list has people, two of them with as many faces."""
    for number, size in enumerate(SIZES):
        person = make_person("" if query == "tab=unknown" else f"Person {number}")
        for turn in range(size):
            face = make_face(make_photo(taken_at=TAKEN[turn]), size_px=100 + 7 * turn % 5)
            if query == "tab=labelled":
                face.person = person
                face.save()
            elif query == "tab=unknown":
                make_guess(face, cluster=person, probability=0.9 - turn / 10)
            else:
                make_guess(face, cluster=person, classified=person, probability=0.9 - turn / 10)
    make_face()


def wanted(client: APIClient, query: str) -> list[int]:
    """Return the whole list, which is ordered in another way."""
    ids: list[int] = client.get(f"/api/faces/ids/?{query}").json()["ids"]
    return ids


@pytest.mark.parametrize(
    "sort", ["sort=person", "grouped=true&sort=date", "grouped=true&sort=size"]
)
@pytest.mark.parametrize("query", QUERIES)
def test_pages_are_parts_of_the_whole_list(alice: APIClient, query: str, sort: str) -> None:
    some_faces(query)
    asked = f"{query}&{sort}"
    whole = wanted(alice, asked)
    assert len(whole) == sum(SIZES)
    for limit in (1, 2, 3, 4, 5, 12, 100):
        shown = [face["id"] for face in all_pages(alice, f"/api/faces/?{asked}&limit={limit}")]
        assert shown == whole, limit


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_begins_anywhere(alice: APIClient, query: str) -> None:
    some_faces(query)
    whole = wanted(alice, query)
    for offset in range(sum(SIZES) + 2):
        page = alice.get(f"/api/faces/?{query}&limit=3&offset={offset}").json()
        assert [face["id"] for face in page["results"]] == whole[offset : offset + 3], offset
        assert (page["next"] is not None) == (offset + 3 < len(whole))


@pytest.mark.parametrize("query", QUERIES)
def test_pages_go_on_from_wherever_the_first_began(alice: APIClient, query: str) -> None:
    some_faces(query)
    whole = wanted(alice, query)
    for offset in range(sum(SIZES)):
        pages = all_pages(alice, f"/api/faces/?{query}&limit=2&offset={offset}")
        assert [face["id"] for face in pages] == whole[offset:], offset


def test_what_is_unassigned_comes_newest_first_and_in_pages(alice: APIClient) -> None:
    faces = [make_face().pk for _ in range(5)]
    make_guess(make_face(), classified=make_person())
    known_by_cluster = make_guess(make_face(), cluster=make_person("Bob")).face_id
    make_guess(make_face(), cluster=make_person(""))
    query = "tab=unassigned&method=classification"
    shown = [face["id"] for face in all_pages(alice, f"/api/faces/?{query}&limit=2")]
    assert shown == [known_by_cluster, *faces[::-1]]
    by_cluster = [
        face["id"] for face in all_pages(alice, "/api/faces/?tab=unassigned&method=cluster")
    ]
    assert by_cluster[1:] == faces[::-1]


def test_a_page_asks_as_often_for_many_people_as_for_few(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        for number in range(10):
            name = f"{number} {make_photo().pk}"
            make_face(person=make_person(name))
        with django_assert_max_num_queries(
            8
        ):  # as other lists, and which training and faces each has
            assert alice.get("/api/faces/?tab=labelled").json()["results"]
