"""Endpoints of dismissals: what was deleted, and bringing it back."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import dismissals_for, dismissals_to_restore
from faces.actions.restoring import restore_dismissals
from faces.api.asking import said_by
from faces.api.serializers import BoxSerializer, OutcomeSerializer, outcome_data
from faces.models import Dismissal
from photos.access import World, asked_world, found_in
from project.api import OWNER, KeysetPagination

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


@extend_schema_view(list=extend_schema(parameters=[OWNER]))
class DismissalViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Dismissal]
):
    """What was deleted, the latest first."""

    serializer_class = DismissalSerializer
    pagination_class = KeysetPagination
    queryset = Dismissal.objects.none()
    label_actions = ("restore",)

    def get_queryset(self) -> Any:
        """Return the dismissals of a world with their photos, the latest first."""
        return _shown(asked_world(self.request))

    def get_object(self) -> Dismissal:
        """Return the dismissal of the address."""
        return found_in(self.request.user, _shown, self.kwargs["pk"])[0]

    @extend_schema(parameters=[OWNER], request=RestoreSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def restore(self, request: Request) -> Response:
        """Say that these are faces after all; «changed» are their ids as faces.

        «skipped» names those that there are not, by the ids that were given.
        """
        world = asked_world(request)
        speaker = said_by(world)
        asked = RestoreSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = set(asked.validated_data["dismissals"])
        dismissals = dismissals_to_restore(world).filter(pk__in=wanted)
        strange = wanted - set(dismissals.values_list("pk", flat=True))
        outcome = restore_dismissals(**speaker, dismissals=dismissals)
        reason = "There is no such dismissal."
        return Response(outcome_data(outcome, ((pk, reason) for pk in sorted(strange))))


def _shown(world: World) -> QuerySet[Dismissal]:
    return dismissals_for(world).select_related("photo").order_by("-id")
