"""What begins by the clock: RQ's own schedules, as the settings have them at the moment.

RQ sends a message when the time has come. Messages may be lost; so what begins must look whether it
has begun already, and whoever announces a schedule sees to it that nothing is missed for long.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import django_rq
from redis.exceptions import RedisError
from rq.cron import CronJob
from rq.utils import now

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Schedule:
    """Something that begins by the clock."""

    name: str
    when: Callable[[], str | None]  # as cron has it, in KITH_TIME_ZONE; None for never
    begin: Callable[[], None]  # by its name in a worker; beginning twice equals once


_schedules: list[Schedule] = []


def announce(schedule: Schedule) -> None:
    """Make a schedule known."""
    _schedules.append(schedule)


class Timetable:
    """The schedules as RQ keeps them, for the scheduler to look at again and again."""

    def __init__(self) -> None:
        self._entries: dict[str, CronJob] = {}

    def look(self) -> list[str]:
        """Send the messages that are due; return the names of what is to begin."""
        return [schedule.name for schedule in _schedules if self._is_sent(schedule)]

    def _is_sent(self, schedule: Schedule) -> bool:
        entry = self._entry(schedule)
        if entry is None or not entry.should_run():
            return False
        try:
            entry.enqueue(django_rq.get_connection("default"))
        except RedisError as error:
            logger.warning("Redis cannot be reached, %s waits: %s", schedule.name, error)
            return False
        entry.set_enqueue_time(now())
        return True

    def _entry(self, schedule: Schedule) -> CronJob | None:
        """Return RQ's entry, made anew where the settings have changed."""
        when, entry = schedule.when(), self._entries.get(schedule.name)
        if when is None:
            self._entries.pop(schedule.name, None)
            return None
        if entry is None or entry.cron != when:
            entry = CronJob(
                "default", func=schedule.begin, cron=when, result_ttl=0, name=schedule.name
            )
            self._entries[schedule.name] = entry
        return entry
