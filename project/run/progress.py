"""Jobs in words, for the terminal."""

from collections.abc import Iterable

from project.jobs.models import Job
from project.run.terminal import Terminal

PHOTO_KINDS = (Job.Kind.SCAN, Job.Kind.RESCAN)


class Progress:
    """Shows the jobs that are under way, and says of each how it ended."""

    def __init__(self, terminal: Terminal, jobs_url: str) -> None:
        self._terminal = terminal
        self._jobs_url = jobs_url
        self._active: set[int] = set()
        # What ended before we started is history.
        self._newest = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def update(self) -> None:
        """Look at the jobs, and print what is new."""
        active = list(Job.objects.filter(state__in=Job.ACTIVE).order_by("pk"))
        now_active = {job.pk for job in active}
        gone = Job.objects.filter(pk__in=self._active - now_active)
        missed = Job.objects.filter(pk__gt=self._newest).exclude(pk__in=self._active | now_active)
        for job in (gone | missed).order_by("pk"):
            if not job.is_active:
                self._terminal.say(job_end(job, self._jobs_url))
            self._newest = max(self._newest, job.pk)
        self._active = now_active
        self._newest = max([self._newest, *now_active])
        self._terminal.show_status(jobs_status(active))


def jobs_status(jobs: Iterable[Job]) -> str:
    """Return one line about the jobs under way, such as "Scan: 37 of 142 photos, 1 failed"."""
    return " · ".join(_job_status(job) for job in jobs)


def job_end(job: Job, jobs_url: str) -> str:
    """Return the line about a job that has ended."""
    kind = job.get_kind_display()
    if job.state == Job.State.CANCELLED:
        return f"{kind} cancelled{_problems(job)}"
    if job.state == Job.State.FAILED:
        reason = (job.error.strip().splitlines() or ["no reason given"])[-1]
        return f"{kind} failed: {reason} (see {jobs_url})"
    counted = f": {job.done or 'no new'} photos" if job.kind in PHOTO_KINDS else ""
    seen = f" (see {jobs_url})" if job.failed or job.skipped else ""
    return f"{kind} finished{counted}{_problems(job)}{seen}"


def _job_status(job: Job) -> str:
    if not job.total:
        return f"{job.get_kind_display()}: {job.stage or job.get_state_display().lower()}"
    unit = " photos" if job.kind in PHOTO_KINDS else f" {job.stage}".rstrip()
    return f"{job.get_kind_display()}: {job.done} of {job.total}{unit}{_problems(job)}"


def _problems(job: Job) -> str:
    failed = f", {job.failed} failed" if job.failed else ""
    skipped = f", {job.skipped} skipped" if job.skipped else ""
    return failed + skipped
