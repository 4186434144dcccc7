"""Endpoints of people."""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import faces_for, people_for
from faces.actions import labelling
from faces.actions.deleting import Left, delete_person
from faces.actions.hiding import hide_person, show_person
from faces.actions.merging import merge_people
from faces.actions.people import change_person, person_named
from faces.api.asking import person_in, validated
from faces.api.crowds import CrowdMixin
from faces.api.known import KnownOfPersonMixin
from faces.api.serializers import (
    CropSerializer,
    LikelyFilterSerializer,
    LikelyPersonSerializer,
    MergePreviewSerializer,
    MergeSerializer,
    OutcomeSerializer,
    PeopleFilterSerializer,
    PersonChangeSerializer,
    PersonNameSerializer,
    PersonSerializer,
    born_of,
    outcome_data,
    people_data,
)
from faces.models import Face, Person
from faces.queries.history import latest_event
from faces.queries.likely import likely_people
from faces.queries.listing import ordered_people
from faces.queries.people import as_cards, merge_preview, people_found
from faces.queries.person import (
    age_in_months,
    astray_faces,
    company_of,
    crops_of,
    last_day_of,
    photos_of,
    with_face_of,
)
from photos.access import World, asked_world, check_owner, found_in
from photos.models import Photo
from photos.queries import PhotoFilter, is_month, matching_photos, newest_first, photos_by_month
from project.api import OWNER, KeysetPagination, user_of
from project.api.fields import FIELDS, fields_asked
from project.audit.recording import Verb, record

MOST_PHOTOS = 10**9  # of an offset: beyond all that there are


class PersonChangedSerializer(PersonSerializer):
    """A person after a change, and what can be undone of the history."""

    event = serializers.IntegerField()

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "event"]  # noqa: RUF012
        read_only_fields = fields


class DeletionSerializer(serializers.Serializer[Any]):
    """What becomes of the faces of a person who is deleted."""

    left = serializers.ChoiceField(Left.choices, default=Left.UNLABELLED)


class PersonPhotosSerializer(serializers.Serializer[Any]):
    """Which photos of a person to list."""

    month = serializers.CharField(
        required=False, help_text="«2019-07», or «none» for photos without a date."
    )
    offset = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MOST_PHOTOS,
        help_text="Begin so many photos further on; «cursor» is for going on from there.",
    )

    def validate_month(self, month: str) -> str:
        """Refuse what is no month."""
        if not is_month(month):
            raise serializers.ValidationError("A month is «2019-07», or «none» without a date.")
        return month


class PersonPhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo of a person, with the face that is theirs."""

    thumbnail = serializers.CharField(source="thumbnail_url", read_only=True)
    face = serializers.IntegerField(source="face_shown", read_only=True)
    age_months = serializers.SerializerMethodField()

    class Meta:
        model = Photo
        fields = [
            "id", "path", "duration", "taken_at", "width", "height", "thumbnail", "face",
            "age_months",
        ]  # fmt: skip
        read_only_fields = fields

    def get_age_months(self, photo: Photo) -> int | None:
        """Return how old the person was then, in whole months, where both dates are known."""
        day = timezone.localtime(photo.taken_at).date() if photo.taken_at else None
        return age_in_months(self.context["born"], day)


class PersonMonthSerializer(serializers.Serializer[Any]):
    """A month, how many photos of a person were taken in it, and how old the person was."""

    month = serializers.CharField(help_text="«2019-07»; «none» for photos without a date.")
    count = serializers.IntegerField()
    age_months = serializers.IntegerField(
        allow_null=True, help_text="In whole months, at the end of the month; null where unknown."
    )


class CompanionSerializer(serializers.Serializer[Any]):
    """Somebody who is in photos of a person, and in how many."""

    person = PersonSerializer()
    photos = serializers.IntegerField()


class AstraySerializer(serializers.Serializer[Any]):
    """Labelled faces of a person that look like somebody else."""

    looks_like = PersonSerializer()
    faces = serializers.ListField(child=serializers.IntegerField())
    best = CropSerializer(many=True, help_text="The first few of them.")


class PersonViewSet(CrowdMixin, KnownOfPersonMixin, viewsets.GenericViewSet[Person]):
    """People, known and unknown."""

    serializer_class = PersonSerializer
    pagination_class = KeysetPagination
    queryset = Person.objects.none()
    label_actions = (
        "create",
        "partial_update",
        "change_many",
        "hide",
        "show",
        "merge",
        "preview_merge",
    )
    keyset: Sequence[str]
    offset = 0

    def get_object(self) -> Person:
        """Return the person of the address, to be changed: by the owner alone."""
        person, world = found_in(self.request.user, people_for, self.kwargs["pk"])
        check_owner(world)
        return person

    @extend_schema(
        parameters=[PeopleFilterSerializer, OWNER, FIELDS],
        responses=PersonSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """List people: those with most faces first, or favourites first and then by the sort."""
        asked = validated(PeopleFilterSerializer, request.query_params).validated_data
        fields = fields_asked(request, PersonSerializer)
        kind, unknown = asked.get("kind"), asked.get("kind") == "unknown"
        hidden = False if unknown and asked["hidden"] is None else asked["hidden"]
        world = asked_world(request)
        people, self.keyset = ordered_people(
            world,
            people_found(
                world,
                kind=kind,
                text=asked.get("q", ""),
                hidden=hidden,
                group=asked.get("group"),
            ),
            asked.get("sort"),
        )
        page = self.paginate_queryset(as_cards(world, people) if unknown else people) or []
        return self.get_paginated_response(people_data(page, fields))

    @extend_schema(
        parameters=[LikelyFilterSerializer, OWNER], responses=LikelyPersonSerializer(many=True)
    )
    @action(detail=False, pagination_class=None)
    def likely(self, request: Request) -> Response:
        """List who faces may be, the likeliest first; at most eight."""
        asked = validated(LikelyFilterSerializer, request.query_params).validated_data
        likely = likely_people(asked_world(request), asked["faces"])
        people = people_data([each.person for each in likely])
        return Response(
            [
                {"person": person, "probability": each.probability}
                for person, each in zip(people, likely, strict=True)
            ]
        )

    @extend_schema(responses=PersonSerializer)
    def retrieve(self, request: Request, pk: str | None = None) -> Response:
        """Return one person."""
        person, world = self._seen(pk)
        people = as_cards(world, people_found(world))
        return Response(people_data([get_object_or_404(people, pk=person.pk)])[0])

    @extend_schema(
        parameters=[OWNER], request=PersonNameSerializer, responses={201: PersonSerializer}
    )
    def create(self, request: Request) -> Response:
        """Add a person without faces; one of this name is returned as it is."""
        check_owner(asked_world(request))
        asked = validated(PersonNameSerializer, request.data)
        person = person_named(owner=user_of(request), name=asked.validated_data["name"])
        return Response(people_data([self._again(person)])[0], status=status.HTTP_201_CREATED)

    @extend_schema(request=PersonChangeSerializer, responses=PersonChangedSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change what is said of a person; naming an unknown one labels its faces."""
        person, owner = self.get_object(), user_of(request)
        change = validated(PersonChangeSerializer, request.data).validated_data
        if change.get("cover") is not None:
            change["cover"] = faces_for(owner).filter(pk=change["cover"]).first() or Face()
        if person.name or set(change) != {"name"}:
            changed = change_person(owner=owner, person=person, **change)
        else:
            changed = labelling.name_unknown_person(owner=owner, person=person, **change)
        said = people_data([self._again(changed)])[0]
        return Response(said | {"event": latest_event(owner).pk})

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def hide(self, request: Request, pk: str | None = None) -> Response:
        """Say that an unknown person is a stranger, not to be shown among the others."""
        return Response(outcome_data(hide_person(owner=user_of(request), person=self.get_object())))

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def show(self, request: Request, pk: str | None = None) -> Response:
        """Show a hidden stranger among the unknown people again."""
        return Response(outcome_data(show_person(owner=user_of(request), person=self.get_object())))

    @extend_schema(parameters=[OWNER], request=MergeSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> Response:
        """Say that people, known and unknown, are all one person."""
        people, into = _people_to_merge(request)
        return Response(
            outcome_data(merge_people(owner=user_of(request), people=people, into=into))
        )

    @extend_schema(parameters=[OWNER], request=MergeSerializer, responses=MergePreviewSerializer)
    @action(detail=False, methods=["post"], url_path="merge/preview")
    def preview_merge(self, request: Request) -> Response:
        """Tell what a merge would do; nothing is changed."""
        people, into = _people_to_merge(request)
        return Response(MergePreviewSerializer(merge_preview(request.user, people, into)).data)

    @extend_schema(parameters=[DeletionSerializer], responses={200: OutcomeSerializer})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete the person; its faces lose the label, unless something else is asked for."""
        person = self.get_object()
        left = validated(DeletionSerializer, request.query_params).validated_data["left"]
        outcome = delete_person(owner=user_of(request), person=person, left=left)
        record(actor=user_of(request), verb=Verb.DELETED, subject=f"person {pk}", request=request)
        return Response(outcome_data(outcome))

    @extend_schema(parameters=[PersonPhotosSerializer], responses=PersonPhotoSerializer(many=True))
    @action(detail=True)
    def photos(self, request: Request, pk: str | None = None) -> Response:
        """List the photos that show a person by label, the last one first."""
        asked = validated(PersonPhotosSerializer, request.query_params).validated_data
        person, world = self._seen(pk)
        wanted = PhotoFilter(month=asked.get("month"))
        photos, self.keyset = newest_first(matching_photos(photos_of(world, person), wanted))
        self.offset = asked["offset"]
        pages = KeysetPagination()
        page = pages.paginate_queryset(with_face_of(photos, person), request, self)
        data = PersonPhotoSerializer(page, many=True, context={"born": born_of(person)}).data
        return pages.get_paginated_response(data)

    @extend_schema(responses=PersonMonthSerializer(many=True))
    @action(detail=True, pagination_class=None, url_path="photos/months")
    def months(self, request: Request, pk: str | None = None) -> Response:
        """Count the photos of each month that show a person by label, the last month first."""
        person, world = self._seen(pk)
        months = photos_by_month(photos_of(world, person))
        return Response(
            [
                {
                    "month": each.month,
                    "count": each.count,
                    "age_months": age_in_months(born_of(person), last_day_of(each.month)),
                }
                for each in months
            ]
        )

    @extend_schema(responses=CompanionSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def company(self, request: Request, pk: str | None = None) -> Response:
        """List the people who are most often in one photo with a person; at most twelve."""
        person, world = self._seen(pk)
        company = company_of(world, person)
        people = people_data([each.person for each in company])
        return Response(
            [
                {"person": person, "photos": each.photos}
                for person, each in zip(people, company, strict=True)
            ]
        )

    @extend_schema(responses=AstraySerializer(many=True))
    @action(detail=True, pagination_class=None)
    def astray(self, request: Request, pk: str | None = None) -> Response:
        """List labelled faces of a person that look like somebody else, by whom they look like.

        Split them off, or reject whom they look like: then they are not listed any more.
        """
        groups = astray_faces(request.user, self.get_object())
        people = people_data([each.looks_like for each in groups])
        crops = crops_of(groups)
        return Response(
            [
                {
                    "looks_like": person,
                    "faces": each.faces,
                    "best": CropSerializer(
                        [crops[face] for face in each.faces if face in crops], many=True
                    ).data,
                }
                for person, each in zip(people, groups, strict=True)
            ]
        )

    def _seen(self, pk: str | None) -> tuple[Person, World]:
        """Return a person and the world, without counting the faces, which may be very many."""
        return found_in(self.request.user, people_for, pk)

    def _again(self, person: Person) -> Any:
        return get_object_or_404(people_found(self.request.user), pk=person.pk)


def _people_to_merge(request: Request) -> tuple[list[Person], Person]:
    world = asked_world(request)
    check_owner(world)
    asked = validated(MergeSerializer, request.data).validated_data
    into = person_in(world, asked["into"], "into")
    people = list(people_for(world).filter(pk__in=asked["people"]))
    if len(people) < len(set(asked["people"])):
        raise serializers.ValidationError({"people": "Somebody of these is not there."})
    return people, into
