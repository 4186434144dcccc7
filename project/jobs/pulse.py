"""While a step takes long: say that its worker lives, and interrupt it where it is not wanted.

Most steps ask between two photos. What takes longer, such as reading a large file over a slow
network, decoding a video or writing a million guesses, need not know of jobs to be ended in time.
"""

import logging
import signal
import threading
from datetime import timedelta
from types import FrameType
from typing import Any, Self

from django.db import Error, connection
from django.utils import timezone
from psycopg.pq import TransactionStatus

from project.jobs.models import Job
from project.jobs.run import JobCancelled, signs_of_life

logger = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds between two looks at the job; a step has one of them to end by itself
HEARTBEAT = timedelta(seconds=5)
SIGNAL = signal.SIGUSR1


class Pulse:
    """Watches over the work at a job while inside; only a main thread can be interrupted."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"pulse-{job_id}", daemon=True)
        self._is_main = threading.current_thread() is threading.main_thread()
        self._former: Any = None

    def __enter__(self) -> Self:
        if self._is_main:
            self._former = signal.signal(SIGNAL, self._interrupt)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._is_main:
            signal.signal(SIGNAL, self._former)

    def _watch(self) -> None:
        """Look at the job, in a thread and a session of its own."""
        unwanted = False
        try:
            while not self._over.wait(INTERVAL):
                was_unwanted, unwanted = unwanted, self._is_unwanted()
                if was_unwanted and unwanted and self._is_main:
                    signal.pthread_kill(threading.main_thread().ident or 0, SIGNAL)
        finally:
            connection.close()

    def _is_unwanted(self) -> bool:
        job = Job.objects.filter(pk=self._job_id)
        try:
            silent = job.filter(
                state=Job.State.RUNNING, heartbeat_at__lt=timezone.now() - HEARTBEAT
            )
            silent.update(**signs_of_life())
            return job.exclude(state=Job.State.RUNNING).exists()
        except Error:
            connection.close()  # the work itself will tell
            return False

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """End the work, but never in the middle of a query, after which the session is of no use.

        The next look, half a second later, tries again.
        """
        if not self._over.is_set() and not _is_asking():
            raise JobCancelled


def _is_asking() -> bool:
    session = connection.connection
    return bool(session and session.pgconn.transaction_status == TransactionStatus.ACTIVE)
