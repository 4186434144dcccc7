"""The page of jobs."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from project.jobs.access import jobs_for

JOBS_PER_PAGE = 25


def job_list(request: HttpRequest) -> HttpResponse:
    """Show what is under way and what came of it, newest first."""
    jobs = Paginator(jobs_for(request.user).order_by("-id"), JOBS_PER_PAGE)
    return render(request, "jobs/list.html", {"jobs": jobs.get_page(request.GET.get("page"))})
