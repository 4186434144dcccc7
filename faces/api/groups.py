"""Endpoints of groups of people."""

from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import people_for
from faces.actions.grouping import change_group, delete_group, make_group
from faces.api.asking import validated
from faces.models import PeopleGroup, Person
from faces.queries.listing import groups_shown
from project.api import KeysetPagination, user_of

MOST_IN_GROUP = 10_000


def _ids(help_text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=MOST_IN_GROUP,
        help_text=help_text,
    )


class PeopleGroupSerializer(serializers.ModelSerializer[PeopleGroup]):
    """A group of people."""

    people = serializers.PrimaryKeyRelatedField[Person](many=True, read_only=True)

    class Meta:
        model = PeopleGroup
        fields = ["id", "name", "people"]
        read_only_fields = fields


class GroupMakingSerializer(serializers.Serializer[Any]):
    """What a group begins with."""

    name = serializers.CharField(max_length=200)
    people = _ids("People who have names.")


class GroupChangeSerializer(serializers.Serializer[Any]):
    """What can be changed of a group; what is not given stays."""

    name = serializers.CharField(max_length=200, required=False)
    people = _ids("All its people, in place of those it has.")
    add = _ids("People who come in.")
    remove = _ids("People who leave.")


class PeopleGroupViewSet(viewsets.GenericViewSet[PeopleGroup]):
    """Groups of people, such as a family: filters of people and faces."""

    serializer_class = PeopleGroupSerializer
    pagination_class = KeysetPagination
    keyset = ("+order_name", "id")
    queryset = PeopleGroup.objects.none()

    def get_queryset(self) -> Any:
        """Return the user's groups with their people who have names."""
        named = Person.objects.exclude(name="").order_by("pk")
        return groups_shown(self.request.user).prefetch_related(Prefetch("people", named))

    @extend_schema(responses=PeopleGroupSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List the groups by name."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(PeopleGroupSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str | None = None) -> Response:
        """Return one group."""
        return Response(PeopleGroupSerializer(self.get_object()).data)

    @extend_schema(request=GroupMakingSerializer, responses={201: PeopleGroupSerializer})
    def create(self, request: Request) -> Response:
        """Make a group."""
        asked = validated(GroupMakingSerializer, request.data).validated_data
        people = _people(request, asked).get("people", [])
        group = make_group(owner=user_of(request), name=asked["name"], people=people)
        return Response(self._shown(group), status=status.HTTP_201_CREATED)

    @extend_schema(request=GroupChangeSerializer, responses=PeopleGroupSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Rename a group, or change who is in it."""
        asked = validated(GroupChangeSerializer, request.data).validated_data
        group = self.get_object()
        change_group(group=group, name=asked.get("name"), **_people(request, asked))
        return Response(self._shown(group))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete a group; its people stay."""
        delete_group(group=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, group: PeopleGroup) -> Any:
        return PeopleGroupSerializer(get_object_or_404(self.get_queryset(), pk=group.pk)).data


def _people(request: Request, asked: dict[str, Any]) -> dict[str, list[Person]]:
    """Return the people of each list of ids; refuse those who are not the user's."""
    lists = {name: set(asked[name]) for name in ("people", "add", "remove") if name in asked}
    own = people_for(request.user).in_bulk(set().union(*lists.values()))
    for name, ids in lists.items():
        if not ids <= own.keys():
            raise serializers.ValidationError({name: "Somebody of these is not there."})
    return {name: [own[pk] for pk in sorted(ids)] for name, ids in lists.items()}
