"""Endpoints of label events: what a person said, and taking it back."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.actions.undoing import undo_event
from faces.api.serializers import OutcomeSerializer, outcome_data
from faces.models import LabelEvent
from faces.queries import label_events
from project.api import KeysetPagination, user_of


class EventSerializer(serializers.ModelSerializer[LabelEvent]):
    """Something that a person said; ``details`` tell what it was before and what it became."""

    undone_by = serializers.SerializerMethodField()
    can_be_undone = serializers.BooleanField(read_only=True)

    class Meta:
        model = LabelEvent
        fields = ["id", "verb", "details", "created_at", "undoes", "undone_by", "can_be_undone"]
        read_only_fields = fields

    def get_undone_by(self, event: LabelEvent) -> int | None:
        """Return the event that undid this one."""
        return event.undone_by.pk if event.is_undone else None


class EventViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LabelEvent]
):
    """The history of labels, rejections, dismissals and names."""

    serializer_class = EventSerializer
    pagination_class = KeysetPagination
    queryset = LabelEvent.objects.none()
    label_actions = ("undo",)

    def get_queryset(self) -> Any:
        """Return the user's events, newest first."""
        return label_events(self.request.user)

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str | None = None) -> Response:
        """Put back what it changed; what was changed since stays, and is skipped."""
        outcome = undo_event(owner=user_of(request), event=self.get_object())
        return Response(outcome_data(outcome))
