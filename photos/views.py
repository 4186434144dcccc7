"""The timeline, the page of one photo, and the settings: libraries, and what else can be chosen."""

from collections.abc import Callable
from contextlib import suppress

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from photos.access import (
    World,
    choose_world,
    chosen_world,
    found_in,
    libraries_for,
    own_world,
    photos_for,
    shared_worlds,
    world_for,
)
from photos.actions.libraries import add_library
from photos.jobs import start_rescan, start_scan
from photos.queries import photo_counts, shown_photos, with_photo_counts
from project.jobs.access import jobs_for
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError
from project.preferences.forms import SettingsForm

# Pages that show the photos and people of whomever the user has chosen; all others show one's own.
OF_WORLDS = (
    *("photos:timeline", "photos:photo"),
    *("faces:dashboard", "faces:people", "faces:person", "faces:search", "faces:history"),
)


class LibraryForm(forms.Form):
    """A folder to add."""

    path = forms.CharField(label=gettext_lazy("Folder"), max_length=4000)
    name = forms.CharField(label=gettext_lazy("Name (optional)"), max_length=200, required=False)


def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the libraries and settings; add a library and scan it."""
    form = LibraryForm(request.POST or None)
    if request.method == "POST":
        user = _require_staff(request)
        if form.is_valid():
            try:
                library = add_library(owner=user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                start_scan(library=library, requested_by=user)
                messages.success(request, _("Kith is looking for photos in %s.") % library.path)
                return redirect("photos:settings")
    return _settings(request, library_form=form)


@require_POST
def change_settings(request: HttpRequest) -> HttpResponse:
    """Change what was typed anew among all settings, and say what is needed for it to show."""
    user = _require_staff(request)
    form = SettingsForm(user, request.POST)
    if form.is_valid():
        # What makes no sense is said beside its field.
        with suppress(ValidationError):
            changed = form.save(user)
            needs = sorted({option.acts.name.lower() for option in changed})
            query = {"saved": 1, "needs": needs}
            return redirect(reverse("photos:settings", query=query, fragment="values"))
    return _settings(request, settings_form=form)


@require_POST
def rescan_now(request: HttpRequest) -> HttpResponse:
    """Look again into all photos of the user, where no other job is at work."""
    user = _require_staff(request)
    for library in libraries_for(user):
        try:
            start_rescan(library=library, requested_by=user)
        except JobUnderWayError as error:
            messages.error(request, error.message)
    return redirect("jobs:list")


def _settings(
    request: HttpRequest,
    *,
    library_form: LibraryForm | None = None,
    settings_form: SettingsForm | None = None,
) -> HttpResponse:
    return render(
        request,
        "photos/settings.html",
        {
            "libraries": with_photo_counts(libraries_for(request.user)),
            "form": library_form or LibraryForm(),
            "settings_form": settings_form or SettingsForm(request.user),
            "saved": "saved" in request.GET,
            "needs": request.GET.getlist("needs"),
            "engine_variable": settings.KITH_ENGINE,
            "data_folder": settings.KITH_HOME,
        },
        status=422 if settings_form else 200,
    )


def _require_staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_staff:
        raise PermissionDenied
    return request.user


def worlds(request: HttpRequest) -> dict[str, World | Callable[[], list[World]]]:
    """Tell every page whose photos it shows, and whose else there are to choose."""
    chosen = chosen_world(request)
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "chosen": chosen,
        "world": chosen if here in OF_WORLDS else own_world(request.user),
        "worlds": lambda: shared_worlds(request.user),
    }


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """See the photos and people of somebody who shares them, or one's own again."""
    choose_world(request, world_for(request.user, request.POST.get("owner")))
    return redirect("photos:timeline")


@require_safe
def timeline(request: HttpRequest) -> HttpResponse:
    """Show all photos by month."""
    world = chosen_world(request)
    photos = photos_for(world)
    return render(
        request,
        "photos/timeline.html",
        {
            "libraries": libraries_for(world),
            # Why there are none is asked only where there are none.
            "photo_counts": {} if shown_photos(photos).exists() else photo_counts(photos),
            "active_jobs": jobs_for(request.user).filter(state__in=Job.ACTIVE),
        },
    )


def photo_page(request: HttpRequest, photo: int) -> HttpResponse:
    """Show one photo with all that apps know of it."""
    shown, world = found_in(request.user, photos_for, photo)
    return render(request, "photos/photo.html", {"photo": shown, "world": world})
