"""Endpoints of what Kith gives to other programs."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.jobs import start_writing_names
from photos.access import libraries_for
from project.api import user_of
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
        job = start_writing_names(
            library=get_object_or_404(
                libraries_for(request.user), pk=asked.validated_data["library"]
            ),
            requested_by=user_of(request),
            into_files=asked.validated_data["into_files"],
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
