"""Libraries and photos in the Django admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    """Libraries, and the actions that start jobs on them."""

    list_display = ["name", "owner", "path", "created_at"]
    actions = ["scan", "rescan"]

    @admin.action(description="Scan: look for new and changed photos")
    def scan(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a scan of each."""
        for library in queryset.select_related("owner"):
            job = start_scan(library=library, requested_by=library.owner)
            self.message_user(request, f"{library}: {job} is {job.state}.")

    @admin.action(description="Rescan: look into every photo again")
    def rescan(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a rescan of each."""
        for library in queryset.select_related("owner"):
            job = start_rescan(library=library, requested_by=library.owner)
            self.message_user(request, f"{library}: {job} is {job.state}.")


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    """Photos, mostly to see what could not be read."""

    list_display = ["path", "library", "state", "problem", "taken_at", "missing_since"]
    list_filter = ["state", "library"]
    search_fields = ["path"]
    list_select_related = ["library"]
    readonly_fields = ["path", "size", "modified_ns", "width", "height", "scanned_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Photos come by scanning."""
        return False
