"""The face dashboard, and the page that evaluates the labels."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from faces.access import people_for
from faces.jobs import start_evaluation
from faces.queries import (
    FaceFilter,
    Method,
    Tab,
    current_training,
    label_conflicts,
    latest_evaluation,
    suspicious_labels,
    tab_counts,
)
from photos.access import libraries_for, photos_for
from photos.queries import photo_counts
from project.jobs.access import jobs_for
from project.jobs.models import Job

# Of suspicious labels and of conflicts: the next ones come up when these are dealt with.
LABELS_SHOWN = 60


class DashboardForm(forms.Form):
    """The dashboard's address: what it shows."""

    tab = forms.ChoiceField(choices=Tab.choices, required=False)
    method = forms.ChoiceField(choices=Method.choices, required=False)
    person = forms.IntegerField(required=False)
    min_probability = forms.FloatField(min_value=0, max_value=1, required=False)


def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the faces of a tab; what an address gets wrong is as if it were not there."""
    form = DashboardForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    method = asked.get("method") or Method.CLASSIFICATION
    training = current_training(request.user)
    at_least = asked.get("min_probability")
    return render(
        request,
        "faces/dashboard.html",
        {
            # Before the first training the faces that Kith has found are all unassigned.
            "tab": asked.get("tab") or (Tab.INFERRED if training else Tab.UNASSIGNED),
            "method": method,
            "min_probability": "" if at_least is None else at_least,
            "person": people_for(request.user).filter(pk=asked.get("person") or 0).first(),
            "counts": tab_counts(request.user, FaceFilter(method=method)),
            "libraries": libraries_for(request.user),
            "photo_counts": photo_counts(photos_for(request.user)),
            "active_jobs": jobs_for(request.user).filter(state__in=Job.ACTIVE),
            "training": training,
        },
    )


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
