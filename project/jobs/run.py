"""One worker's hand on a job: what it was asked, and the reports it makes to the row."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import F, FloatField, Value
from django.db.models.functions import Coalesce, Extract, Least, Now

from project.jobs.limits import MAX_ATTEMPTS
from project.jobs.models import Job, JobItem

# Seconds between two signs of life that count as work; what is longer was an outage or a pause.
LONGEST_SILENCE = 15.0
# Seconds between two notes of the time at work: small items come by the hundred.
OFTEN = 0.25


class JobCancelled(BaseException):
    """The user has ended this job, or paused it.

    No Exception, so that nobody who expects faults of a photo takes it for one.
    """


class JobRun:
    """One worker's hand on a job: its parameters, and the reports it makes to the row."""

    def __init__(self, job: Job, token: int) -> None:
        self.job_id: int = job.pk
        self.kind = job.kind
        self.token = token  # marks rows that this worker has taken, see project.jobs.presence
        self.requested_by_id: int = job.requested_by_id
        self.parameters: dict[str, Any] = job.parameters
        self._told = -OFTEN

    def begin_anew(self) -> None:
        """Forget what a plan that was cut short had reported."""
        JobItem.objects.filter(job_id=self.job_id).delete()
        self._running().update(done=0, total=0, failed=0, skipped=0, repaired=0, position=0)

    def check_cancelled(self) -> None:
        """Raise JobCancelled unless the job is still running."""
        if not self._running().exists():
            raise JobCancelled

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done, and how much of it; raise JobCancelled if it is not wanted."""
        alive = signs_of_life() if done else {"heartbeat_at": Now(), "at_work": 0.0}
        if not self._running().update(stage=stage, done=done, total=total, **alive):
            raise JobCancelled

    def advance(self) -> None:
        """Count an item as done; in the transaction that stores it, so that none counts twice."""
        alive = {}
        if time.monotonic() - self._told >= OFTEN:
            alive, self._told = signs_of_life(), time.monotonic()
        self._kept().update(done=F("done") + 1, **alive)

    def advance_to(self, position: int) -> None:
        """Count an item as done that has this number; whoever goes on begins behind it."""
        self._kept().update(done=F("done") + 1, position=position, **signs_of_life())

    def position(self) -> tuple[int, int]:
        """Return behind which number to go on, and how often a worker came to its end at the next.

        Such a number is kept below 0, as ``looking_at`` writes it.
        """
        position = int(Job.objects.values_list("position", flat=True).get(pk=self.job_id))
        if position >= 0:
            return position, 0
        number, ended_before = divmod(-position, MAX_ATTEMPTS)
        return number - 1, ended_before + 1

    @contextmanager
    def looking_at(self, number: int, *, behind: int, ended: int) -> Iterator[None]:
        """Leave a trace, while inside, of the number that is looked at, for when it is the last.

        ``behind`` is where to go on if an error or a pause ends it; ``ended`` says how many
        workers, fewer than MAX_ATTEMPTS, came to their end at it before.
        """
        self._kept().update(position=-(number * MAX_ATTEMPTS + ended))
        try:
            yield
        except BaseException:
            self._kept().update(position=behind)
            raise

    def failed(self, name: str, reason: str) -> None:
        """Record one item that could not be done."""
        self._record([(name, reason)], JobItem.Outcome.FAILED)
        self._kept().update(failed=F("failed") + 1)

    def skipped(self, items: list[tuple[str, str]]) -> None:
        """Record items left out, as (name, reason)."""
        self._record(items, JobItem.Outcome.SKIPPED)
        self._kept().update(skipped=F("skipped") + len(items))

    def repaired(self, name: str, what: str) -> None:
        """Record one item in which something was wrong, and what became of it."""
        self._record([(name, what)], JobItem.Outcome.REPAIRED)
        self._kept().update(repaired=F("repaired") + 1)

    def _record(self, items: list[tuple[str, str]], outcome: JobItem.Outcome) -> None:
        JobItem.objects.bulk_create(
            JobItem(job_id=self.job_id, name=name, reason=reason, outcome=outcome)
            for name, reason in items
        )

    def _running(self) -> Any:
        return Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING)

    def _kept(self) -> Any:
        """Return the row, also while it is paused: what was finished then counts."""
        return Job.objects.filter(pk=self.job_id, state__in=(Job.State.RUNNING, Job.State.PAUSED))


def signs_of_life() -> dict[str, Any]:
    """Return what an update of a job says of the moment, and of the time since the last one."""
    since = Extract(Now() - F("heartbeat_at"), "epoch", output_field=FloatField())
    worked = Least(Coalesce(since, Value(0.0)), Value(LONGEST_SILENCE))
    return {"heartbeat_at": Now(), "at_work": F("at_work") + worked}
