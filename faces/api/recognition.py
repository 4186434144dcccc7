"""Endpoint of face recognition in one library: whether it is on, and what it has found."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faces.actions.recognising import start_finding_faces, stop_finding_faces
from faces.api.asking import validated
from faces.queries.recognised import recognised_in
from photos.access import check_owner, found_in, libraries_for
from photos.models import Library
from project.api import user_of
from project.audit.recording import Verb, record


class RecognitionChangeSerializer(serializers.Serializer[Any]):
    """Whether to look for faces, and what becomes of those that were found."""

    on = serializers.BooleanField()
    remove = serializers.BooleanField(
        default=False,
        help_text="Where it is switched off: delete the faces with embeddings, crops and labels.",
    )


class RecognitionSerializer(serializers.Serializer[Any]):
    """Whether faces are looked for in a library, and how much was found."""

    on = serializers.BooleanField()
    faces = serializers.IntegerField()
    labels = serializers.IntegerField(help_text="Of these faces; they go with them.")
    embeddings = serializers.IntegerField()


class RecognitionView(APIView):
    """Face recognition in one library."""

    @extend_schema(responses=RecognitionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Tell whether faces are looked for, and how many have been found."""
        return Response(_told(self._library(pk)))

    @extend_schema(request=RecognitionChangeSerializer, responses=RecognitionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Switch it off or on.

        Off, nothing is looked for in new photos, and Train, evaluation, search and other engines
        leave out what was found, which stays unless it is to be removed. On, all photos are looked
        into again.
        """
        library = self._library(pk)
        asked = validated(RecognitionChangeSerializer, request.data).validated_data
        if asked["on"]:
            start_finding_faces(owner=library.owner, library=library)
        else:
            stop_finding_faces(owner=library.owner, library=library, remove=asked["remove"])
        self._record(Verb.SETTINGS_CHANGED, f"face recognition of library {pk}")
        if asked["remove"] and not asked["on"]:
            self._record(Verb.DELETED, f"faces of library {pk}")
        return Response(_told(self._library(pk)))

    def _record(self, verb: Verb, subject: str) -> None:
        record(actor=user_of(self.request), verb=verb, subject=subject, request=self.request)

    def _library(self, pk: int) -> Library:
        library, world = found_in(self.request.user, libraries_for, pk)
        check_owner(world)
        return library


def _told(library: Library) -> dict[str, Any]:
    found = recognised_in(library)
    answer = {"on": library.finds_faces, "faces": found.faces, "labels": found.labels}
    told = RecognitionSerializer(answer | {"embeddings": found.embeddings})
    return dict(told.data)
