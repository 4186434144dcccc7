"""Long poll: an answer that waits comes with the news, and those who wait leave room for others."""

import time
from collections.abc import Iterator
from threading import Timer
from typing import Any

import pytest
from django.db import connection
from pytest import MonkeyPatch

from project import web
from project.api import waiting
from project.jobs.models import Job
from tests.factories import make_person, make_user
from tests.project.changes.copying import Copy, on_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def soon() -> Iterator[Any]:
    """Do something half a second from now, in a thread and so with a connection of its own."""
    timers = []

    def start(act: Any) -> None:
        def work() -> None:
            act()
            connection.close()

        timers.append(Timer(0.5, work))
        timers[-1].start()

    yield start
    for timer in timers:
        timer.join()


@pytest.fixture
def copy() -> Copy:
    copy = Copy(make_user())
    copy.follow()
    return copy


def asked(copy: Copy, wish: str) -> Any:
    return copy.client.get("/api/changes/", {"since": copy.since or ""}, headers={"Prefer": wish})


def running_job() -> Job:
    return Job.objects.create(
        kind=Job.Kind.SCAN, scope="test", requested_by=make_user(), state="running", total=10
    )


def test_an_answer_that_waits_comes_with_the_news(copy: Copy, soon: Any) -> None:
    soon(lambda: make_person("Ann"))
    began = time.monotonic()
    page = copy.page(headers={"Prefer": "wait=20"})
    assert 0.4 < time.monotonic() - began < 10
    assert [each["data"]["name"] for each in page["results"]] == ["Ann"]
    assert copy.rows == on_server(make_user())


def test_an_answer_without_news_comes_when_the_time_is_over(copy: Copy) -> None:
    began = time.monotonic()
    answer = asked(copy, "respond-async, wait=1")
    assert time.monotonic() - began >= 1
    assert answer["Preference-Applied"] == "wait=1"
    assert answer["Vary"]
    assert answer.json()["results"] == []


def test_news_that_are_there_wait_for_nothing(copy: Copy) -> None:
    make_person("Ann")
    began = time.monotonic()
    assert copy.page(headers={"Prefer": "wait=20"})["results"]
    assert time.monotonic() - began < 5


def test_who_finds_no_place_to_wait_is_answered_at_once(copy: Copy) -> None:
    for _ in range(waiting.PLACES):
        assert waiting._places.acquire(blocking=False)
    try:
        began = time.monotonic()
        answer = asked(copy, "wait=20")
        assert time.monotonic() - began < 5
        assert answer["Retry-After"]
        assert "Preference-Applied" not in answer
    finally:
        for _ in range(waiting.PLACES):
            waiting._places.release()


def test_waiting_gives_its_place_back(copy: Copy, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    for _ in range(waiting.PLACES + 1):
        answer = asked(copy, "wait=20")
        assert "Retry-After" not in answer


@pytest.mark.parametrize(
    "wish", ["wait", "wait=", "wait=x", "wait=-1", "wait=0", "await=9", "\x00"]
)
def test_what_is_no_wish_to_wait_is_passed_over(copy: Copy, wish: str) -> None:
    began = time.monotonic()
    answer = asked(copy, wish)
    assert answer.status_code == 200
    assert time.monotonic() - began < 3


def test_a_job_that_is_further_is_told_to_who_waits(copy: Copy, soon: Any) -> None:
    address = f"/api/jobs/{running_job().pk}/"
    known = copy.client.get(address)["ETag"]
    soon(lambda: Job.objects.update(done=4))
    answer = copy.client.get(address, headers={"Prefer": "wait=20", "If-None-Match": known})
    assert answer.status_code == 200
    assert answer.json()["done"] == 4
    assert answer["ETag"] != known


def test_a_job_without_news_is_not_told_again(copy: Copy) -> None:
    address = f"/api/jobs/{running_job().pk}/"
    known = copy.client.get(address)["ETag"]
    began = time.monotonic()
    answer = copy.client.get(address, headers={"Prefer": "wait=1", "If-None-Match": known})
    assert answer.status_code == 304
    assert time.monotonic() - began >= 1


def test_those_who_wait_leave_room_for_pages() -> None:
    assert web.threads - waiting.PLACES >= 4
