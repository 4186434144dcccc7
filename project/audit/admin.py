"""The audit log in the Django admin: to be read."""

from django.contrib import admin

from project.audit.models import AuditEntry
from project.jobs.admin import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what, from where."""

    list_display = ["at", "actor_name", "verb", "subject", "address", "agent"]
    list_filter = ["verb", "at"]
    search_fields = ["actor_name", "subject", "address"]
    show_full_result_count = False
