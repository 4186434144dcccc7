"""What Prometheus reads: requests as they are answered, and all else from the rows."""

import os
import time
from collections.abc import Callable, Iterator
from http import HTTPMethod

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_rq import get_connection, get_queue
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.views import APIView
from rq import Worker

from project.jobs.models import Attendance, Job
from project.jobs.presence import live_tokens
from project.scopes import InScope

# Set by project.web, whose processes each have numbers of their own.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Histogram(
    "kith_request_seconds",
    "Seconds until a request was answered, without what is streamed.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Whoever comes may make up others, and each would be kept for good.
METHODS = frozenset(HTTPMethod)


def measure_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that times answers by the pattern of their address, which has no ids in it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "nowhere"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).observe(time.perf_counter() - began)
        return response

    return answer


class MetricsView(APIView):
    """Numbers for Prometheus; for staff, by a device's token that may read."""

    permission_classes = [InScope, IsAdminUser]

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> HttpResponse:
        """Answer in Prometheus' own form."""
        registry = CollectorRegistry()
        registry.register(JobNumbers())
        numbers = generate_latest(registry)
        if os.environ.get(FOLDER):
            requests = CollectorRegistry()
            MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
            numbers += generate_latest(requests)
        else:
            numbers += generate_latest(REGISTRY)
        return HttpResponse(numbers, content_type=CONTENT_TYPE_LATEST)


class JobNumbers(Collector):
    """What the rows of jobs and the queues say at this moment, wherever workers are."""

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers."""
        jobs = Job.objects.order_by()
        yield _jobs(jobs)
        yield _items(jobs)
        yield _seconds(jobs)
        yield _queued()
        yield _workers()


def _jobs(jobs: QuerySet[Job]) -> Metric:
    metric = GaugeMetricFamily("kith_jobs", "Jobs.", labels=["kind", "state"])
    for kind, state, count in jobs.values_list("kind", "state").annotate(Count("pk")):
        metric.add_metric([kind, state], count)
    return metric


def _items(jobs: QuerySet[Job]) -> Metric:
    """Tell what was done; the rate of scans' is photos a second."""
    metric = CounterMetricFamily(
        "kith_job_items", "Items of jobs, such as photos, done.", labels=["kind", "outcome"]
    )
    sums = jobs.values_list("kind").annotate(Sum("done"), Sum("failed"), Sum("skipped"))
    for kind, done, failed, skipped in sums:
        metric.add_metric([kind, "failed"], failed)
        metric.add_metric([kind, "skipped"], skipped)
        metric.add_metric([kind, "done"], done - failed - skipped)
    return metric


def _seconds(jobs: QuerySet[Job]) -> Metric:
    metric = SummaryMetricFamily(
        "kith_job_seconds", "Seconds from begin to end of jobs that were done.", labels=["kind"]
    )
    done = jobs.filter(~Q(started_at=None), state=Job.State.DONE)
    sums = done.values_list("kind").annotate(Count("pk"), took=Sum(F("ended_at") - F("started_at")))
    for kind, count, took in sums:
        metric.add_metric([kind], count_value=count, sum_value=took.total_seconds())
    return metric


def _queued() -> Metric:
    metric = GaugeMetricFamily("kith_queue_messages", "Wake-up messages.", labels=["queue"])
    for name in settings.RQ_QUEUES:
        metric.add_metric([name], get_queue(name).count)
    return metric


def _workers() -> Metric:
    metric = GaugeMetricFamily("kith_workers", "Worker processes.", labels=["state"])
    there = Worker.count(connection=get_connection("default"))
    at_work = Attendance.objects.filter(token__in=live_tokens()).count()
    metric.add_metric(["at work"], at_work)
    metric.add_metric(["idle"], max(there - at_work, 0))
    return metric
