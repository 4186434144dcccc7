"""Jobs in the Django admin: watch, cancel, retry."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from project.jobs.models import Job, JobItem
from project.jobs.queueing import JobUnderWayError, cancel_job, retry_job


class JobItemInline(admin.TabularInline):
    """What a job could not do."""

    model = JobItem
    fields = ("name", "outcome", "reason")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = False


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    """Jobs are made by starting them, never by hand."""

    list_display = [
        "id", "kind", "scope", "state", "stage", "done", "total", "failed", "skipped",
        "requested_by", "created_at", "ended_at",
    ]  # fmt: skip
    list_filter = ["kind", "state"]
    inlines = [JobItemInline]
    actions = ["cancel", "retry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are started from libraries and trainings."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        """The row is the job's own record."""
        return [field.name for field in Job._meta.fields]

    @admin.action(description="Cancel selected jobs")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """End the active ones."""
        cancelled = sum(cancel_job(job) for job in queryset)
        self.message_user(request, f"{cancelled} cancelled; the others had ended.")

    @admin.action(description="Retry selected jobs")
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Start them anew."""
        for job in queryset.select_related("requested_by"):
            try:
                again = retry_job(job, requested_by=job.requested_by)
            except JobUnderWayError as error:
                self.message_user(request, str(error.message), messages.WARNING)
            else:
                self.message_user(request, f"{job} goes on as {again}.", messages.SUCCESS)
