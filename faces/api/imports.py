"""The endpoint that takes people over from other programs, and from another Kith."""

from typing import Any

from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faces.actions.imports import KITH, SOURCES, drop_file, keep_file
from faces.api.asking import validated
from faces.jobs.names import start_import
from photos.access import libraries_for
from project.api import user_of
from project.jobs.api import JobSerializer
from project.jobs.queueing import JobUnderWayError
from project.preferences.reading import value

# Kith's own export is read in pieces, those of others are held in memory.
MOST_MB_OF_OTHERS = 200
MEGABYTE = 1_000_000


class ImportSerializer(serializers.Serializer[Any]):
    """What to take over."""

    program = serializers.ChoiceField(choices=list(SOURCES))
    file = serializers.FileField(help_text="JSON, as docs/interoperability.md says.")
    library = serializers.IntegerField(
        required=False, help_text="Only photos of this library; else of all."
    )
    user = serializers.CharField(
        required=False, help_text="Whose people they become, for staff to say; else one's own."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is too large."""
        most = int(value("max_upload_mb"))
        if data["program"] != KITH:
            most = min(most, MOST_MB_OF_OTHERS)
        if data["file"].size > most * MEGABYTE:
            raise serializers.ValidationError({"file": f"Larger than {most} MB."})
        return data


class ImportsView(APIView):
    """People and faces from other programs."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": ImportSerializer}, responses={202: JobSerializer}
    )
    def post(self, request: Request) -> Response:
        """Take over people and faces from a file; the job says which photos are not here."""
        asked = validated(ImportSerializer, request.data).validated_data
        owner, library = _owner(request, asked), None
        if "library" in asked:
            library = get_object_or_404(libraries_for(owner), pk=asked["library"])
        name = keep_file(asked["file"].chunks())
        try:
            job = start_import(
                requested_by=user_of(request),
                owner=owner,
                program=asked["program"],
                library=library,
                file=name,
            )
        except JobUnderWayError:
            drop_file(name)
            raise
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


def _owner(request: Request, asked: dict[str, Any]) -> User:
    user = user_of(request)
    if asked.get("user") in (None, user.get_username()):
        return user
    if not user.is_staff:
        raise PermissionDenied
    owner = User.objects.filter(username=asked["user"]).first()
    if owner is None:
        raise serializers.ValidationError({"user": "There is no such user."})
    return owner
