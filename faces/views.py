"""The face dashboard, the page that evaluates the labels, and the one of engines."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faces.access import faces_for, people_for
from faces.actions.engines import drop_engine, standing_engine
from faces.actions.joining import choose_merging
from faces.actions.undoing import undo_event
from faces.jobs.engines import start_preparation, start_switch
from faces.jobs.training import start_evaluation, start_training
from faces.models import EngineChoice
from faces.queries import (
    DISMISSED,
    FaceFilter,
    Method,
    Sort,
    Tab,
    current_training,
    tab_counts,
    with_guesses,
)
from faces.queries.conflicts import label_conflicts
from faces.queries.engines import EngineShown, engines_shown
from faces.queries.history import events_shown, label_events
from faces.queries.people import faces_on_cards
from faces.queries.person import people_with_face, person_facts
from faces.queries.questions import open_questions, preferences_of
from faces.queries.standing import latest_evaluation, suspicious_labels
from faces.vision.catalogue import ENGINES
from photos.access import (
    check_labeller,
    choose_world,
    chosen_world,
    found_in,
    libraries_for,
    photos_for,
)
from photos.queries import photo_counts
from project.jobs.access import jobs_for
from project.jobs.models import Job

# Of suspicious labels and of conflicts: the next ones come up when these are dealt with.
LABELS_SHOWN = 60
EVENTS_ON_A_PAGE = 50
# What can order faces that nobody has guessed anything of.
SORTS_OF_PHOTOS = (Sort.DATE, Sort.SIZE, Sort.QUALITY)


class PersonView(TextChoices):
    """What the page of a person shows."""

    PHOTOS = "photos", _lazy("Photos")
    FACES = "faces", _lazy("Faces")
    MORE = "more", _lazy("More faces?")
    PERHAPS = "perhaps", _lazy("Perhaps")


class DashboardForm(forms.Form):
    """The dashboard's address: what it shows."""

    tab = forms.ChoiceField(choices=[*Tab.choices, (DISMISSED, "Dismissed")], required=False)
    method = forms.ChoiceField(choices=Method.choices, required=False)
    person = forms.IntegerField(required=False)
    min_probability = forms.FloatField(min_value=0, max_value=1, required=False)
    sort = forms.ChoiceField(choices=Sort.choices, required=False)
    together = forms.BooleanField(required=False)
    library = forms.IntegerField(required=False)
    taken_from = forms.DateField(required=False)
    taken_to = forms.DateField(required=False)


def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the faces of a tab; what an address gets wrong is as if it were not there."""
    form = DashboardForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    method = asked.get("method") or Method.CLASSIFICATION
    world = chosen_world(request)
    training = current_training(world)
    # Before the first training the faces that Kith has found are all unassigned.
    tab = asked.get("tab") or (Tab.INFERRED if training else Tab.UNASSIGNED)
    libraries = list(libraries_for(world))
    photos: dict[str, Any] = {
        "library": next((each.pk for each in libraries if each.pk == asked.get("library")), None),
        "taken_from": asked.get("taken_from"),
        "taken_to": asked.get("taken_to"),
    }
    least = asked.get("min_probability") if tab == Tab.INFERRED else None
    guessed = tab not in (Tab.LABELLED, Tab.UNASSIGNED)
    sort = asked.get("sort") or (Sort.PROBABILITY if guessed else Sort.DATE)
    filters = {"sort": sort, "min_probability": least, "together": asked.get("together"), **photos}
    return render(
        request,
        "faces/dashboard.html",
        {
            "tab": tab,
            "method": method,
            "least_percent": round((least or 0) * 100),
            "person": people_for(world).filter(pk=asked.get("person") or 0).first(),
            "sort": sort,
            "sorts": [
                (each.value, each.label)
                for each in Sort
                if each in SORTS_OF_PHOTOS or (guessed and each is not Sort.PERSON)
            ],
            "together": asked.get("together"),
            **photos,
            "filters": urlencode({name: value for name, value in filters.items() if value}),
            "counts": tab_counts(world, FaceFilter(method=method, **photos)),
            "libraries": libraries,
            "photo_counts": partial(photo_counts, photos_for(world)),
            "active_jobs": jobs_for(request.user).filter(state__in=Job.ACTIVE),
            "training": training,
            "offered_engine": _offered_engine(request) if world.is_own else None,
        },
    )


def _offered_engine(request: HttpRequest) -> EngineShown | None:
    """Return the better engine there is, for those who may choose, until they have chosen any."""
    if not request.user.is_staff or settings.KITH_ENGINE or EngineChoice.objects.exists():
        return None
    return next(each for each in engines_shown(settings.WEIGHTS_ROOT) if each.recommended)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Show everybody who has a name."""
    return render(
        request, "faces/people.html", {"training": current_training(chosen_world(request))}
    )


class PersonForm(forms.Form):
    """The address of a person's page: what it shows."""

    view = forms.ChoiceField(choices=PersonView.choices, required=False)


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person; somebody unknown is shown among the unknown people."""
    shown, world = found_in(request.user, people_with_face, pk)
    if not shown.name:
        choose_world(request, world)
        tab = Tab.HIDDEN if shown.is_hidden else Tab.UNKNOWN
        return redirect(reverse("faces:dashboard", query={"tab": tab, "person": shown.pk}))
    form = PersonForm(request.GET)
    form.is_valid()
    training = current_training(world)
    view = form.cleaned_data.get("view") or PersonView.PHOTOS
    if view == PersonView.PERHAPS and not world.is_own:
        view = PersonView.MORE  # second guesses are the owner's alone
    return render(
        request,
        "faces/person.html",
        {
            "person": shown,
            "face": faces_on_cards([shown]).get(shown.face_shown),  # type: ignore[attr-defined]
            "facts": person_facts(world, shown),
            "view": view,
            "training": training,
            "world": world,
        },
    )


@require_safe
def similar(request: HttpRequest, face: int) -> HttpResponse:
    """Show the faces that are like one of them, to be named at once."""
    shown, world = found_in(request.user, lambda world: with_guesses(world, faces_for(world)), face)
    return render(
        request,
        "faces/similar.html",
        {"face": shown, "training": current_training(world), "world": world},
    )


def header(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Tell the header of every page, where there is one, how many questions are open."""
    return {"open_questions": lambda: open_questions(request.user).count()}


