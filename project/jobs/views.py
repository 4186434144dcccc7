"""The pages of jobs: all of them, and one with its items and log."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from project.jobs.access import jobs_for
from project.jobs.kinds import kind_named
from project.jobs.models import JobItem

JOBS_PER_PAGE = 25
ITEMS_PER_PAGE = 50


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Show what is under way and what came of it, newest first."""
    # Parameters may name thousands of files, and no page shows them.
    mine = jobs_for(request.user).defer("parameters").order_by("-id")
    jobs = Paginator(mine, JOBS_PER_PAGE)
    return render(request, "jobs/list.html", {"jobs": jobs.get_page(request.GET.get("page"))})


@require_safe
def job_page(request: HttpRequest, job: int) -> HttpResponse:
    """Show one job: where it stands, what it could not do, and what happened to it."""
    shown = get_object_or_404(jobs_for(request.user), pk=job)
    outcome = request.GET.get("outcome", "")
    items = shown.items.order_by("id")
    if outcome in JobItem.Outcome.values:
        items = items.filter(outcome=outcome)
    return render(
        request,
        "jobs/job.html",
        {
            "job": shown,
            "outcome": outcome,
            "items": Paginator(items, ITEMS_PER_PAGE).get_page(request.GET.get("page")),
            "one_by_one": not shown.is_active and kind_named(shown.kind).retry_items is not None,
            "events": shown.events.select_related("by"),
        },
    )
