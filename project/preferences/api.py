"""The settings in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from project.api import user_of
from project.preferences.changing import change_preferences
from project.preferences.kinds import Number, Stages
from project.preferences.options import Acts, Group
from project.preferences.reading import Setting, Source, settings_now


class SettingSerializer(serializers.Serializer[Any]):
    """A setting: what it is, where that comes from, what it may be, and when a change shows."""

    name = serializers.CharField(source="option.name")
    title = serializers.CharField(source="option.title")
    meaning = serializers.CharField(source="option.meaning")
    group = serializers.ChoiceField(Group.choices, source="option.group")
    variable = serializers.CharField(source="option.variable")
    value = serializers.JSONField()
    default = serializers.JSONField(source="option.default")
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    allowed = serializers.CharField(source="option.kind.words")
    lowest = serializers.SerializerMethodField()
    highest = serializers.SerializerMethodField()
    choices = serializers.JSONField(source="option.kind.choices")
    unit = serializers.CharField(source="option.unit")
    acts = serializers.ChoiceField(Acts.choices, source="option.acts")

    def get_lowest(self, setting: Setting) -> float | None:
        """Return the least number that is allowed."""
        kind = setting.option.kind
        return kind.lowest if isinstance(kind, Number | Stages) else None

    def get_highest(self, setting: Setting) -> float | None:
        """Return the largest number that is allowed."""
        kind = setting.option.kind
        return kind.highest if isinstance(kind, Number | Stages) else None


class SettingsView(APIView):
    """All settings that can be changed."""

    @extend_schema(responses=SettingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the settings."""
        return Response(SettingSerializer(settings_now(), many=True).data)

    @extend_schema(
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses=SettingSerializer(many=True),
    )
    def patch(self, request: Request) -> Response:
        """Change the settings that are named, null for the default; staff only.

        All or, where one of them cannot be, none; the answer then says why under its name.
        """
        user = user_of(request)
        if not user.is_staff:
            raise PermissionDenied
        wanted: Any = request.data
        if not isinstance(wanted, dict):
            raise serializers.ValidationError("Send an object of names and values.")
        change_preferences(user, wanted)
        return self.get(request)
