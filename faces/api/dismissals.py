"""Endpoints of dismissals: what was deleted, and bringing it back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import dismissals_for
from faces.actions.restoring import restore_dismissals
from faces.api.serializers import BoxSerializer, OutcomeSerializer, outcome_data
from faces.models import Dismissal
from project.api import KeysetPagination, user_of

MOST_AT_ONCE = 10_000


class DismissalSerializer(serializers.ModelSerializer[Dismissal]):
    """The place of a deleted face: nothing else was kept of it."""

    box = BoxSerializer()
    thumbnail = serializers.CharField(source="photo.thumbnail_url")
    width = serializers.IntegerField(source="photo.width", help_text="Of the photo, in pixels.")
    height = serializers.IntegerField(source="photo.height")

    class Meta:
        model = Dismissal
        fields = ["id", "photo", "box", "thumbnail", "width", "height", "created_at"]
        read_only_fields = fields


class RestoreSerializer(serializers.Serializer[Any]):
    """Which to bring back."""

    dismissals = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=MOST_AT_ONCE
    )


class DismissalViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Dismissal]
):
    """What was deleted, the latest first."""

    serializer_class = DismissalSerializer
    pagination_class = KeysetPagination
    queryset = Dismissal.objects.none()
    label_actions = ("restore",)

    def get_queryset(self) -> Any:
        """Return the user's dismissals with their photos, the latest first."""
        return dismissals_for(self.request.user).select_related("photo").order_by("-id")

    @extend_schema(request=RestoreSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def restore(self, request: Request) -> Response:
        """Say that these are faces after all; «changed» are their ids as faces.

        «skipped» names those that there are not, by the ids that were given.
        """
        asked = RestoreSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = set(asked.validated_data["dismissals"])
        dismissals = dismissals_for(request.user).filter(pk__in=wanted)
        strange = wanted - set(dismissals.values_list("pk", flat=True))
        outcome = restore_dismissals(owner=user_of(request), dismissals=dismissals)
        reason = "There is no such dismissal."
        return Response(outcome_data(outcome, ((pk, reason) for pk in sorted(strange))))
