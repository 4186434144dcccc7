"""Keep jobs going: wake workers for every active job that has lost them."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from project.jobs.queueing import heal_jobs
from project.jobs.signals import tidying_up

logger = logging.getLogger(__name__)

INTERVAL = 5.0  # seconds
TIDY_INTERVAL = 3600.0


class Command(BaseCommand):
    """``manage.py scheduler``."""

    help = "Wake workers for jobs that a killed worker or an emptied queue left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look after the jobs until stopped."""
        tidy_at = 0.0
        while True:
            try:
                close_old_connections()
                heal_jobs()
                if time.monotonic() >= tidy_at:
                    tidy_at = time.monotonic() + TIDY_INTERVAL
                    tidying_up.send_robust(sender=Command)
            except Error as error:
                logger.warning("The database cannot be reached, trying again: %s", error)
            time.sleep(INTERVAL)
