"""When Train merges unknown people by itself, in the API."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from faces.queries.questions import preferences_of
from tests.factories import make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db
MERGING = "/api/merging/"


def test_the_choice_is_made_and_read_and_is_the_one_of_the_page(
    alice: APIClient, client: Client
) -> None:
    assert alice.get(MERGING).json() == {"merge_from": None}
    answer = alice.put(MERGING, {"merge_from": 0.98}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"merge_from": 0.98})
    client.force_login(make_user())
    assert '<option value="0.98" selected>' in client.get("/questions/").content.decode()
    assert alice.put(MERGING, {"merge_from": None}, format="json").status_code == 200
    assert alice.get(MERGING).json() == {"merge_from": None}


@pytest.mark.parametrize(
    "body", [{"merge_from": 0.5}, {"merge_from": 1.5}, {"merge_from": "x"}, {}]
)
def test_what_would_merge_too_much_is_refused(alice: APIClient, body: dict[str, object]) -> None:
    answer = alice.put(MERGING, body, format="json")
    assert fields_of(answer) == ["merge_from"]
    assert preferences_of(make_user()).merge_from is None


def test_everybody_chooses_alone(alice: APIClient, charlie: APIClient) -> None:
    alice.put(MERGING, {"merge_from": 0.99}, format="json")
    assert charlie.get(MERGING).json() == {"merge_from": None}


def test_nobody_chooses_without_signing_in() -> None:
    assert APIClient().get(MERGING).status_code in (401, 403)