class MergingForm(forms.Form):
    """From which probability Train merges unknown people by itself."""

    CHOICES = (
        ("", _lazy("never")),
        ("0.95", _lazy("from 95 %")),
        ("0.98", _lazy("from 98 %")),
        ("0.99", _lazy("from 99 %")),
        ("0.999", _lazy("from 99.9 %")),
    )

    merge_from = forms.TypedChoiceField(
        choices=CHOICES,
        coerce=float,
        empty_value=None,
        required=False,
        label=_lazy("Merge unknown people by itself"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest) -> HttpResponse:
    """Ask whether two people are one, one question at a time; with a POST, when not to ask."""
    if request.method == "POST" and request.user.is_authenticated:
        form = MergingForm(request.POST)
        if form.is_valid():
            choose_merging(owner=request.user, **form.cleaned_data)
            messages.success(request, _("It is saved. The next Train goes by it."))
            return redirect("faces:questions")
    else:
        chosen = preferences_of(request.user).merge_from
        form = MergingForm({"merge_from": "" if chosen is None else f"{chosen:g}"})
    return render(
        request,
        "faces/questions.html",
        {"training": current_training(request.user), "merging": form},
    )


@require_POST
def train_now(request: HttpRequest) -> HttpResponse:
    """Train; how it goes is on the page of the jobs."""
    if request.user.is_authenticated:
        start_training(owner=request.user)
    return redirect("jobs:list")


@require_http_methods(["GET", "HEAD", "POST"])
def evaluation(request: HttpRequest) -> HttpResponse:
    """Show how well the user's labels do, and which look wrong; with a POST find it out anew."""
    if request.method == "POST" and request.user.is_authenticated:
        start_evaluation(owner=request.user)
        return redirect("faces:evaluation")
    latest = latest_evaluation(request.user)
    suspicious = suspicious_labels(request.user, latest) if latest else []
    conflicts = label_conflicts(request.user)
    return render(
        request,
        "faces/evaluation.html",
        {
            "evaluation": latest,
            "suspicious": suspicious[:LABELS_SHOWN],
            "suspicious_count": len(suspicious),
            "conflicts": conflicts[:LABELS_SHOWN],
            "conflict_count": len(conflicts),
            "running": jobs_for(request.user)
            .filter(kind=Job.Kind.EVALUATE, state__in=Job.ACTIVE)
            .exists(),
        },
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search photos by the people in them; what is asked for is in the address."""
    libraries = list(libraries_for(chosen_world(request)).values("id", "name"))
    return render(request, "faces/search.html", {"libraries": libraries})


ENGINE_ACTIONS = ("try", "take", "switch", "drop", "decline")


def _number(text: str | None) -> int:
    """Return what an address or form says, 0 for what is no number of a row."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest) -> HttpResponse:
    """Show what was said, newest first, of others' people by the user; with a POST undo one."""
    world = chosen_world(request)
    events = label_events(world)
    if request.method == "POST":
        event = get_object_or_404(events, pk=_number(request.POST.get("event")))
        try:
            check_labeller(world)
            undo_event(owner=event.owner, event=event, actor=world.labeller)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("It has been undone."))
        return redirect("faces:history")
    page = Paginator(events, EVENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "faces/history.html",
        {"page": page, "events": events_shown(world, page.object_list)},
    )


class EngineForm(forms.Form):
    """What is to be done with which engine."""

    name = forms.ChoiceField(choices=[(name, name) for name in ENGINES])
    action = forms.ChoiceField(choices=[(each, each) for each in ENGINE_ACTIONS])


@require_http_methods(["GET", "HEAD", "POST"])
def engines(request: HttpRequest) -> HttpResponse:
    """Show the engines, what a change would do, and what is under way; with a POST change it."""
    if request.method == "POST":
        if not request.user.is_staff:
            raise PermissionDenied
        form = EngineForm(request.POST)
        if form.is_valid():
            try:
                _change_engine(request, **form.cleaned_data)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
        declined = request.POST.get("action") == "decline"
        return redirect("faces:dashboard" if declined else "faces:engines")
    return render(
        request,
        "faces/engines.html",
        {
            "engines": engines_shown(settings.WEIGHTS_ROOT),
            "said_by_environment": settings.KITH_ENGINE,
            "job": Job.objects.filter(
                kind__in=[Job.Kind.PREPARE, Job.Kind.SWITCH], state__in=Job.ACTIVE
            ).first(),
        },
    )


def _change_engine(request: HttpRequest, *, name: str, action: str) -> None:
    user = request.user
    assert user.is_authenticated
    if action == "decline":
        standing_engine()  # once one is chosen, none is offered
        return
    if action in ("try", "take"):
        start_preparation(requested_by=user, name=name, take_when_ready=action == "take")
        return
    choice = get_object_or_404(EngineChoice, name=name)
    if action == "switch":
        start_switch(requested_by=user, choice=choice)
    else:
        drop_engine(choice)
