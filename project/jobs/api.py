"""Jobs in the API."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from project.api import KeysetPagination, user_of
from project.api.waiting import PREFER, Patience
from project.jobs.access import jobs_for
from project.jobs.controlling import cancel_job, pause_job, resume_job, retry_items, retry_job
from project.jobs.kinds import kind_named
from project.jobs.models import Job, JobEvent, JobItem


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job as its user sees it."""

    title = serializers.CharField(read_only=True)
    rate = serializers.FloatField(read_only=True, allow_null=True, help_text="Items a second.")
    seconds_left = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Of work, at this rate."
    )

    class Meta:
        model = Job
        fields = [
            "id", "kind", "title", "parameters", "state", "stage", "done", "total", "rate",
            "seconds_left", "failed", "skipped", "repaired", "error", "created_at", "started_at",
            "ended_at", "heartbeat_at",
        ]  # fmt: skip
        read_only_fields = fields


class JobItemSerializer(serializers.ModelSerializer[JobItem]):
    """An item that failed or was left out."""

    class Meta:
        model = JobItem
        fields = ["id", "name", "outcome", "reason"]
        read_only_fields = fields


class JobItemFilterSerializer(serializers.Serializer[dict[str, str]]):
    """Which items of a job are asked for."""

    outcome = serializers.ChoiceField(choices=JobItem.Outcome.choices, required=False)


class JobEventSerializer(serializers.ModelSerializer[JobEvent]):
    """A line of a job's log."""

    what = serializers.CharField(source="get_verb_display", help_text="The same in words.")
    by = serializers.CharField(source="by.username", default=None, allow_null=True)

    class Meta:
        model = JobEvent
        fields = ["id", "at", "verb", "what", "detail", "by"]
        read_only_fields = fields


class RetrySerializer(serializers.Serializer[dict[str, bool]]):
    """How to try again."""

    failed_only = serializers.BooleanField(
        default=False, help_text="Look at the items that failed and, if it can be, at nothing else."
    )


def _tag_of(job: Job) -> str:
    """Return what is another once there is news of a job; that a worker still lives is none."""
    counts = (job.done, job.total, job.failed, job.skipped, job.repaired)
    known = repr((job.pk, job.state, job.stage, job.error, counts)).encode()
    return f'W/"{blake2b(known, digest_size=12).hexdigest()}"'


class JobViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Job]):
    """Background jobs: what is under way and what came of it."""

    serializer_class = JobSerializer
    pagination_class = KeysetPagination
    queryset = Job.objects.none()

    def get_queryset(self) -> Any:
        """Return the user's jobs, newest first."""
        jobs = jobs_for(self.request.user).order_by("-id")
        if self.action == "list" and self.request.query_params.get("active") == "true":
            jobs = jobs.filter(state__in=Job.ACTIVE)
        return jobs

    @extend_schema(parameters=[OpenApiParameter("active", bool, description="Only active ones.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List jobs."""
        return super().list(request, *args, **kwargs)

    @extend_schema(parameters=[PREFER], responses=JobSerializer)
    def retrieve(self, request: Request, pk: str | None = None) -> Response:
        """Tell how far a job is; with the ETag of what is known, when it is further."""
        patience, known = Patience(request), request.headers.get("If-None-Match", "")
        if known:
            patience.wait_for(lambda: _tag_of(self.get_object()) not in known)
        job: Job = self.get_object()
        return patience.noted_on(Response(JobSerializer(job).data, headers={"ETag": _tag_of(job)}))

    @extend_schema(parameters=[JobItemFilterSerializer], responses=JobItemSerializer(many=True))
    @action(detail=True)
    def items(self, request: Request, pk: str | None = None) -> Response:
        """List what the job could not do or left out, with reasons."""
        asked = JobItemFilterSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        items = self.get_object().items.filter(**asked.validated_data).order_by("-id")
        return self._page(items, JobItemSerializer)

    @extend_schema(responses=JobEventSerializer(many=True))
    @action(detail=True)
    def log(self, request: Request, pk: str | None = None) -> Response:
        """List what happened to the job, newest first."""
        events = self.get_object().events.select_related("by").order_by("-id")
        return self._page(events, JobEventSerializer)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Cancel a job; what it has done so far stays. Nothing happens to one that has ended."""
        return self._control(cancel_job)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str | None = None) -> Response:
        """Have an active job wait where it is, for as long as you like."""
        return self._control(pause_job)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str | None = None) -> Response:
        """Let a paused job go on."""
        return self._control(resume_job)

    @extend_schema(request=RetrySerializer, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Start an ended job anew, or what failed in it; items that failed are tried again."""
        asked = RetrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        again = retry_items if asked.validated_data["failed_only"] else retry_job
        job = again(self._startable(), requested_by=user_of(request))
        return Response(JobSerializer(job).data, status=202)

    @extend_schema(
        request=None,
        responses={202: JobSerializer},
        parameters=[OpenApiParameter("item", int, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path="items/(?P<item>[0-9]+)/retry")
    def retry_item(self, request: Request, pk: str | None = None, item: str = "") -> Response:
        """Try one item again that failed."""
        job = self._startable()
        found = get_object_or_404(job.items.all(), pk=item)
        again = retry_items(job, requested_by=user_of(request), item=found)
        return Response(JobSerializer(again).data, status=202)

    def _startable(self) -> Job:
        """Return the job, if this user may start its like."""
        job: Job = self.get_object()
        if kind_named(job.kind).staff_only and not user_of(self.request).is_staff:
            raise PermissionDenied
        return job

    def _control(self, act: Callable[..., bool]) -> Response:
        job = self.get_object()
        act(job, by=user_of(self.request))
        job.refresh_from_db()
        return Response(JobSerializer(job).data)

    def _page(self, rows: QuerySet[Any], serializer: type[serializers.Serializer[Any]]) -> Response:
        pages = KeysetPagination()
        page = pages.paginate_queryset(rows, self.request, self)
        return pages.get_paginated_response(serializer(page, many=True).data)
