"""Writes that are sent again with their key."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from faces.models import LabelEvent, Person
from project.api.models import KeptAnswer
from project.jobs.signals import tidying_up
from tests.factories import make_face, make_user
from tests.problems import fields_of, problem_of
from tests.project.accounts.test_tokens import device, make

pytestmark = pytest.mark.django_db
PEOPLE, GROUPS = "/api/people/", "/api/groups/"


def add(client: APIClient, name: str, key: str = "one", place: str = GROUPS) -> Any:
    headers = {"Idempotency-Key": key}
    return client.post(place, {"name": name}, format="json", headers=headers)


def test_what_is_sent_again_is_done_once_and_answered_the_same(alice: APIClient) -> None:
    face = make_face()
    data = {"faces": [face.pk], "name": "Ann"}
    first, again = (
        alice.post("/api/faces/label/", data, format="json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert LabelEvent.objects.count() == 1


def test_the_status_of_what_was_made_is_kept(alice: APIClient) -> None:
    assert [add(alice, "Family").status_code for _ in range(2)] == [201, 201]
    group = KeptAnswer.objects.get()
    place = f"{GROUPS}{add(alice, 'Family').json()['id']}/"
    gone = [alice.delete(place, headers={"Idempotency-Key": "two"}) for _ in range(2)]
    assert [(each.status_code, each.content) for each in gone] == [(204, b"")] * 2
    assert group.user.username == "alice"


def test_a_key_is_of_one_request_alone(alice: APIClient) -> None:
    add(alice, "Family")
    other = add(alice, "Friends")
    assert (other.status_code, problem_of(other)["type"]) == (
        422,
        "urn:kith:problem:key-used-otherwise",
    )
    elsewhere = add(alice, "Family", place=PEOPLE)
    assert elsewhere.status_code == 422
    assert not Person.objects.filter(name="Family").exists()


def test_a_key_is_of_one_user_alone(alice: APIClient, charlie: APIClient) -> None:
    add(alice, "Family")
    answer = add(charlie, "Family")
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


def test_a_token_that_may_do_less_is_not_told_the_answer(db: None) -> None:
    assert add(device(make()[1]), "Family").status_code == 201
    assert add(device(make()[1]), "Family").headers["Idempotency-Replayed"] == "true"
    less = add(device(make(["read"])[1]), "Family")
    assert (less.status_code, b"Family" in less.content) == (422, False)


def test_what_was_refused_may_be_tried_again_with_the_same_key(alice: APIClient) -> None:
    assert add(alice, "").status_code == 400
    assert not KeptAnswer.objects.exists()
    assert add(alice, "Family").status_code == 201


@pytest.mark.parametrize("key", ["a b", "é", "k" * 256])
def test_a_bad_key_is_refused(alice: APIClient, key: str) -> None:
    assert fields_of(add(alice, "Family", key)) == ["Idempotency-Key"]


def test_who_is_not_signed_in_leaves_nothing(db: None) -> None:
    assert add(APIClient(), "Family").status_code in (401, 403)
    assert not KeptAnswer.objects.exists()


def test_after_a_day_a_key_is_new_again(alice: APIClient) -> None:
    add(alice, "Family")
    KeptAnswer.objects.update(made_at=timezone.now() - timedelta(hours=25))
    assert add(alice, "Friends").status_code == 201
    KeptAnswer.objects.update(made_at=timezone.now() - timedelta(hours=25))
    tidying_up.send(sender=None)
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_done_and_the_other_waits_for_its_answer() -> None:
    make_user("alice")
    answers: list[Any] = []
    both = threading.Barrier(2)

    def ask() -> None:
        client = APIClient()
        client.force_login(make_user("alice"))
        both.wait()
        answers.append(add(client, "Family"))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert ["Idempotency-Replayed" in each for each in answers].count(True) == 1
