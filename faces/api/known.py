"""Endpoints of what Kith knows of a person: to be told, and to be forgotten."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.actions.forgetting import forget_person
from faces.api.asking import validated
from faces.models import Person
from faces.queries.known import known_of
from faces.queries.told import crops_of_person, told_of
from project.api import user_of
from project.audit.recording import Verb, record


class ForgettingSerializer(serializers.Serializer[Any]):
    """How much of a person is to be forgotten."""

    guessed = serializers.BooleanField(
        default=False, help_text="Also the faces without a label that Kith takes for this person."
    )


class KnownSerializer(serializers.Serializer[Any]):
    """How much is known of a person, and goes when the person is forgotten."""

    faces = serializers.IntegerField()
    embeddings = serializers.IntegerField()
    guessed = serializers.IntegerField(
        help_text="Faces without a label that Kith takes for this person."
    )
    searches = serializers.IntegerField(help_text="That ask for this person.")
    groups = serializers.IntegerField()
    mentions = serializers.IntegerField(help_text="Names in files and from other programs.")
    written = serializers.IntegerField(
        help_text="Photos in or beside which Kith has written the name; they stay as they are."
    )


class ForgottenSerializer(serializers.Serializer[Any]):
    """What went with a person."""

    faces = serializers.IntegerField()
    searches = serializers.IntegerField()
    events = serializers.IntegerField(help_text="Of the history, that told of the person.")


class KnownExportSerializer(serializers.Serializer[Any]):
    """What the export of a person is to hold."""

    embeddings = serializers.BooleanField(default=False)
    crops = serializers.BooleanField(default=True)


class KnownOfPersonMixin(viewsets.GenericViewSet[Person]):
    """What is known of one person, told or forgotten."""

    @extend_schema(methods=["GET"], responses=KnownSerializer)
    @extend_schema(methods=["POST"], request=ForgettingSerializer, responses=ForgottenSerializer)
    @action(detail=True, methods=["get", "post"])
    def forget(self, request: Request, pk: str | None = None) -> Response:
        """Forget a person for good; with GET, tell how much that is.

        Labels, faces, embeddings, crops, guesses, and what the history says go, and cannot be
        brought back. Of each face photo and box stay, so that no scan finds it anew.
        """
        owner, person = user_of(request), self.get_object()
        if request.method == "GET":
            return Response(KnownSerializer(known_of(owner, person)).data)
        asked = validated(ForgettingSerializer, request.data).validated_data
        forgotten = forget_person(owner=owner, person=person, guessed=asked["guessed"])
        record(actor=owner, verb=Verb.FORGOTTEN, subject=f"person {person.pk}", request=request)
        return Response(ForgottenSerializer(forgotten).data)

    @extend_schema(
        parameters=[KnownExportSerializer],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path="export")
    def tell(self, request: Request, pk: str | None = None) -> StreamingHttpResponse:
        """Return all that is known of a person: ``person.json`` and the crops, as a zip file."""
        asked = validated(KnownExportSerializer, request.query_params).validated_data
        owner, person = user_of(request), self.get_object()
        told = told_of(owner, person, embeddings=asked["embeddings"])
        crops = crops_of_person(owner, person) if asked["crops"] else iter(())
        record(actor=owner, verb=Verb.EXPORTED, subject=f"person {person.pk}", request=request)
        return StreamingHttpResponse(
            _zipped(told, crops),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="person-{person.pk}.zip"'},
        )


class _Pieces:
    """A file that is written at its end and read as it grows."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def taken(self) -> bytes:
        """Return what has come since the last time."""
        piece = b"".join(self.pieces)
        self.pieces.clear()
        return piece


def _zipped(told: dict[str, Any], crops: Iterator[str]) -> Iterator[bytes]:
    """Yield a zip file, crop by crop; one that has gone meanwhile is left out."""
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as file:
        text = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        file.writestr("person.json", text)
        yield pieces.taken()
        for name in crops:
            try:
                with default_storage.open(name) as crop:
                    file.writestr(zipfile.ZipInfo(name), crop.read())
            except FileNotFoundError:
                continue
            yield pieces.taken()
    yield pieces.taken()
