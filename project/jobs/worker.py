"""Kith's RQ worker: loads the models once, and stops at once when told to."""

from datetime import UTC, datetime
from types import FrameType
from typing import Any

from django.db import connections
from rq import Worker

from project.jobs.limits import first_to_go
from project.jobs.signals import worker_starting


class JobWorker(Worker):
    """An RQ worker that forks for each message."""

    # Seconds between two tries, at most, while Redis is away.
    max_connection_wait_time = 10.0

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Take messages until stopped."""
        first_to_go()
        worker_starting.send(sender=type(self))
        # What is forked for a job must not share a session, whose locks say that it lives.
        connections.close_all()
        return super().work(*args, **kwargs)

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """Say that this worker lives, also to a Redis that was emptied and knows it no more."""
        if not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)  # what was written of it since
            self.register_birth()  # type: ignore[no-untyped-call]
        super().heartbeat(*args, **kwargs)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop without waiting for the current job: what is left to do is a state of rows."""
        # RQ ignores a second signal within a second of this date.
        self._shutdown_requested_date = datetime.fromtimestamp(0, UTC)
        self.request_force_stop(signum, frame)
