"""Endpoints that take files: many at once, or large ones in pieces that can be resumed."""

from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from photos.actions.uploading import (
    BusyError,
    Taken,
    append_to_upload,
    begin_upload,
    drop_upload,
    finish_upload,
)
from photos.jobs import start_scan
from photos.models import Library, Upload
from project.api import KeysetPagination, user_of
from project.api.errors import Conflict
from project.api.parsing import ShallowJSONParser
from project.jobs.queueing import JobUnderWayError

PIECE = 1 << 20  # bytes read at a time


class TakenSerializer(serializers.Serializer[Taken]):
    """What became of a file that was sent."""

    name = serializers.CharField()
    outcome = serializers.SerializerMethodField()
    photo = serializers.IntegerField(source="photo.pk", default=None, allow_null=True)
    reason = serializers.CharField(help_text="Why it was not taken.")

    @extend_schema_field(serializers.ChoiceField(["added", "known", "refused"]))
    def get_outcome(self, taken: Taken) -> str:
        """Return what was done."""
        if taken.reason:
            return "refused"
        return "added" if taken.is_new else "known"


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """A file on its way."""

    name = serializers.CharField(max_length=255)
    offset = serializers.IntegerField(read_only=True, help_text="Bytes that have arrived.")

    class Meta:
        model = Upload
        fields = ["id", "name", "size", "offset", "created_at"]
        read_only_fields = ["id", "created_at"]


class ProgressSerializer(serializers.Serializer[Any]):
    """How much has arrived and, when that is all, what became of the file."""

    offset = serializers.IntegerField()
    taken = TakenSerializer(allow_null=True)


class PieceParser(BaseParser):
    """Leaves the body to be read piece by piece."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the stream as it is."""
        return stream


class UploadViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Upload]
):
    """Files that come in pieces, and can go on where they were broken off."""

    serializer_class = UploadSerializer
    parser_classes = [ShallowJSONParser, PieceParser]
    pagination_class = KeysetPagination
    queryset = Upload.objects.none()

    def get_queryset(self) -> Any:
        """Return what this user has begun to send."""
        return Upload.objects.filter(owner=user_of(self.request)).order_by("-id")

    @extend_schema(request={"application/json": UploadSerializer})
    def create(self, request: Request) -> Response:
        """Begin: say what is coming."""
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        upload = begin_upload(owner=user_of(request), **asked.validated_data)
        return Response(UploadSerializer(upload).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=ProgressSerializer,
        parameters=[OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True)],
    )
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Send the bytes from an offset on; 409 says where to go on where it is another."""
        upload = self.get_object()
        field = serializers.IntegerField(min_value=0)
        try:
            offset = field.run_validation(request.headers.get("Upload-Offset"))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"Upload-Offset": error.detail}) from error
        try:
            at = append_to_upload(upload, offset=offset, pieces=_pieces(cast(Any, request.data)))
        except BusyError:
            raise Conflict("Another piece of this file is arriving.") from None
        except ValidationError as error:
            if "offset" in getattr(error, "error_dict", {}):
                raise Conflict(f"The next byte is number {upload.offset}.") from None
            raise
        taken = finish_upload(upload, and_then=scan_soon) if at == upload.size else None
        answer = {"offset": at, "taken": TakenSerializer(taken).data if taken else None}
        return Response(answer)

    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Break off, and forget what has arrived."""
        drop_upload(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _pieces(body: IO[bytes]) -> Iterator[bytes]:
    if not hasattr(body, "read"):  # JSON was sent
        raise serializers.ValidationError("Send bytes, as application/octet-stream.")
    while piece := body.read(PIECE):
        yield piece


def scan_soon(library: Library) -> None:
    """Look into what is new; a scan under way comes to it, too."""
    with suppress(JobUnderWayError):
        start_scan(library=library, requested_by=library.owner)
