"""Keep jobs going: wake workers for every active job that has lost them, begin what is due."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from project.jobs.queueing import heal_jobs, note_lost_workers
from project.jobs.schedules import Timetable
from project.jobs.signals import minute_passed, tidying_up

logger = logging.getLogger(__name__)

INTERVAL = 5.0  # seconds
# What is announced, and after how many seconds again.
ROUNDS = ((minute_passed, 60.0), (tidying_up, 3600.0))


class Command(BaseCommand):
    """``manage.py scheduler``."""

    help = "Wake workers for jobs that a killed worker or an emptied queue left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look after the jobs until stopped."""
        due = dict.fromkeys((signal for signal, _ in ROUNDS), 0.0)
        timetable = Timetable()
        while True:
            try:
                close_old_connections()
                note_lost_workers()
                heal_jobs()
                timetable.look()
                for signal, seconds in ROUNDS:
                    if time.monotonic() >= due[signal]:
                        due[signal] = time.monotonic() + seconds
                        signal.send_robust(sender=Command)
            except Error as error:
                logger.warning("The database cannot be reached, trying again: %s", error)
            time.sleep(INTERVAL)
