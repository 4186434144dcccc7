"""Starting jobs, and the messages that wake workers for them."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import django_rq
import psycopg
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from redis.exceptions import RedisError
from rq import Worker

from project.jobs.kinds import kind_named, known_kinds
from project.jobs.log import remember
from project.jobs.models import Attendance, Job, JobEvent
from project.jobs.presence import live_tokens, workers_present

logger = logging.getLogger(__name__)

# Imported by name in the worker; a string keeps this module free of what jobs do.
EXECUTE = "project.jobs.running.execute"
DISK_FULL = (
    "The disk is full: free some space, and Kith goes on by itself. What was done so far is kept."
)
STORAGE_AWAY = (
    "The storage of pictures does not answer, or refuses Kith's keys: the log says more."
    " Kith goes on by itself. What was done so far is kept."
)
# So long a job waits before it tries again to write.
WITHOUT_SPACE = timedelta(seconds=15)


class JobUnderWayError(ValidationError):
    """Another job is at work there; the message says what to do."""

    def __init__(self, active: Job) -> None:
        super().__init__(f"{active.title} is under way: wait for it to end, or cancel it.")


def start_job(
    kind: str,
    *,
    requested_by: User,
    scope: str,
    subject: str = "",
    parameters: dict[str, Any] | None = None,
) -> tuple[Job, bool]:
    """Return the job and True, or the active one of this kind and scope and False.

    Raises JobUnderWayError where a job of another kind is at work on this scope. Workers are woken
    when the surrounding transaction commits.
    """
    while True:
        active = Job.objects.filter(scope=scope, state__in=Job.ACTIVE).first()
        if active is not None:
            if active.kind != kind:
                raise JobUnderWayError(active)
            return active, False
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind,
                    scope=scope,
                    subject=subject,
                    requested_by=requested_by,
                    parameters=parameters or {},
                )
        except IntegrityError as error:
            if not _is_taken(error):
                raise
            continue  # somebody was quicker, and may even have ended in between
        transaction.on_commit(partial(summon_workers, job))
        return job, True


def _is_taken(error: IntegrityError) -> bool:
    """Whether it is the scope that has an active job, and not the requester who is gone."""
    return isinstance(error.__cause__, psycopg.errors.UniqueViolation)


def summon_workers(job: Job) -> int:
    """Send as many messages as workers are missing at this job; return how many.

    One rule for every case: a job that begins, a worker that ended its turn, a worker killed, a
    queue that was emptied. Where Redis is out of reach the scheduler tries again later.
    """
    kind = kind_named(job.kind)
    try:
        queue = django_rq.get_queue(kind.queue)
        prefix = f"job-{job.pk}-"
        waiting = sum(1 for message in queue.get_job_ids() if message.startswith(prefix))
        shared = kind.parallel and (kind.plan is None or job.planned_at is not None)
        wanted = max(1, Worker.count(queue=queue)) if shared else 1
        missing = max(0, wanted - waiting - workers_present(job.pk))
        for _ in range(missing):
            queue.enqueue(EXECUTE, job.pk, job_id=f"{prefix}{uuid4().hex}", result_ttl=0)
    except RedisError as error:
        logger.warning("Redis cannot be reached, %s waits: %s", job, error)
        return 0
    return missing


def heal_jobs() -> int:
    """Wake workers for every active job that lacks them; return how many messages were sent."""
    # A kind that this version does not know is left to one that does.
    jobs = Job.objects.filter(state__in=Job.DUE, kind__in=known_kinds())
    lately = timezone.now() - WITHOUT_SPACE
    jobs = jobs.exclude(error__in=(DISK_FULL, STORAGE_AWAY), heartbeat_at__gt=lately)
    return sum(summon_workers(job) for job in jobs)


def note_lost_workers() -> int:
    """Write into their jobs' logs which workers are gone without having left; return how many."""
    lost = list(Attendance.objects.exclude(token__in=live_tokens()).select_related("job"))
    for each in lost:
        # Of two schedulers that see it one tells.
        gone, _ = Attendance.objects.filter(pk=each.pk).delete()
        if gone and each.job.is_active:
            logger.warning("%s lost its worker: %s", each.job, each.worker)
            remember(each.job_id, JobEvent.Verb.LOST, detail=each.worker)
    return len(lost)
