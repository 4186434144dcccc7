"""What a worker does with a job: begin, plan, step by step, end; errors and cancelling."""

import errno
import logging
import time

import psycopg
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from project.jobs.hosts import leave_to_others
from project.jobs.kinds import JobKind, Step, kind_named
from project.jobs.log import last_event, remember
from project.jobs.models import Job, JobEvent
from project.jobs.presence import (
    PLANNING,
    WORKING,
    attending,
    held,
    this_worker,
    worker_token,
)
from project.jobs.pulse import Pulse
from project.jobs.queueing import DISK_FULL, STORAGE_AWAY, summon_workers
from project.jobs.run import JobCancelled, JobRun
from project.logs import at_job
from project.storage.base import StorageAwayError

logger = logging.getLogger(__name__)

# Seconds after which a worker hands on a job that can be divided, so that Train need not wait
# for the end of a scan.
TURN = 20.0


def execute(job_id: int) -> None:
    """Work on a job until it ends or this worker's turn is over; a job that is gone is no error."""
    job = Job.objects.filter(pk=job_id, state__in=Job.DUE).first()
    if job is None:
        return
    kind = kind_named(job.kind)
    with (
        worker_token() as token,
        held(WORKING, job_id, shared=kind.parallel) as present,
    ):
        if not present:
            return
        _begin(job)
        with attending(job_id, token), at_job(job_id):
            last = _work(kind, job, JobRun(job, token))
    if last is Step.MORE:
        summon_workers(job)


def _begin(job: Job) -> None:
    now = timezone.now()
    queued = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if queued.update(state=Job.State.RUNNING, started_at=now, heartbeat_at=now):
        remember(job.pk, JobEvent.Verb.STARTED)
        return
    last = last_event(job.pk)
    if last is not None and last.verb == JobEvent.Verb.LOST:
        remember(job.pk, JobEvent.Verb.TAKEN_UP, detail=this_worker())


def _work(kind: JobKind, job: Job, run: JobRun) -> Step:
    try:
        with Pulse(job.pk):
            last = _steps(kind, job, run)
        if last is Step.FINISHED:
            _end(job, Job.State.DONE)
        return last
    except JobCancelled:
        return Step.FINISHED
    except Exception as error:
        if isinstance(error, OperationalError | InterfaceError) and _will_pass(error):
            # The row stays "running", and the scheduler wakes a worker for it.
            raise
        if isinstance(error, FileNotFoundError) and leave_to_others(job, error):
            return Step.ELSEWHERE
        if reason := _wait_for(error):
            _wait(job, reason, error)
            return Step.ELSEWHERE
        logger.exception("%s failed", job)
        _end(job, Job.State.FAILED, error=str(error) or type(error).__name__)
        return Step.FINISHED


def _steps(kind: JobKind, job: Job, run: JobRun) -> Step:
    """Plan if nobody has, and step until nothing is left or this worker's turn is over."""
    if not _plan_once(kind, job, run):
        return Step.ELSEWHERE
    job.refresh_from_db()
    if kind.parallel:
        summon_workers(job)
    turn_ends = time.monotonic() + TURN
    last = Step.MORE
    while last is Step.MORE and time.monotonic() < turn_ends:
        run.check_cancelled()
        last = kind.step(run)
        if job.error:  # there is space again, or the storage
            Job.objects.filter(pk=job.pk).update(error="")
            job.error = ""
    return last


def _plan_once(kind: JobKind, job: Job, run: JobRun) -> bool:
    """Return whether the job is planned; the first worker here plans, others leave meanwhile."""
    planned = Job.objects.filter(pk=job.pk, planned_at__isnull=False)
    if planned.exists():
        return True
    with held(PLANNING, job.pk) as mine:
        if not mine:
            return False
        if planned.exists():
            return True
        if kind.plan is not None:
            run.begin_anew()
            kind.plan(run)
        run.check_cancelled()
        Job.objects.filter(pk=job.pk).update(planned_at=timezone.now())
        if kind.plan is not None:
            remember(job.pk, JobEvent.Verb.PLANNED)
        return True


def _end(job: Job, state: Job.State, error: str = "") -> None:
    ended = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=state, error=error, ended_at=timezone.now()
    )
    if ended:
        remember(job.pk, JobEvent.Verb.ENDED, detail=error or str(state.label))


def _will_pass(error: Exception) -> bool:
    """Whether the database went away, or two of us stood in each other's way.

    By SQLSTATE: none where nobody answered, 08 for a lost connection, 40 for what is rolled back
    because of another (deadlocks), 57P for a server that is shut down or starts.
    """
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(("08", "40", "57P"))


def _wait_for(error: Exception) -> str:
    """Return what there is to wait for, as the user is told: space, or the storage; else ""."""
    if isinstance(error, StorageAwayError):
        return STORAGE_AWAY
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return DISK_FULL if full or isinstance(error.__cause__, psycopg.errors.DiskFull) else ""


def _wait(job: Job, reason: str, error: Exception) -> None:
    """Say why nothing happens; the scheduler wakes workers again and again until it passes."""
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    news = running.exclude(error=reason).exists()
    running.update(error=reason, heartbeat_at=timezone.now())
    if news:
        logger.error("%s: %s (%s)", job, reason, error)
        remember(job.pk, JobEvent.Verb.WAITED, detail=reason)
