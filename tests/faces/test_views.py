"""The dashboard page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from project.jobs.models import Job
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

DASHBOARD = "/"


def shown(client: APIClient, **query: str) -> dict[str, Any]:
    """What the page is made of."""
    answer = client.get(DASHBOARD, query)
    assert answer.status_code == 200
    context: Any = answer.context
    names = ("tab", "method", "person", "min_probability", "counts", "libraries", "active_jobs")
    return {name: context[name] for name in (*names, "training")}


def test_the_dashboard_needs_a_user() -> None:
    answer = Client().get(DASHBOARD)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?next=/"


def test_it_opens_on_unassigned_faces_before_the_first_training_and_on_guesses_after(
    alice: APIClient,
) -> None:
    assert shown(alice)["tab"] == "unassigned"
    make_training()
    assert shown(alice)["tab"] == "inferred"


def test_it_shows_what_its_address_says(alice: APIClient) -> None:
    ann = make_person()
    page = shown(alice, tab="labelled", method="cluster", person=str(ann.pk), min_probability="0.8")
    assert (page["tab"], page["method"], page["person"]) == ("labelled", "cluster", ann)
    assert page["min_probability"] == 0.8
    content = alice.get(f"/?person={ann.pk}").content.decode()
    assert f'person="{ann.pk}"' in content


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "everything"},
        {"method": "magic"},
        {"person": "Ann"},
        {"person": "9" * 30},
        {"person": "999999"},
        {"min_probability": "2"},
        {"min_probability": "nan"},
        {"tab": "\x00"},
    ],
)
def test_what_the_address_gets_wrong_is_as_if_it_were_not_there(
    alice: APIClient, query: dict[str, str]
) -> None:
    page, plain = shown(alice, **query), shown(alice)
    for name in ("tab", "method", "person", "min_probability"):
        assert page[name] == plain[name]


def test_each_tab_has_the_number_of_its_faces(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    make_guess(make_face(), classified=ann)
    make_guess(make_face(), cluster=make_person(""))
    make_face()
    assert shown(alice)["counts"] == {
        "labelled": 1,
        "inferred": 1,
        "unknown": 1,
        "unassigned": 1,
    }


def test_a_name_is_text_and_no_markup(alice: APIClient) -> None:
    ann = make_person("<script>alert(1)</script>")
    content = alice.get(f"/?tab=labelled&person={ann.pk}").content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert" in content


def test_a_stranger_sees_nothing_of_alice(charlie: APIClient) -> None:
    ann = make_person()
    library = make_library()
    make_guess(make_face(make_photo(library)), classified=ann)
    make_face(make_photo(library), person=ann)
    Job.objects.create(kind=Job.Kind.SCAN, scope="alice", requested_by=make_user())
    page = shown(charlie, person=str(ann.pk))
    assert page["person"] is None
    assert set(page["counts"].values()) == {0}
    assert list(page["libraries"]) == list(page["active_jobs"]) == []
    assert page["training"] is None
    assert b"Ann" not in charlie.get(f"/?person={ann.pk}").content


def test_the_query_count_is_constant_from_10_to_20_faces(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for _ in range(2):
        for _ in range(10):
            make_guess(make_face(make_photo()), classified=ann)
        with django_assert_max_num_queries(9):
            shown(alice)
