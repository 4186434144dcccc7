"""Endpoints of the search for photos by people, and of the searches that are kept."""

import re
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import searches_for
from faces.actions.searches import change_search, save_search
from faces.api.expanding import FACES, ListedPhotoSerializer, photos_told
from faces.api.serializers import MOST_FACES, CommaSeparatedField
from faces.models import SavedSearch
from faces.queries.searching import PhotoSearch, photos_found
from photos.access import asked_world
from photos.models import Photo
from photos.queries import PhotoFilter, is_month, newest_first, photos_by_month
from project.api import OWNER, KeysetPagination, user_of
from project.api.fields import expanded_asked, expands

MOST_PEOPLE = 20  # in each part of a search


class PeopleField(CommaSeparatedField):
    """Ids of people with commas between them."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the ids, each once."""
        people = tuple(dict.fromkeys(super().to_internal_value(data)))
        if len(people) > MOST_PEOPLE:
            raise serializers.ValidationError(f"At most {MOST_PEOPLE} people.")
        return people


class PhotoSearchSerializer(serializers.Serializer[Any]):
    """Whom photos show and do not show; everything that is given must hold."""

    all = PeopleField(required=False, help_text="Everybody of these is in it: «12,15».")
    any = PeopleField(required=False, help_text="At least one of these is in it.")
    none = PeopleField(required=False, help_text="Nobody of these is in it.")
    only = serializers.BooleanField(
        default=False, help_text="There is no face but of those in «all» and «any»."
    )
    unnamed = serializers.BooleanField(
        required=False, help_text="Whether there is a face without a name."
    )
    faces_min = serializers.IntegerField(required=False, min_value=0, max_value=MOST_FACES)
    faces_max = serializers.IntegerField(required=False, min_value=0, max_value=MOST_FACES)
    guesses = serializers.BooleanField(
        default=False, help_text="Let guesses count as labels do; else labels alone count."
    )
    min_probability = serializers.FloatField(
        default=0.0, min_value=0, max_value=1, help_text="Of a guess that counts."
    )
    library = serializers.IntegerField(required=False)
    taken_from = serializers.DateField(required=False, help_text="The first day.")
    taken_to = serializers.DateField(required=False, help_text="The last day.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Refuse what no photo can fulfil."""
        if data["only"] and not data.get("all") and not data.get("any"):
            raise serializers.ValidationError({"only": "Say of whom, by «all» or «any»."})
        least, most = data.get("faces_min"), data.get("faces_max")
        if least is not None and most is not None and least > most:
            raise serializers.ValidationError({"faces_max": "It is less than «faces_min»."})
        return data

    def wanted(self) -> PhotoSearch:
        """Return the validated search."""
        asked = self.validated_data
        photos = {name: asked[name] for name in PhotoFilter.__dataclass_fields__ if name in asked}
        rest = {name: asked[name] for name in PhotoSearch.__dataclass_fields__ if name in asked}
        return PhotoSearch(photos=PhotoFilter(**photos), **rest)


class FoundListSerializer(PhotoSearchSerializer):
    """A search, and which part of what it finds."""

    month = serializers.CharField(
        required=False, help_text="«2019-07», or «none» for photos without a date."
    )
    offset = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MOST_FACES,
        help_text="Begin so many photos further on; «cursor» is for going on from there.",
    )

    def validate_month(self, month: str) -> str:
        """Refuse what is no month."""
        if not is_month(month):
            raise serializers.ValidationError("A month is «2019-07», or «none» without a date.")
        return month


class FoundMonthSerializer(serializers.Serializer[Any]):
    """A month and how many photos of it a search has found."""

    month = serializers.CharField(help_text="«2019-07»; «none» for photos without a date.")
    count = serializers.IntegerField()


class PhotoSearchViewSet(viewsets.GenericViewSet[Photo]):
    """Photos by the people in them."""

    serializer_class = ListedPhotoSerializer
    pagination_class = KeysetPagination
    queryset = Photo.objects.none()

    @extend_schema(
        parameters=[FoundListSerializer, OWNER, expands(FACES)],
        responses=ListedPhotoSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """List the photos that a search finds, newest first; those without a date at the end."""
        asked, expand = _validated(FoundListSerializer, request), expanded_asked(request, FACES)
        world = asked_world(request)
        photos = photos_found(world, asked.wanted())
        self.keyset: Sequence[str]
        photos, self.keyset = newest_first(photos)
        self.offset = asked.validated_data["offset"]
        page = self.paginate_queryset(photos) or []
        return self.get_paginated_response(photos_told(world, page, expand))

    @extend_schema(
        parameters=[PhotoSearchSerializer, OWNER],
        responses=FoundMonthSerializer(many=True),
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def months(self, request: Request) -> Response:
        """Count the photos of each month that a search finds, newest month first."""
        asked = _validated(PhotoSearchSerializer, request)
        months = photos_by_month(photos_found(asked_world(request), asked.wanted()))
        return Response(FoundMonthSerializer(months, many=True).data)


@extend_schema_field(PhotoSearchSerializer)
class QueryField(serializers.JSONField):
    """A search as its address has it; what is mistyped is not kept."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return what was asked, as it was asked."""
        asked = PhotoSearchSerializer(data=data)
        asked.is_valid(raise_exception=True)
        unknown = {name: ["There is no such filter."] for name in set(data) - set(asked.fields)}
        if unknown:
            raise serializers.ValidationError(unknown)
        return dict(data)


class SavedSearchSerializer(serializers.ModelSerializer[SavedSearch]):
    """A search that is kept under a name."""

    query = QueryField()

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "query", "created_at"]
        read_only_fields = ["id", "created_at"]
        # That a name is there once is seen to where it is written.
        validators: list[Any] = []

    def validate_name(self, name: str) -> str:
        """Put spaces in order."""
        return re.sub(r"\s+", " ", name)

    def create(self, validated_data: dict[str, Any]) -> SavedSearch:
        """Keep it."""
        return save_search(owner=user_of(self.context["request"]), **validated_data)

    def update(self, instance: SavedSearch, validated_data: dict[str, Any]) -> SavedSearch:
        """Change it."""
        return change_search(search=instance, **validated_data)


class SavedSearchViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[SavedSearch],
):
    """Searches that are kept; to post one of a name that is there replaces it."""

    serializer_class = SavedSearchSerializer
    pagination_class = KeysetPagination
    queryset = SavedSearch.objects.none()
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> Any:
        """Return the user's searches, the last kept first."""
        return searches_for(self.request.user).order_by("-id")


def _validated(serializer: type[Any], request: Request) -> Any:
    asked = serializer(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return asked
