"""Libraries and photos in the Django admin."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from photos.actions.libraries import checked_folder
from photos.jobs import start_rescan, start_rescan_of_photos, start_scan
from photos.models import Library, Photo
from photos.upkeep import start_check, start_pictures
from project.audit.recording import Verb, record
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError


class LibraryForm(forms.ModelForm):
    """A new library, checked as on the settings page."""

    class Meta:
        model = Library
        fields = ["owner", "path", "name"]

    def clean_path(self) -> str:
        """Take a folder that Kith can read, by its real path."""
        return str(checked_folder(self.cleaned_data["path"]))


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    """Libraries, and the actions that start jobs on them."""

    form = LibraryForm
    list_display = ["name", "owner", "path", "created_at"]
    list_select_related = ["owner"]
    actions = ["scan", "rescan", "rescan_restoring", "check_photos", "pictures", "all_pictures"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep owner and path once they are chosen: people and labels hang on them."""
        return ["owner", "path"] if obj else []

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Count what goes with a library, as there may be a million of it."""
        photos = Photo.objects.filter(library__in=objs).count()
        lost = [f"{library}, with all photos' rows, faces and labels" for library in objs]
        return lost, {"libraries": len(lost), "photos": photos}, set(), []

    @admin.action(description="Scan: look for new and changed photos")
    def scan(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a scan of each."""
        self._start(request, queryset, start_scan)

    @admin.action(description="Rescan: look into every photo again")
    def rescan(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a rescan of each."""
        self._start(request, queryset, start_rescan)

    @admin.action(description="Rescan, and bring back faces that were deleted")
    def rescan_restoring(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a rescan of each in which deleted faces may be found again."""
        self._start(request, queryset, partial(start_rescan, options={"restore_dismissed": True}))

    @admin.action(description="Check files, pictures and embeddings, and repair them")
    def check_photos(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Start a check of each."""
        self._start(request, queryset, start_check)

    @admin.action(description="Make missing thumbnails, previews and crops")
    def pictures(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Make what is missing or damaged in each."""
        self._start(request, queryset, start_pictures)

    @admin.action(description="Make all thumbnails, previews and crops anew")
    def all_pictures(self, request: HttpRequest, queryset: QuerySet[Library]) -> None:
        """Make all pictures of each anew."""
        self._start(request, queryset, partial(start_pictures, anew=True))

    def _start(
        self, request: HttpRequest, libraries: QuerySet[Library], start: Callable[..., Job]
    ) -> None:
        for library in libraries.select_related("owner"):
            try:
                job = start(library=library, requested_by=library.owner)
            except JobUnderWayError as error:
                self.message_user(request, str(error.message), messages.WARNING)
            else:
                self.message_user(request, f"{library}: {job} is {job.state}.")


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    """Photos, mostly to see what could not be read."""

    list_display = ["path", "library", "state", "problem", "taken_at", "missing_since"]
    list_filter = ["state", "library"]
    search_fields = ["path"]
    list_select_related = ["library"]
    actions = ["rescan"]

    @admin.action(description="Rescan: look into selected photos again")
    def rescan(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        """Start a rescan of them, for each owner."""
        for owner in User.objects.filter(libraries__photos__in=queryset).distinct():
            own = queryset.filter(library__owner=owner)
            try:
                jobs = start_rescan_of_photos(photos=own, requested_by=owner)
            except JobUnderWayError as error:
                self.message_user(request, str(error.message), messages.WARNING)
            else:
                for job in jobs:
                    self.message_user(request, f"{job} is {job.state}.")

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Record which go, with faces and labels, in the audit log, too."""
        for photo in queryset:
            subject = f"photo {photo.pk}"
            record(actor=request.user, verb=Verb.DELETED, subject=subject, request=request)
        return super().log_deletions(request, queryset)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Photos come by scanning."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What a photo is, its file says."""
        return False
