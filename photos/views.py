"""The timeline, the page of one photo, and the settings: libraries, and what else can be chosen."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from photos.access import libraries_for, photos_for
from photos.actions.libraries import add_library
from photos.jobs import start_scan
from photos.queries import photo_counts, with_photo_counts
from project.jobs.access import jobs_for
from project.jobs.models import Job


class LibraryForm(forms.Form):
    """A folder to add."""

    path = forms.CharField(label=gettext_lazy("Folder"), max_length=4000)
    name = forms.CharField(label=gettext_lazy("Name (optional)"), max_length=200, required=False)


def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the libraries and settings; add a library and scan it."""
    form = LibraryForm(request.POST or None)
    if request.method == "POST":
        if not request.user.is_staff:
            raise PermissionDenied
        if form.is_valid():
            try:
                library = add_library(owner=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                start_scan(library=library, requested_by=request.user)
                messages.success(request, _("Kith is looking for photos in %s.") % library.path)
                return redirect("photos:settings")
    return render(
        request,
        "photos/settings.html",
        {
            "libraries": with_photo_counts(libraries_for(request.user)),
            "form": form,
            "settings_table": [
                {"name": name, "value": getattr(settings, name), "meaning": meaning}
                for name, meaning in settings.KITH_SETTINGS.items()
            ],
        },
    )


@require_safe
def timeline(request: HttpRequest) -> HttpResponse:
    """Show all photos by month."""
    return render(
        request,
        "photos/timeline.html",
        {
            "libraries": libraries_for(request.user),
            "photo_counts": photo_counts(photos_for(request.user)),
            "active_jobs": jobs_for(request.user).filter(state__in=Job.ACTIVE),
        },
    )


def photo_page(request: HttpRequest, photo: int) -> HttpResponse:
    """Show one photo with all that apps know of it."""
    shown = get_object_or_404(photos_for(request.user), pk=photo)
    return render(request, "photos/photo.html", {"photo": shown})
