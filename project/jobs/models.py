"""Job: one background run, as the user sees it, and what is told of it."""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# With fewer items, or in less than so many seconds, a rate is chance.
FEWEST_TO_TELL = 10
SOONEST_TO_TELL = 2.0


class Job(models.Model):
    """A background run; this row, not the queue, says what is under way and what came of it."""

    class Kind(models.TextChoices):
        """What a job can do."""

        SCAN = "scan", _("Scan")
        RESCAN = "rescan", _("Rescan")
        TRAIN = "train", _("Train")
        PLACE = "place", _("Place new faces")
        EVALUATE = "evaluate", _("Evaluation")
        PREPARE = "prepare", _("Preparation")
        SWITCH = "switch", _("Activation")
        WRITE_NAMES = "write-names", _("Writing names")
        IMPORT = "import", _("Import")
        THUMBNAILS = "thumbnails", _("Pictures")
        VERIFY = "verify", _("Check")
        NIGHTLY = "nightly", _("Nightly round")
        INDEX = "index", _("Index of similar faces")

    class State(models.TextChoices):
        """Where a job stands; the last three are final."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    # What wants workers; and, with what waits for a person's word, what holds its scope.
    DUE = (State.QUEUED, State.RUNNING)
    ACTIVE = (*DUE, State.PAUSED)

    kind = models.CharField(max_length=20, choices=Kind)
    scope = models.CharField(
        max_length=100, help_text="What it works on; one active job per scope."
    )
    subject = models.CharField(max_length=200, blank=True, help_text="The scope in words.")
    parameters = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs"
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Items that failed, of those done.")
    skipped = models.PositiveIntegerField(default=0, help_text="Items left out on purpose.")
    repaired = models.PositiveIntegerField(
        default=0, help_text="Items in which something was wrong and no longer is."
    )
    position = models.BigIntegerField(
        default=0, editable=False, help_text="Where it goes on, for kinds that go by number."
    )
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(
        null=True, blank=True, help_text="When it knew all that there was to do."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker was last heard of."
    )
    at_work = models.FloatField(
        default=0.0, help_text="Seconds of work at what is counted now, without pauses."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(state__in=["queued", "running", "paused"]),
                name="one_active_job_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.pk})"

    @property
    def title(self) -> str:
        """What it does and on what."""
        kind = self.get_kind_display()
        return f"{kind} of {self.subject}" if self.subject else kind

    @property
    def is_active(self) -> bool:
        """Whether there is still something to wait for."""
        return self.state in self.ACTIVE

    @property
    def rate(self) -> float | None:
        """Items a second; None before it can be told, or where what is counted are mere stages."""
        if self.total < FEWEST_TO_TELL or not self.done or self.at_work < SOONEST_TO_TELL:
            return None
        return self.done / self.at_work

    @property
    def seconds_left(self) -> int | None:
        """Seconds of work that are left at this rate; None where that cannot be told."""
        if not self.is_active or self.rate is None:
            return None
        return math.ceil(max(self.total - self.done, 0) / self.rate)

    @property
    def per_hour(self) -> float | None:
        """Items an hour, where those in a second are too few to show."""
        return None if self.rate is None else self.rate * 3600

    @property
    def ends_about(self) -> datetime | None:
        """When it will have ended, if it goes on like this."""
        left = self.seconds_left
        return None if left is None else timezone.now() + timedelta(seconds=left)


class JobItem(models.Model):
    """One thing that a job could not do, left out or repaired, in words a person understands."""

    class Outcome(models.TextChoices):
        """What became of it."""

        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        REPAIRED = "repaired", _("Repaired")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    name = models.TextField(help_text="The item, such as a photo's path in its library.")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class JobEvent(models.Model):
    """One line of a job's log."""

    class Verb(models.TextChoices):
        """What happened."""

        STARTED = "started", _("Started")
        PLANNED = "planned", _("Knows what is to be done")
        LOST = "lost", _("A worker was lost")
        TAKEN_UP = "taken-up", _("Taken up again")
        WAITED = "waited", _("Waits")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        CANCELLED = "cancelled", _("Cancelled")
        ENDED = "ended", _("Ended")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    verb = models.CharField(max_length=10, choices=Verb)
    detail = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who asked for it; nobody where it came by itself.",
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.get_verb_display()


class Attendance(models.Model):
    """A worker is at a job; a row whose worker is alive no more tells that it was lost."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attendances")
    token = models.BigIntegerField(unique=True, help_text="See project.jobs.presence.")
    worker = models.CharField(max_length=200, help_text="Its host and process.")

    def __str__(self) -> str:
        return self.worker
