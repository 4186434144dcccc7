"""What people do with jobs: pause, resume, cancel, and try again."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from project.jobs.kinds import kind_named
from project.jobs.log import remember
from project.jobs.models import Job, JobEvent, JobItem
from project.jobs.queueing import start_job, summon_workers


def pause_job(job: Job, *, by: User | None = None) -> bool:
    """Have an active job wait at its place; its workers stop, and it keeps its scope.

    False, and nothing happens, if it waits already or has ended.
    """
    due = Job.objects.filter(pk=job.pk, state__in=Job.DUE)
    return _changed(due.update(state=Job.State.PAUSED), job, JobEvent.Verb.PAUSED, by)


def resume_job(job: Job, *, by: User | None = None) -> bool:
    """Let a paused job go on; False if it is not paused."""
    state = Case(
        When(started_at=None, then=Value(Job.State.QUEUED)), default=Value(Job.State.RUNNING)
    )
    paused = Job.objects.filter(pk=job.pk, state=Job.State.PAUSED)
    changed = paused.update(state=state, heartbeat_at=timezone.now())
    if changed:
        transaction.on_commit(lambda: summon_workers(job))
    return _changed(changed, job, JobEvent.Verb.RESUMED, by)


def cancel_job(job: Job, *, by: User | None = None) -> bool:
    """End an active job; its workers stop at their next step. False if it had ended already."""
    active = Job.objects.filter(pk=job.pk, state__in=Job.ACTIVE)
    changed = active.update(state=Job.State.CANCELLED, ended_at=timezone.now())
    return _changed(changed, job, JobEvent.Verb.CANCELLED, by)


def _changed(count: int, job: Job, verb: JobEvent.Verb, by: User | None) -> bool:
    if count:
        remember(job.pk, verb, by=by)
    return bool(count)


def retry_job(job: Job, *, requested_by: User) -> Job:
    """Start an ended job anew, as a job of its own; items that failed are tried again.

    Raises JobUnderWayError as ``start_job`` does.
    """
    again, _ = start_job(
        job.kind,
        requested_by=requested_by,
        scope=job.scope,
        subject=job.subject,
        parameters={**job.parameters, "retry_failed": True},
    )
    return again


def retry_items(job: Job, *, requested_by: User, item: JobItem | None = None) -> Job:
    """Try what failed in a job again, or one item of it, and nothing else.

    A kind that cannot look at single items is retried as a whole. Raises ValidationError where
    nothing failed, or one item alone cannot be tried; JobUnderWayError as ``start_job`` does.
    """
    failed = job.items.filter(outcome=JobItem.Outcome.FAILED)
    if item is not None:
        failed = failed.filter(pk=item.pk)
    if not failed.exists():
        raise ValidationError("Nothing has failed there.")
    retry = kind_named(job.kind).retry_items
    if retry is not None:
        return retry(job, item, requested_by)
    if item is not None:
        raise ValidationError(f"{job.title}: this is tried again as a whole only.")
    return retry_job(job, requested_by=requested_by)
