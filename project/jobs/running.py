"""What a worker does with a job: begin, plan, step by step, end; errors and cancelling."""

import errno
import logging
import time
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from project.jobs.kinds import JobKind, Step, kind_named
from project.jobs.models import Job, JobItem
from project.jobs.presence import PLANNING, WORKING, held, worker_token
from project.jobs.queueing import summon_workers

logger = logging.getLogger(__name__)

# Seconds after which a worker hands on a job that can be divided, so that Train need not wait
# for the end of a scan.
TURN = 20.0


class JobCancelled(Exception):
    """The user has ended this job."""


class JobRun:
    """One worker's hand on a job: its parameters, and the reports it makes to the row."""

    def __init__(self, job: Job, token: int) -> None:
        self.job_id: int = job.pk
        self.token = token  # marks rows that this worker has taken, see project.jobs.presence
        self.requested_by_id: int = job.requested_by_id
        self.parameters: dict[str, Any] = job.parameters

    def begin_anew(self) -> None:
        """Forget what a plan that was cut short had reported."""
        JobItem.objects.filter(job_id=self.job_id).delete()
        self._running().update(done=0, total=0, failed=0, skipped=0)

    def check_cancelled(self) -> None:
        """Raise JobCancelled unless the job is still running."""
        if not self._running().exists():
            raise JobCancelled

    def report(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done, and how much of it; raise JobCancelled if it is not wanted."""
        if not self._running().update(stage=stage, done=done, total=total):
            raise JobCancelled

    def advance(self, *, done: int = 1) -> None:
        """Count items as done; in the transaction that stores them, so that none counts twice."""
        self._running().update(done=F("done") + done)

    def failed(self, name: str, reason: str) -> None:
        """Record one item that could not be done."""
        self._record([(name, reason)], JobItem.Outcome.FAILED)
        self._running().update(failed=F("failed") + 1)

    def skipped(self, items: list[tuple[str, str]]) -> None:
        """Record items left out, as (name, reason)."""
        self._record(items, JobItem.Outcome.SKIPPED)
        self._running().update(skipped=F("skipped") + len(items))

    def _record(self, items: list[tuple[str, str]], outcome: JobItem.Outcome) -> None:
        JobItem.objects.bulk_create(
            JobItem(job_id=self.job_id, name=name, reason=reason, outcome=outcome)
            for name, reason in items
        )

    def _running(self) -> Any:
        return Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING)


def execute(job_id: int) -> None:
    """Work on a job until it ends or this worker's turn is over; a job that is gone is no error."""
    job = Job.objects.filter(pk=job_id, state__in=Job.ACTIVE).first()
    if job is None:
        return
    kind = kind_named(job.kind)
    with (
        worker_token() as token,
        held(WORKING, job_id, shared=kind.parallel) as present,
    ):
        if not present:
            return
        Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
            state=Job.State.RUNNING, started_at=timezone.now()
        )
        last = _work(kind, job, JobRun(job, token))
    if last is Step.MORE:
        summon_workers(job)


def _work(kind: JobKind, job: Job, run: JobRun) -> Step:
    try:
        if not _plan_once(kind, job, run):
            return Step.ELSEWHERE
        if kind.parallel:
            summon_workers(job)
        turn_ends = time.monotonic() + TURN
        last = Step.MORE
        while last is Step.MORE and time.monotonic() < turn_ends:
            run.check_cancelled()
            last = kind.step(run)
        if last is Step.FINISHED:
            _end(job, Job.State.DONE)
        return last
    except JobCancelled:
        return Step.FINISHED
    except (OperationalError, InterfaceError):
        # The database went away: the row stays "running", and the scheduler wakes a worker for it.
        raise
    except Exception as error:
        logger.exception("%s failed", job)
        _end(job, Job.State.FAILED, error=_explained(error))
        return Step.FINISHED


def _plan_once(kind: JobKind, job: Job, run: JobRun) -> bool:
    """Return whether the job is planned; the first worker here plans, others leave meanwhile."""
    with held(PLANNING, job.pk) as mine:
        if not mine:
            return False
        if Job.objects.filter(pk=job.pk, planned_at__isnull=False).exists():
            return True
        if kind.plan is not None:
            run.begin_anew()
            kind.plan(run)
        run.check_cancelled()
        Job.objects.filter(pk=job.pk).update(planned_at=timezone.now())
        return True


def _end(job: Job, state: Job.State, error: str = "") -> None:
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=state, error=error, ended_at=timezone.now()
    )


def _explained(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full: free some space, then retry. What was done so far is kept."
    return str(error) or type(error).__name__
