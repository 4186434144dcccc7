"""Job: one background run, as the user sees it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Job(models.Model):
    """A background run; this row, not the queue, says what is under way and what came of it."""

    class Kind(models.TextChoices):
        """What a job can do."""

        SCAN = "scan", "Scan"
        RESCAN = "rescan", "Rescan"
        TRAIN = "train", "Train"
        PLACE = "place", "Place new faces"
        EVALUATE = "evaluate", "Evaluation"
        PREPARE = "prepare", "Preparation"
        SWITCH = "switch", "Activation"
        WRITE_NAMES = "write-names", "Writing names"
        IMPORT = "import", "Import"

    class State(models.TextChoices):
        """Where a job stands; the last three are final."""

        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)

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
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(
        null=True, blank=True, help_text="When it knew all that there was to do."
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(state__in=["queued", "running"]),
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


class JobItem(models.Model):
    """One thing that a job could not do or left out, with a reason a person understands."""

    class Outcome(models.TextChoices):
        """What became of it."""

        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    name = models.TextField(help_text="The item, such as a photo's path in its library.")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"
