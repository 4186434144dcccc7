"""Endpoints of engines: which there are, and changing from one to another."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from faces.actions.engines import drop_engine
from faces.jobs.engines import start_preparation, start_switch
from faces.models import EngineChoice
from faces.queries.engines import engines_shown
from faces.vision.catalogue import ENGINES
from project.api import user_of
from project.jobs.api import JobSerializer
from project.scopes import InScope


class StaffMayChange(BasePermission):
    """Engines are the installation's: everybody sees them, its staff changes them."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether this user may."""
        return request.method in SAFE_METHODS or bool(request.user.is_staff)


class ChangesSerializer(serializers.Serializer[Any]):
    """What a change to an engine would do, by a dry run; empty before it."""

    photos = serializers.IntegerField(required=False)
    found_again = serializers.IntegerField(required=False)
    found_new = serializers.IntegerField(required=False)
    lost = serializers.IntegerField(
        required=False, help_text="Faces that only the engine in force finds, and nobody labelled."
    )
    guesses_same = serializers.IntegerField(required=False)
    guesses_other = serializers.IntegerField(
        required=False, help_text="Faces that would be somebody else, or nobody any more."
    )
    guesses_new = serializers.IntegerField(required=False)


class EngineSerializer(serializers.Serializer[Any]):
    """What finds and compares faces."""

    name = serializers.CharField()
    what = serializers.CharField()
    state = serializers.ChoiceField(["available", *EngineChoice.State.values])
    licences = serializers.ListField(child=serializers.CharField())
    commercial = serializers.BooleanField(help_text="May be used for everything.")
    download_bytes = serializers.IntegerField(help_text="That are still to be fetched.")
    downloadable = serializers.BooleanField(
        help_text="If not, its weights have to be put in place by hand."
    )
    recommended = serializers.BooleanField()
    take_when_ready = serializers.BooleanField()
    report = ChangesSerializer()


class PrepareSerializer(serializers.Serializer[Any]):
    """How an engine is wanted."""

    take_when_ready = serializers.BooleanField(
        default=False, help_text="Put it in force as soon as it has looked into all photos."
    )


NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, enum=list(ENGINES))


class EngineViewSet(viewsets.ViewSet):
    """Engines: listed, prepared, put in force, dropped."""

    lookup_field = "name"
    lookup_value_regex = "[a-z0-9.-]+"
    permission_classes = [InScope, StaffMayChange]

    @extend_schema(responses=EngineSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List all engines, what each is good for and whether it is in force."""
        return Response(EngineSerializer(engines_shown(settings.WEIGHTS_ROOT), many=True).data)

    @extend_schema(
        parameters=[NAME],
        request=PrepareSerializer,
        responses={202: JobSerializer, 204: None},
    )
    @action(detail=True, methods=["post"])
    def prepare(self, request: Request, name: str) -> Response:
        """Have an engine look into all photos, aside; 204 where it is in force at once."""
        asked = PrepareSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        job = start_preparation(
            requested_by=user_of(request), name=_known(name), **asked.validated_data
        )
        if job is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[NAME], request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def switch(self, request: Request, name: str) -> Response:
        """Put a prepared engine in force, or the one of before again."""
        job = start_switch(requested_by=user_of(request), choice=_choice(name))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[NAME], responses={204: None})
    def destroy(self, request: Request, name: str) -> Response:
        """Forget what an engine that is not in force has found."""
        drop_engine(_choice(name))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _known(name: str) -> str:
    if name not in ENGINES:
        raise serializers.ValidationError({"name": f"There is no engine {name}."})
    return name


def _choice(name: str) -> EngineChoice:
    return get_object_or_404(EngineChoice, name=name)
