"""The page "Same person?": with the mouse, and with the keyboard alone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.house import Guest, House
from tests.e2e.unknown import api, crowd, visit

# As before anything was said, with questions each about two people of its own, so that no answer
# changes another question.
ASK = """
from django.contrib.auth.models import User
from faces.actions.undoing import undo_event
from faces.models import LabelEvent, Question
from faces.queries.people import (people_found)
user = User.objects.get(username=name)
for event in LabelEvent.objects.filter(owner=user).order_by("-id"):
    if event.can_be_undone:
        undo_event(owner=user, event=event)
people = list(people_found(user, kind="unknown").order_by("-face_count", "-id"))
Question.objects.filter(owner=user).delete()
for number, (one, other) in enumerate(zip(people[::2], people[1::2])):
    if number < 6:
        Question.objects.create(
            owner=user, one=one, other=other, probability=0.75, settles=20 - number, features=[]
        )
"""
QUESTIONS = 6


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return crowd(house, "questions", shared, tmp_path_factory.mktemp("album"))


@pytest.fixture
def asked(guest: Guest, page: Page) -> Page:
    """The page with six questions."""
    visit(guest, page, "/")
    guest.run(ASK)
    page.goto(f"{guest.base}/questions/")
    expect(_pair(page)).to_be_visible()
    expect(_progress(page)).to_have_text(f"0 answered, {QUESTIONS} left")
    return page


def test_a_question_shows_two_people_and_how_likely_they_are_one(asked: Page) -> None:
    question = _questions(asked)[0]
    for person in (question["one"], question["other"]):
        side = asked.get_by_role("region", name=person["display_name"])
        expect(side.get_by_text(f"{person['faces']} faces")).to_be_visible()
        faces = len(person["best"])  # in whole rows: up to three, or all six
        expect(side.locator("img")).to_have_count(faces if faces == 6 else min(faces, 3))
    expect(asked.get_by_text("75\u00a0% likely to be the same.")).to_be_visible()
    expect(asked.get_by_text("The answer helps with 20 faces.")).to_be_visible()


def test_the_keyboard_alone_answers_and_nothing_is_asked_again(asked: Page) -> None:
    questions = _questions(asked)
    for answered, key in enumerate(("s", "d", "Space", "ArrowRight", "n"), start=1):
        expect(_pair(asked)).to_have_attribute("data-question", _id(questions[answered - 1]))
        asked.keyboard.press(key)
        left = QUESTIONS - answered
        expect(_progress(asked)).to_have_text(f"{answered} answered, {left} left")
    _wait_for_answers(asked, 1)
    asked.reload()
    expect(_pair(asked)).to_have_attribute("data-question", _id(questions[-1]))
    expect(_progress(asked)).to_have_text("0 answered, 1 left")
    asked.keyboard.press("y")
    expect(asked.get_by_role("heading", name="Nothing to ask")).to_be_visible()


def test_same_makes_one_of_two(asked: Page) -> None:
    question = _questions(asked)[0]
    asked.get_by_role("button", name="Same").click()
    _wait_for_answers(asked, QUESTIONS - 1)
    sizes = {person["id"]: person["faces"] for person in _people(asked)}
    both = [question["one"]["id"], question["other"]["id"]]
    kept = [pk for pk in both if pk in sizes]
    assert [sizes[pk] for pk in kept] == [question["one"]["faces"] + question["other"]["faces"]]
    asked.get_by_role("button", name="Undo").click()
    expect(_pair(asked)).to_have_attribute("data-question", _id(question))
    _wait_for_answers(asked, QUESTIONS)
    assert set(both) <= {person["id"] for person in _people(asked)}


def test_each_answer_is_taken_back_by_u_the_latest_first(asked: Page) -> None:
    questions = _questions(asked)
    for key in ("d", "Space", "d"):
        asked.keyboard.press(key)
    for question in questions[2::-1]:
        asked.keyboard.press("u")
        expect(_pair(asked)).to_have_attribute("data-question", _id(question))
    expect(_progress(asked)).to_have_text(f"0 answered, {QUESTIONS} left")
    # What was not sure can be said now.
    asked.keyboard.press("d")
    asked.keyboard.press("d")
    _wait_for_answers(asked, QUESTIONS - 2)
    expect(asked.get_by_text("is not")).to_have_count(2)


def test_the_button_goes_back_to_the_question_before(asked: Page) -> None:
    first = _questions(asked)[0]
    expect(asked.get_by_role("button", name="Back")).to_be_disabled()
    asked.get_by_role("button", name="Different").click()
    expect(_pair(asked)).not_to_have_attribute("data-question", _id(first))
    asked.get_by_role("button", name="Back").click()
    expect(_pair(asked)).to_have_attribute("data-question", _id(first))
    _wait_for_answers(asked, QUESTIONS)


def test_an_answer_that_fails_brings_its_question_back(asked: Page) -> None:
    first, second = _questions(asked)[:2]
    asked.route("**/answer/", lambda route: route.abort())
    asked.keyboard.press("d")
    expect(asked.get_by_text("Kith does not answer.")).to_be_visible()
    expect(_pair(asked)).to_have_attribute("data-question", _id(first))
    expect(_progress(asked)).to_have_text(f"0 answered, {QUESTIONS} left")
    asked.unroute("**/answer/")
    asked.keyboard.press("Space")
    expect(_pair(asked)).to_have_attribute("data-question", _id(second))
    _wait_for_answers(asked, QUESTIONS - 1)


def test_the_next_question_does_not_wait_for_the_server(asked: Page) -> None:
    questions = _questions(asked)
    asked.route("**/answer/", lambda route: None)
    for question in questions[1:3]:
        asked.keyboard.press("Space")
        expect(_pair(asked)).to_have_attribute("data-question", _id(question), timeout=300)


def test_a_double_click_answers_one_question(asked: Page) -> None:
    second = _questions(asked)[1]
    asked.get_by_role("button", name="Not sure").dblclick()
    _wait_for_answers(asked, QUESTIONS - 1)
    expect(_pair(asked)).to_have_attribute("data-question", _id(second))


def test_after_a_click_space_says_not_sure(asked: Page) -> None:
    _, second, third = _questions(asked)[:3]
    asked.get_by_role("button", name="Different").click()
    expect(_pair(asked)).to_have_attribute("data-question", _id(second))
    asked.keyboard.press("Space")
    expect(_pair(asked)).to_have_attribute("data-question", _id(third))
    expect(asked.get_by_text("is not")).to_have_count(1)
    _wait_for_answers(asked, QUESTIONS - 2)


def _pair(page: Page) -> Locator:
    return page.locator(".pair")


def _progress(page: Page) -> Locator:
    return page.get_by_text(" left").first


def _id(question: dict[str, Any]) -> str:
    return str(question["id"])


def _questions(page: Page) -> list[dict[str, Any]]:
    questions: list[dict[str, Any]] = page.request.get(api(page, "questions/")).json()["results"]
    return questions


def _people(page: Page) -> list[dict[str, Any]]:
    answer = page.request.get(api(page, "people/?kind=unknown"))
    people: list[dict[str, Any]] = answer.json()["results"]
    return people


def _wait_for_answers(page: Page, left: int) -> None:
    """Wait until the server has so many questions left to ask."""
    for _ in range(50):
        if len(_questions(page)) == left:
            return
        page.wait_for_timeout(100)
    assert len(_questions(page)) == left
