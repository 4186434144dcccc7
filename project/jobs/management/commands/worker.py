"""Run one worker process; start as many as there are cores, on as many hosts as there are."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django_rq import get_worker

from project.jobs.worker import JobWorker

# Seconds without a word from Redis, or to it, after which it or the worker counts as gone.
SILENCE = 60


class Command(BaseCommand):
    """``manage.py worker``."""

    help = "Run one worker for scans and trainings until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT."""
        worker = get_worker("default", "bulk", worker_class=JobWorker, worker_ttl=SILENCE)
        connections.close_all()  # a connection must not be shared with the forked jobs
        worker.work(logging_level="WARNING")
