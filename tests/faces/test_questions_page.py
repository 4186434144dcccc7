"""The page "Same person?"."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from faces.models import Person, Question
from faces.queries.questions import preferences_of
from tests.factories import make_face, make_person, make_question, make_training, make_user

pytestmark = pytest.mark.django_db

QUESTIONS = "/questions/"


def test_the_questions_need_a_user() -> None:
    answer = Client().get(QUESTIONS)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?next={QUESTIONS}"


def test_the_page_says_how_many_questions_are_open(alice: APIClient) -> None:
    for answer in ("", "", Question.Answer.UNSURE):
        make_question(_somebody(), _somebody(), answer=answer)
    assert '<same-person left="2">' in alice.get(QUESTIONS).content.decode()


def test_a_stranger_sees_nothing_of_the_questions(charlie: APIClient) -> None:
    make_question(make_person(""), make_person(""))
    assert '<same-person left="0">' in charlie.get(QUESTIONS).content.decode()


def test_without_a_training_the_page_says_to_train_first(alice: APIClient) -> None:
    assert "Nothing to ask yet" in alice.get(QUESTIONS).content.decode()
    make_training()
    assert "Nothing to ask yet" not in alice.get(QUESTIONS).content.decode()


def test_the_header_of_every_page_says_how_many_questions_are_open(alice: APIClient) -> None:
    assert "data-questions hidden>0<" in alice.get("/").content.decode()
    make_question(_somebody(), _somebody())
    assert "data-questions>1<" in alice.get("/").content.decode()


def _somebody() -> Person:
    """Return an unknown person who has a face."""
    person = make_person("")
    make_face(person=person)
    return person


def test_when_train_merges_by_itself_is_chosen_on_the_page(client: Client) -> None:
    client.force_login(make_user())
    page = client.get("/questions/").content.decode()
    assert '<option value="" selected>never</option>' in page
    client.post("/questions/", {"merge_from": "0.98"})
    assert preferences_of(make_user()).merge_from == 0.98
    assert '<option value="0.98" selected>' in client.get("/questions/").content.decode()
    client.post("/questions/", {"merge_from": "0.5"})  # no choice
    assert preferences_of(make_user()).merge_from == 0.98
    client.post("/questions/", {"merge_from": ""})
    assert preferences_of(make_user()).merge_from is None
