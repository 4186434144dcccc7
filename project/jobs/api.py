"""Jobs in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from project.api import KeysetPagination, user_of
from project.jobs.access import jobs_for
from project.jobs.kinds import kind_named
from project.jobs.models import Job, JobItem
from project.jobs.queueing import cancel_job, retry_job


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job as its user sees it."""

    title = serializers.CharField(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id", "kind", "title", "parameters", "state", "stage", "done", "total", "failed",
            "skipped", "error", "created_at", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class JobItemSerializer(serializers.ModelSerializer[JobItem]):
    """An item that failed or was left out."""

    class Meta:
        model = JobItem
        fields = ["id", "name", "outcome", "reason"]
        read_only_fields = fields


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
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

    @extend_schema(responses=JobItemSerializer(many=True))
    @action(detail=True)
    def items(self, request: Request, pk: str | None = None) -> Response:
        """List what the job could not do or left out, with reasons."""
        items = self.get_object().items.order_by("-id")
        pages = KeysetPagination()
        page = pages.paginate_queryset(items, request, self)
        return pages.get_paginated_response(JobItemSerializer(page, many=True).data)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Cancel a job; what it has done so far stays. Nothing happens to one that has ended."""
        job = self.get_object()
        cancel_job(job)
        job.refresh_from_db()
        return Response(JobSerializer(job).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Start an ended job anew; items that failed are tried again."""
        if kind_named(self.get_object().kind).staff_only and not user_of(request).is_staff:
            raise PermissionDenied
        job = retry_job(self.get_object(), requested_by=user_of(request))
        return Response(JobSerializer(job).data, status=202)
