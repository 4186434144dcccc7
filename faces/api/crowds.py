"""Endpoints that change many people at once."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.actions.batches import PeopleOutcome, change_people, delete_people
from faces.actions.deleting import Left
from faces.api.asking import validated
from faces.models import Person
from photos.access import asked_world, check_owner
from project.api import OWNER, user_of
from project.audit.recording import Verb, record

MOST_AT_ONCE = 1_000


class PeopleSelectionSerializer(serializers.Serializer[Any]):
    """People by their ids."""

    people = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=MOST_AT_ONCE
    )


class PeopleChangeSerializer(PeopleSelectionSerializer):
    """People, and what is said of all of them; what is not given stays."""

    is_favourite = serializers.BooleanField(required=False, help_text="Of people with names.")
    is_hidden = serializers.BooleanField(required=False)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one at least."""
        if not data.keys() - {"people"}:
            raise serializers.ValidationError("Give «is_favourite», «is_hidden» or both.")
        return data


class PeopleDeletionSerializer(PeopleSelectionSerializer):
    """People, and what becomes of the faces of those who are deleted."""

    left = serializers.ChoiceField(Left.choices, default=Left.UNLABELLED)


class SkippedPersonSerializer(serializers.Serializer[Any]):
    """A person who was left alone."""

    person = serializers.IntegerField()
    reason = serializers.CharField()


class PeopleOutcomeSerializer(serializers.Serializer[Any]):
    """What was done with each person."""

    changed = serializers.ListField(child=serializers.IntegerField())
    skipped = SkippedPersonSerializer(many=True)
    events = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Of the history, in the order of «changed»: each can be undone by itself.",
    )


class CrowdMixin(viewsets.GenericViewSet[Person]):
    """What can be done with many people in one call."""

    @extend_schema(
        parameters=[OWNER], request=PeopleChangeSerializer, responses=PeopleOutcomeSerializer
    )
    @action(detail=False, methods=["post"], url_path="change")
    def change_many(self, request: Request) -> Response:
        """Make people favourites, hide them, or the other way round."""
        check_owner(asked_world(request))
        change = validated(PeopleChangeSerializer, request.data).validated_data
        return _told(change_people(owner=user_of(request), **change))

    @extend_schema(
        parameters=[OWNER], request=PeopleDeletionSerializer, responses=PeopleOutcomeSerializer
    )
    @action(detail=False, methods=["post"], url_path="delete")
    def delete_many(self, request: Request) -> Response:
        """Delete people; their faces lose the label, unless something else is asked for."""
        check_owner(asked_world(request))
        asked = validated(PeopleDeletionSerializer, request.data).validated_data
        user = user_of(request)
        outcome = delete_people(owner=user, **asked)
        for pk in outcome.changed:
            record(actor=user, verb=Verb.DELETED, subject=f"person {pk}", request=request)
        return _told(outcome)


def _told(outcome: PeopleOutcome) -> Response:
    skipped = [{"person": pk, "reason": reason} for pk, reason in outcome.skipped]
    told = {"changed": outcome.changed, "skipped": skipped, "events": outcome.events}
    return Response(PeopleOutcomeSerializer(told).data)
