"""The search for photos over HTTP, and the searches that are kept: works, refuses, validates."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from faces.models import Person, SavedSearch
from tests.factories import make_face, make_guess, make_library, make_person, make_photo, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db

SEARCH, KEPT = "/api/search/photos/", "/api/searches/"


@pytest.fixture
def people() -> tuple[Person, Person, Person]:
    return make_person("Ann"), make_person("Ben"), make_person("Cleo")


def photo_of(*people: Person | None, **fields: Any) -> int:
    """A photo with a face of each; None is somebody without a name."""
    photo = make_photo(**fields)
    for person in people:
        make_face(photo, person=person)
    return photo.pk


def ids(client: APIClient, query: str) -> list[int]:
    answer = client.get(f"{SEARCH}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_photos_are_found_by_who_is_in_them(
    alice: APIClient, people: tuple[Person, Person, Person]
) -> None:
    ann, ben, cleo = people
    both, three, one = photo_of(ann, ben), photo_of(ann, ben, cleo), photo_of(ann, None)
    assert ids(alice, f"all={ann.pk},{ben.pk}") == [three, both]
    assert ids(alice, f"all={ann.pk},{ben.pk}&none={cleo.pk}") == [both]
    assert ids(alice, f"any={ben.pk},{cleo.pk}") == [three, both]
    assert ids(alice, f"all={ann.pk}&any={ben.pk}&only=true") == [both]
    assert ids(alice, f"all={ann.pk}&unnamed=true") == [one]
    assert ids(alice, f"all={ann.pk}&unnamed=false&faces_max=2") == [both]
    assert ids(alice, "faces_min=3") == [three]
    assert ids(alice, "") == [one, three, both]


def test_guesses_count_where_that_is_asked(alice: APIClient) -> None:
    ann = make_person("Ann")
    face = make_face()
    make_guess(face, classified=ann, probability=0.7)
    assert ids(alice, f"all={ann.pk}") == []
    assert ids(alice, f"all={ann.pk}&guesses=true&min_probability=0.7") == [face.photo_id]
    assert ids(alice, f"all={ann.pk}&guesses=true&min_probability=0.8") == []


def test_a_search_keeps_to_days_a_library_and_a_month(alice: APIClient) -> None:
    ann, library = make_person("Ann"), make_library()
    june, july = (datetime(2019, month, 1, tzinfo=UTC) for month in (6, 7))
    early, late = (photo_of(ann, library=library, taken_at=day) for day in (june, july))
    elsewhere = photo_of(ann, taken_at=july)
    asked = f"all={ann.pk}"
    assert ids(alice, f"{asked}&taken_from=2019-06-02") == [elsewhere, late]
    assert ids(alice, f"{asked}&taken_to=2019-06-30") == [early]
    assert ids(alice, f"{asked}&library={library.pk}") == [late, early]
    assert ids(alice, f"{asked}&month=2019-07&offset=1") == [late]
    assert alice.get(f"{SEARCH}months/?{asked}").json() == [
        {"month": "2019-07", "count": 2},
        {"month": "2019-06", "count": 1},
    ]


def test_pages_of_a_search_meet_without_gap_or_overlap(alice: APIClient) -> None:
    ann = make_person("Ann")
    photos = [photo_of(ann) for _ in range(5)]
    seen: list[int] = []
    address = f"{SEARCH}?all={ann.pk}&limit=2"
    while address:
        answer = alice.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert seen == photos[::-1]


@pytest.mark.parametrize(
    "wrong",
    ["all=x", "all=", "any=1,,2", "none=-1", "all=" + ",".join(map(str, range(1, 22))),
     "only=true", "only=maybe", "unnamed=perhaps", "faces_min=-1", "faces_min=3&faces_max=2",
     "min_probability=2", "library=x", "taken_from=June", "month=2019-13"],
)  # fmt: skip
def test_what_is_mistyped_is_an_error(alice: APIClient, wrong: str) -> None:
    assert alice.get(f"{SEARCH}?{wrong}").status_code == 400


def test_a_stranger_finds_nothing(alice: APIClient, charlie: APIClient) -> None:
    ann = make_person("Ann")
    photo_of(ann)
    for query in (f"all={ann.pk}", f"none={10**17}", "faces_min=1", ""):
        assert ids(charlie, query) == []
        assert charlie.get(f"{SEARCH}months/?{query}").json() == []
    assert APIClient().get(SEARCH).status_code in (401, 403)


@pytest.mark.parametrize("address", [SEARCH, f"{SEARCH}months/"])
def test_the_number_of_queries_stays_the_same(alice: APIClient, address: str) -> None:
    ann, ben, cleo = (make_person(name) for name in ("Ann", "Ben", "Cleo"))
    asked = f"?all={ann.pk},{ben.pk}&none={cleo.pk}&guesses=true&faces_min=1&unnamed=false"
    counts = []
    for _ in range(2):
        for _ in range(10):
            photo_of(ann, ben)
        with CaptureQueriesContext(connection) as queries:
            assert alice.get(address + asked).json()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def keep(client: APIClient, name: str, query: Any) -> Any:
    return client.post(KEPT, {"name": name, "query": query}, format="json")


def test_a_search_is_kept_changed_and_given_up(alice: APIClient) -> None:
    made = keep(alice, " The  two ", {"all": "1,2", "only": "true"})
    assert made.status_code == 201, made.content
    address = f"{KEPT}{made.json()['id']}/"
    assert alice.get(address).json()["query"] == {"all": "1,2", "only": "true"}
    assert alice.get(address).json()["name"] == "The two"
    changed = alice.patch(address, {"name": "Both"}, format="json").json()
    assert (changed["name"], changed["query"]) == ("Both", {"all": "1,2", "only": "true"})
    assert alice.delete(address).status_code == 204
    assert alice.get(KEPT).json()["results"] == []


def test_a_search_of_the_same_name_replaces_the_first(alice: APIClient) -> None:
    keep(alice, "Family", {"all": "1"})
    keep(alice, "family", {"all": "2"})
    assert [row["query"] for row in alice.get(KEPT).json()["results"]] == [{"all": "2"}]


def test_two_searches_never_get_the_same_name(alice: APIClient) -> None:
    keep(alice, "Family", {"all": "1"})
    other = keep(alice, "Friends", {"all": "2"}).json()["id"]
    answer = alice.patch(f"{KEPT}{other}/", {"name": "FAMILY"}, format="json")
    assert answer.status_code == 400
    assert "name" in fields_of(answer)


@pytest.mark.parametrize(
    "query", [{"all": "x"}, {"who": "1"}, {"only": "true"}, {"all": ["1"]}, "all=1", [], None, 3]
)
def test_what_is_mistyped_is_not_kept(alice: APIClient, query: Any) -> None:
    assert keep(alice, "Family", query).status_code == 400
    assert not SavedSearch.objects.exists()


def test_what_alice_keeps_is_not_charlies(alice: APIClient, charlie: APIClient) -> None:
    address = f"{KEPT}{keep(alice, 'Family', {'all': '1'}).json()['id']}/"
    assert charlie.get(KEPT).json()["results"] == []
    for method in ("get", "patch", "delete"):
        assert getattr(charlie, method)(address).status_code == 404
    assert keep(charlie, "Family", {"any": "3"}).status_code == 201
    assert SavedSearch.objects.filter(owner=make_user("alice")).count() == 1


def test_a_search_is_replaced_by_one_whose_name_the_database_takes_for_the_same(
    alice: APIClient,
) -> None:
    for name in ("ipek", "İpek"):
        answer = alice.post("/api/searches/", {"name": name, "query": {}}, format="json")
        assert answer.status_code == 201, answer.content
    assert SavedSearch.objects.get().name == "İpek"
