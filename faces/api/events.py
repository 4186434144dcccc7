"""Endpoints of label events: what a person said, and taking it back."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.actions.undoing import undo_event
from faces.api.asking import said_by
from faces.api.serializers import OutcomeSerializer, outcome_data
from faces.models import LabelEvent
from faces.queries.history import label_events
from photos.access import World, asked_world, found_in
from project.api import OWNER, KeysetPagination


class EventSerializer(serializers.ModelSerializer[LabelEvent]):
    """Something that a person said; ``details`` tell what it was before and what it became."""

    undone_by = serializers.SerializerMethodField()
    can_be_undone = serializers.BooleanField(read_only=True)
    details = serializers.SerializerMethodField()
    actor = serializers.CharField(
        source="actor.username",
        default=None,
        allow_null=True,
        help_text="Which labeller said it, where it was not the owner.",
    )

    class Meta:
        model = LabelEvent
        fields = [
            "id", "verb", "details", "actor", "created_at", "undoes", "undone_by",
            "can_be_undone",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.JSONField())
    def get_details(self, event: LabelEvent) -> Any:
        """Return what it changed, which only the owner is told: it may reach beyond the share."""
        return event.details if event.owner_id == self.context["request"].user.pk else {}

    def get_undone_by(self, event: LabelEvent) -> int | None:
        """Return the event that undid this one."""
        return event.undone_by.pk if event.is_undone else None


@extend_schema_view(list=extend_schema(parameters=[OWNER]))
class EventViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LabelEvent]
):
    """The history of labels, rejections, dismissals and names."""

    serializer_class = EventSerializer
    pagination_class = KeysetPagination
    queryset = LabelEvent.objects.none()
    label_actions = ("undo",)
    world: World

    def get_queryset(self) -> Any:
        """Return what was said in a world, newest first; in somebody else's by the user alone."""
        return label_events(asked_world(self.request))

    def get_object(self) -> LabelEvent:
        """Return the event of the address, and keep the world that it is of."""
        event, self.world = found_in(self.request.user, label_events, self.kwargs["pk"])
        return event

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str | None = None) -> Response:
        """Put back what it changed; what was changed since stays, and is skipped."""
        event = self.get_object()
        outcome = undo_event(**said_by(self.world), event=event)
        return Response(outcome_data(outcome))
