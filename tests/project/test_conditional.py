"""Answers that a client has already, changes to what it has seen, and what is going away."""

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from faces.api.people import PersonViewSet
from faces.models import Person
from photos.models import Share
from project.api.deprecation import Deprecation
from tests.factories import make_library, make_person, make_user
from tests.problems import problem_of
from tests.project.accounts.test_tokens import device, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None) -> str:
    return f"/api/people/{make_person('Ann').pk}/"


def rename(client: APIClient, place: str, name: str, tag: str) -> Any:
    return client.patch(place, {"name": name}, format="json", headers={"If-Match": tag})


def test_what_a_client_has_is_not_sent_again(alice: APIClient, place: str) -> None:
    first = alice.get(place)
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))
    again = alice.get(place, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    alice.patch(place, {"name": "Anna"}, format="json")
    anew = alice.get(place, headers={"If-None-Match": first["ETag"]})
    assert (anew.status_code, anew.json()["name"]) == (200, "Anna")


def test_errors_have_no_tag(alice: APIClient) -> None:
    assert "ETag" not in alice.get("/api/people/0/")


def test_a_change_to_what_has_changed_since_is_refused(alice: APIClient, place: str) -> None:
    tag = alice.get(place)["ETag"]
    assert rename(alice, place, "Anna", tag).status_code == 200
    refused = rename(alice, place, "Annabel", tag)
    assert (refused.status_code, problem_of(refused)["type"]) == (412, "urn:kith:problem:changed")
    assert alice.delete(place, headers={"If-Match": tag}).status_code == 412
    assert alice.get(place).json()["name"] == "Anna"
    assert rename(alice, place, "Annabel", alice.get(place)["ETag"]).status_code == 200


def test_nothing_is_told_of_what_is_not_there(charlie: APIClient, place: str) -> None:
    assert rename(charlie, place, "Eve", '"x"').status_code == 404


def test_who_may_not_read_changes_nothing_by_a_tag(place: str) -> None:
    for scopes in (["label"], ["manage"]):
        client = device(make(scopes)[1])
        assert rename(client, place, "Eve", '"x"').status_code == 403
    assert Person.objects.get().name == "Ann"


def test_what_has_no_tag_is_not_changed_by_one(alice: APIClient) -> None:
    share = Share.objects.create(library=make_library(), user=make_user("bob"), role="viewer")
    place = f"/api/libraries/{share.library_id}/shares/{share.pk}/"
    answer = alice.patch(place, {"role": "labeller"}, format="json", headers={"If-Match": '"x"'})
    assert answer.status_code == 412
    assert alice.delete(place, headers={"If-Match": '"x"'}).status_code == 412
    assert Share.objects.get().role == "viewer"


def test_what_is_going_away_says_so(
    alice: APIClient, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Deprecation(date(2026, 1, 1), date(2026, 7, 1), "/api/persons/")
    monkeypatch.setattr(PersonViewSet, "deprecated", {"retrieve": going}, raising=False)
    answer = alice.get(place)
    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert answer["Link"] == '</api/persons/>; rel="successor-version"'
    assert "Deprecation" not in alice.get("/api/people/")
