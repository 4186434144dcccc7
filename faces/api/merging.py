"""The endpoint of when Train merges unknown people by itself."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faces.actions.joining import LEAST_MERGE_FROM, choose_merging
from faces.api.asking import validated
from faces.models import Preferences
from faces.queries.questions import preferences_of
from project.api import user_of


class MergingSerializer(serializers.Serializer[Preferences]):
    """When Train merges unknown people by itself."""

    merge_from = serializers.FloatField(
        allow_null=True,
        min_value=LEAST_MERGE_FROM,
        max_value=1,
        help_text="Probability from which it does; null for never.",
    )


class MergingView(APIView):
    """The user's choice about merging by itself."""

    @extend_schema(responses=MergingSerializer)
    def get(self, request: Request) -> Response:
        """Return from which probability Train merges unknown people by itself."""
        return Response(MergingSerializer(preferences_of(request.user)).data)

    @extend_schema(request=MergingSerializer, responses=MergingSerializer)
    def put(self, request: Request) -> Response:
        """Choose it; the next Train goes by it."""
        asked = validated(MergingSerializer, request.data).validated_data
        chosen = choose_merging(owner=user_of(request), merge_from=asked["merge_from"])
        return Response(MergingSerializer(chosen).data)
