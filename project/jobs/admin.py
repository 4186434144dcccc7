"""Jobs in the Django admin: watch, pause, resume, cancel, retry."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from project.jobs.controlling import cancel_job, pause_job, resume_job, retry_items, retry_job
from project.jobs.models import Job, JobEvent, JobItem


def _asking(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that jobs write and nobody changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """They go with their job."""
        return False


class JobEventInline(admin.TabularInline):
    """A job's log, which is short."""

    model = JobEvent
    fields = ("at", "verb", "detail", "by")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """Jobs are made by starting them, never by hand."""

    list_display = [
        "id", "kind", "scope", "state", "stage", "done", "total", "per_second", "time_left",
        "failed", "skipped", "repaired", "items_of", "requested_by", "created_at",
        "heartbeat_at", "ended_at",
    ]  # fmt: skip
    list_filter = ["kind", "state"]
    list_select_related = ["requested_by"]
    inlines = [JobEventInline]
    actions = ["pause", "resume", "cancel", "retry", "retry_failed"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are started from libraries and trainings."""
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the jobs alone: of what goes with them there may be a hundred thousand."""
        lost = [str(job) for job in objs]
        return lost, {"jobs": len(lost)}, set(), []

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        """The row is the job's own record."""
        own = [field.name for field in Job._meta.fields]
        return [*own, "per_second", "time_left", "items_of"]

    @admin.display(description="a second")
    def per_second(self, job: Job) -> str:
        """Say how quick it is."""
        return "" if job.rate is None else f"{job.rate:.2g}"

    @admin.display(description="seconds left")
    def time_left(self, job: Job) -> int | None:
        """Say how long it takes yet."""
        return job.seconds_left

    @admin.display(description="items")
    def items_of(self, job: Job) -> SafeString | str:
        """Lead to what failed or was left out, of which there may be a hundred thousand."""
        count = job.failed + job.skipped + job.repaired
        address = reverse("admin:jobs_jobitem_changelist")
        link = '<a href="{}?job__id__exact={}">{}</a>'
        return format_html(link, address, job.pk, count) if count else ""

    @admin.action(description="Pause selected jobs")
    def pause(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Have the active ones wait."""
        paused = sum(pause_job(job, by=_asking(request)) for job in queryset)
        self.message_user(request, f"{paused} paused; the others wait already or have ended.")

    @admin.action(description="Resume selected jobs")
    def resume(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Let the paused ones go on."""
        resumed = sum(resume_job(job, by=_asking(request)) for job in queryset)
        self.message_user(request, f"{resumed} go on; the others were not paused.")

    @admin.action(description="Cancel selected jobs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """End the active ones."""
        cancelled = sum(cancel_job(job, by=_asking(request)) for job in queryset)
        self.message_user(request, f"{cancelled} cancelled; the others had ended.")

    @admin.action(description="Retry selected jobs")
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Start them anew."""
        self._again(request, queryset, retry_job)

    @admin.action(description="Retry failed items of selected jobs")
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Look at what failed in them, and at nothing else."""
        self._again(request, queryset, retry_items)

    def _again(self, request: HttpRequest, jobs: QuerySet[Job], retry: Callable[..., Job]) -> None:
        for job in jobs.select_related("requested_by"):
            try:
                again = retry(job, requested_by=job.requested_by)
            except ValidationError as error:
                self.message_user(request, f"{job}: {error.messages[0]}", messages.WARNING)
            else:
                self.message_user(request, f"{job} goes on as {again}.", messages.SUCCESS)


@admin.register(JobItem)
class JobItemAdmin(ReadOnlyAdmin):
    """What jobs could not do or left out."""

    list_display = ["name", "outcome", "reason", "job"]
    list_filter = ["outcome"]
    list_select_related = ["job"]
    search_fields = ["name"]
    show_full_result_count = False
    actions = ["retry"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let the list be that of one job."""
        return lookup == "job__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.action(description="Retry selected items")
    def retry(self, request: HttpRequest, queryset: QuerySet[JobItem]) -> None:
        """Try each once more."""
        for item in queryset.select_related("job__requested_by"):
            try:
                again = retry_items(item.job, requested_by=item.job.requested_by, item=item)
            except ValidationError as error:
                self.message_user(request, f"{item}: {error.messages[0]}", messages.WARNING)
            else:
                self.message_user(request, f"{item.name} is tried by {again}.", messages.SUCCESS)
