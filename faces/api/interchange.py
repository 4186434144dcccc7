"""Endpoints of what Kith gives to other programs."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faces.exports import exported
from faces.jobs.names import start_writing_names
from photos.access import check_owner, found_in, libraries_for
from project.api import user_of
from project.audit.recording import Verb, record
from project.jobs.api import JobSerializer


class WriteNamesSerializer(serializers.Serializer[dict[str, object]]):
    """Which names to write, and where."""

    library = serializers.IntegerField()
    into_files = serializers.BooleanField(
        default=False, help_text="Into the photos, by exiftool, instead of XMP files beside them."
    )


class NamesViewSet(viewsets.ViewSet):
    """Names for other programs."""

    @extend_schema(request=WriteNamesSerializer, responses={202: JobSerializer})
    @action(detail=False, methods=["post"])
    def write(self, request: Request) -> Response:
        """Write the names of labelled faces into XMP, for other programs to read."""
        asked = WriteNamesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        library, world = found_in(request.user, libraries_for, asked.validated_data["library"])
        check_owner(world)
        job = start_writing_names(
            library=library,
            requested_by=user_of(request),
            into_files=asked.validated_data["into_files"],
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ExportView(APIView):
    """All that the user has said, as one file."""

    @extend_schema(
        parameters=[OpenApiParameter("embeddings", bool)],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return people, faces, labels and events of the user as Kith's JSON."""
        wanted = serializers.BooleanField().run_validation(
            request.query_params.get("embeddings", False)
        )
        record(actor=user_of(request), verb=Verb.EXPORTED, subject="people", request=request)
        name = f"kith-{timezone.localdate().isoformat()}.json"
        return StreamingHttpResponse(
            exported(user_of(request), embeddings=wanted),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
