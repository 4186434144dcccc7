"""A job's log: what happened to it, in a bounded number of lines."""

from django.contrib.auth.models import User

from project.jobs.models import JobEvent

MOST_LINES = 200  # the oldest go


def remember(
    job_id: int, verb: JobEvent.Verb, *, detail: str = "", by: User | None = None
) -> JobEvent:
    """Add a line to the log of a job."""
    event = JobEvent.objects.create(job_id=job_id, verb=verb, detail=detail, by=by)
    oldest = JobEvent.objects.filter(job_id=job_id).order_by("-id")[MOST_LINES:]
    JobEvent.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()
    return event


def last_event(job_id: int) -> JobEvent | None:
    """Return what happened last to a job."""
    return JobEvent.objects.filter(job_id=job_id).order_by("-id").first()
