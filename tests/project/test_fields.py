"""Lists of which a client wants only some fields."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.factories import make_face, make_guess, make_person
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("place", "fields"), [("photos", "id,thumbnail"), ("faces", "id,box"), ("people", "id,name")]
)
def test_only_the_fields_that_are_asked_for_are_told(
    alice: APIClient, place: str, fields: str
) -> None:
    make_guess(make_face(), classified=make_person())
    whole = alice.get(f"/api/{place}/").json()["results"]
    told = alice.get(f"/api/{place}/?fields={fields}").json()["results"]
    assert told == [{name: row[name] for name in fields.split(",")} for row in whole]


@pytest.mark.parametrize("place", ["photos", "faces", "people"])
def test_a_field_that_there_is_not_is_refused(alice: APIClient, place: str) -> None:
    answer = alice.get(f"/api/{place}/?fields=id,pixels")
    assert fields_of(answer) == ["fields"]
    assert "«pixels»; there are id," in problem_of(answer)["detail"]


def test_what_is_not_told_is_not_asked_of_the_database(alice: APIClient) -> None:
    make_guess(make_face(), classified=make_person())
    counts = []
    for query in ("", "?fields=id,box,crop"):
        with CaptureQueriesContext(connection) as counted:
            alice.get(f"/api/faces/{query}")
        counts.append(len(counted))
    assert counts[1] < counts[0]
