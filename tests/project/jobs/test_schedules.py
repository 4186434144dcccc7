"""Schedules: messages when it is time, and again when the settings change."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis
from rq.utils import now

from project.jobs import schedules
from project.jobs.schedules import Schedule, Timetable
from tests.project.jobs.conftest import messages

pytestmark = pytest.mark.django_db


def begin() -> None:
    """What a worker would call."""


class Clock:
    """Says when the test's schedule is due."""

    cron: str | None = "0 3 * * *"


@pytest.fixture
def clock(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(schedules, "_schedules", [Schedule("test", lambda: clock.cron, begin)])
    yield clock


def let_it_be_due(timetable: Timetable) -> None:
    timetable._entries["test"].next_enqueue_time = now() - timedelta(seconds=1)


def test_a_message_is_sent_once_when_it_is_due(clock: Clock) -> None:
    timetable = Timetable()
    assert timetable.look() == []
    let_it_be_due(timetable)
    assert timetable.look() == ["test"]
    assert timetable.look() == []
    assert len(messages()) == 1


def test_other_settings_make_another_entry_and_none_takes_it_away(clock: Clock) -> None:
    timetable = Timetable()
    timetable.look()
    let_it_be_due(timetable)
    clock.cron = "30 4 * * *"
    assert timetable.look() == []
    let_it_be_due(timetable)
    clock.cron = None
    assert timetable.look() == []
    assert messages() == []


def test_without_redis_it_is_tried_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    timetable = Timetable()
    timetable.look()
    let_it_be_due(timetable)
    with monkeypatch.context() as gone:
        nowhere = Redis(port=1)
        gone.setattr("django_rq.get_connection", lambda name: nowhere)
        assert timetable.look() == []
    assert timetable.look() == ["test"]
