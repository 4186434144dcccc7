"""Endpoints of faces, people, trainings and evaluations."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import evaluations_for, faces_for, people_for, trainings_for
from faces.actions import labelling
from faces.actions.drawing import draw_face
from faces.actions.hiding import hide_person, show_person
from faces.actions.merging import merge_people, split_person
from faces.actions.people import change_person, delete_person, person_named
from faces.api.serializers import (
    ConfirmSerializer,
    ConflictSerializer,
    DrawSerializer,
    EvaluationSerializer,
    FaceFilterSerializer,
    FaceIdsSerializer,
    FaceListSerializer,
    FaceOrderSerializer,
    FaceSelectionSerializer,
    FaceSerializer,
    GroupSerializer,
    LabelSerializer,
    LikelyFilterSerializer,
    LikelyPersonSerializer,
    MergePreviewSerializer,
    MergeSerializer,
    OutcomeSerializer,
    PeopleFilterSerializer,
    PersonChangeSerializer,
    PersonNameSerializer,
    PersonSerializer,
    ProblemSerializer,
    RejectSerializer,
    SplitSerializer,
    TabCountsSerializer,
    TrainingSerializer,
    TrainingStandingSerializer,
    outcome_data,
    people_data,
)
from faces.jobs import start_evaluation, start_training
from faces.models import Evaluation, Face, Person, Training
from faces.queries import (
    FaceFilter,
    as_cards,
    face_groups,
    label_conflicts,
    likely_people,
    matching_faces,
    merge_preview,
    people_found,
    still_labelled,
    tab_counts,
    training_standing,
    with_guesses,
)
from faces.recognition.geometry import Box
from photos.access import photos_for
from project.api import KeysetPagination, stored_image, user_of
from project.jobs.api import JobSerializer
from project.jobs.models import Job

LABELLED_SINCE = "Its label has changed since: look at it again."


class FaceViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Face]):
    """Faces: listed by tab and filter, labelled, confirmed, rejected, dismissed."""

    serializer_class = FaceSerializer
    pagination_class = KeysetPagination
    queryset = Face.objects.none()
    keyset: list[str]
    offset = 0

    def get_queryset(self) -> Any:
        """Return the user's faces, with their standing guesses where these are shown."""
        if self.action == "crop":  # asked for by the hundred
            return faces_for(self.request.user).only("id")
        return with_guesses(self.request.user, faces_for(self.request.user))

    @extend_schema(parameters=[FaceListSerializer], responses=FaceSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List the faces that a filter means."""
        asked = _validated(FaceListSerializer, request.query_params)
        faces = with_guesses(request.user, matching_faces(request.user, asked.wanted()))
        faces, self.keyset = asked.ordered(faces)
        self.offset = asked.validated_data["offset"]
        page = self.paginate_queryset(faces)
        return self.get_paginated_response(FaceSerializer(page, many=True).data)

    @extend_schema(parameters=[FaceOrderSerializer], responses=FaceIdsSerializer)
    @action(detail=False, pagination_class=None)
    def ids(self, request: Request) -> Response:
        """List only the ids of all faces that a filter means, with whom each is thought to be."""
        asked = _validated(FaceOrderSerializer, request.query_params)
        faces, _ = asked.ordered(matching_faces(request.user, asked.wanted()))
        found = list(faces.values_list("id", "subject_id"))
        return Response({"ids": [pk for pk, _ in found], "people": [of for _, of in found]})

    @extend_schema(request=DrawSerializer, responses={201: OutcomeSerializer})
    def create(self, request: Request) -> Response:
        """Draw a face that Kith has not found, and say who it is, if that is known."""
        asked = _validated(DrawSerializer, request.data).validated_data
        photo = get_object_or_404(photos_for(request.user), pk=asked["photo"])
        who: dict[str, Any] = {"name": asked.get("name", "")}
        if "person" in asked:
            who = {"person": _own_person(request, asked["person"])}
        box = Box(**asked["box"], time=asked.get("time_offset"))
        outcome = draw_face(owner=user_of(request), photo=photo, box=box, **who)
        return Response(outcome_data(outcome), status=status.HTTP_201_CREATED)

    @extend_schema(description="Dismiss one face.")
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete a face for good; its place is remembered, so that it is not found again."""
        face = self.get_object()
        labelling.dismiss_faces(owner=user_of(request), faces=Face.objects.filter(pk=face.pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[FaceFilterSerializer], responses=TabCountsSerializer)
    @action(detail=False, pagination_class=None)
    def counts(self, request: Request) -> Response:
        """Count the faces of each tab."""
        asked = _validated(FaceFilterSerializer, request.query_params)
        return Response(tab_counts(request.user, asked.wanted()))

    @extend_schema(parameters=[FaceFilterSerializer], responses=GroupSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def groups(self, request: Request) -> Response:
        """Count the faces of each person, the one with most faces first."""
        asked = _validated(FaceFilterSerializer, request.query_params)
        return Response(GroupSerializer(face_groups(request.user, asked.wanted()), many=True).data)

    @extend_schema(responses=ConflictSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def conflicts(self, request: Request) -> Response:
        """List labels that contradict one another, or a rejection; they stand all the same."""
        return Response(ConflictSerializer(label_conflicts(request.user), many=True).data)

    @extend_schema(responses={(200, "image/webp"): OpenApiTypes.BINARY})
    @action(detail=True)
    def crop(self, request: Request, pk: str | None = None) -> FileResponse:
        """Return the picture of a face."""
        return stored_image(self.get_object().crop_name)

    @extend_schema(request=LabelSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def label(self, request: Request) -> Response:
        """Say who faces are: a known person, or a name, which makes the person if needed."""
        asked = _validated(LabelSerializer, request.data)
        who: dict[str, Any]
        if "name" in asked.validated_data:
            who = {"name": asked.validated_data["name"]}
        else:
            who = {"person": _own_person(request, asked.validated_data["person"])}
        if "left_out" in asked.validated_data:
            left_out = asked.validated_data["left_out"]
            who["left_out"] = faces_for(request.user).filter(pk__in=left_out)
        return self._act(
            asked,
            lambda faces: labelling.label_faces(owner=user_of(request), faces=faces, **who),
        )

    @extend_schema(
        request=ConfirmSerializer, responses={200: OutcomeSerializer, 409: ProblemSerializer}
    )
    @action(detail=False, methods=["post"])
    def confirm(self, request: Request) -> Response:
        """Turn guesses into labels, each face with its own guessed person."""
        asked = _validated(ConfirmSerializer, request.data)
        method = asked.validated_data["method"]
        shown = asked.validated_data.get("training")
        return self._act(
            asked,
            lambda faces: labelling.confirm_guesses(
                owner=user_of(request),
                faces=faces,
                method=method,
                seen=asked.validated_data.get("seen"),
                training=shown,
            ),
        )

    @extend_schema(request=RejectSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def reject(self, request: Request) -> Response:
        """Say who faces are not; Kith never guesses it again."""
        asked = _validated(RejectSerializer, request.data)
        person = _own_person(request, asked.validated_data["person"])
        return self._act(
            asked,
            lambda faces: labelling.reject_person(
                owner=user_of(request), faces=faces, person=person
            ),
        )

    @extend_schema(request=SplitSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def split(self, request: Request) -> Response:
        """Say that faces of a person are somebody else, who is new and unknown so far."""
        asked = _validated(SplitSerializer, request.data)
        person = _own_person(request, asked.validated_data["person"])
        return self._act(
            asked,
            lambda faces: split_person(owner=user_of(request), faces=faces, person=person),
        )

    @extend_schema(request=FaceSelectionSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def unassign(self, request: Request) -> Response:
        """Take labels away."""
        asked = _validated(FaceSelectionSerializer, request.data)
        return self._act(
            asked, lambda faces: labelling.unassign_faces(owner=user_of(request), faces=faces)
        )

    @extend_schema(request=FaceSelectionSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def dismiss(self, request: Request) -> Response:
        """Delete faces for good; their places are remembered, so that they are not found again."""
        asked = _validated(FaceSelectionSerializer, request.data)
        return self._act(
            asked, lambda faces: labelling.dismiss_faces(owner=user_of(request), faces=faces)
        )

    def _act(
        self,
        asked: serializers.Serializer[Any],
        act: Callable[[QuerySet[Face]], labelling.Outcome],
    ) -> Response:
        """Act on the selected faces that are the user's, and tell what became of each."""
        selection = asked.validated_data
        if "faces" in selection:
            faces = faces_for(self.request.user).filter(pk__in=selection["faces"])
            there = set(faces.values_list("pk", flat=True))
        else:
            faces = matching_faces(self.request.user, FaceFilter(**selection["filter"]))
            there = set()
        if "labels" in selection:
            faces = still_labelled(faces, selection["labels"])
        try:
            outcome = act(faces)
        except labelling.OtherGuesses as error:
            return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
        spoken_of = {*outcome.changed, *(pk for pk, _ in outcome.skipped)}
        return Response(
            outcome_data(
                outcome,
                [
                    *((pk, LABELLED_SINCE) for pk in sorted(there - spoken_of)),
                    *(
                        (pk, "There is no such face.")
                        for pk in sorted(set(selection.get("faces", ())) - there)
                    ),
                ],
            )
        )


class PersonViewSet(viewsets.GenericViewSet[Person]):
    """People, known and unknown."""

    serializer_class = PersonSerializer
    pagination_class = KeysetPagination
    queryset = Person.objects.none()
    keyset = ("face_count", "id")

    def get_queryset(self) -> Any:
        """Return the user's people."""
        return people_found(self.request.user)

    @extend_schema(parameters=[PeopleFilterSerializer], responses=PersonSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List people, those with most faces first."""
        asked = _validated(PeopleFilterSerializer, request.query_params).validated_data
        kind, unknown = asked.get("kind"), asked.get("kind") == "unknown"
        people = people_found(
            request.user,
            kind=kind,
            text=asked.get("q", ""),
            hidden=asked["hidden"] if unknown else None,
        ).order_by(F("face_count").desc(), "-id")
        page = self.paginate_queryset(as_cards(people) if unknown else people) or []
        return self.get_paginated_response(people_data(page))

    @extend_schema(parameters=[LikelyFilterSerializer], responses=LikelyPersonSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def likely(self, request: Request) -> Response:
        """List who faces may be, the likeliest first; at most eight."""
        asked = _validated(LikelyFilterSerializer, request.query_params).validated_data
        likely = likely_people(request.user, asked["faces"])
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
        people = as_cards(self.get_queryset())
        return Response(people_data([get_object_or_404(people, pk=self.get_object().pk)])[0])

    @extend_schema(request=PersonNameSerializer, responses={201: PersonSerializer})
    def create(self, request: Request) -> Response:
        """Add a person without faces; one of this name is returned as it is."""
        asked = _validated(PersonNameSerializer, request.data)
        person = person_named(owner=user_of(request), name=asked.validated_data["name"])
        return Response(people_data([self._again(person)])[0], status=status.HTTP_201_CREATED)

    @extend_schema(request=PersonChangeSerializer, responses=PersonSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change what is said of a person; naming an unknown one labels its faces."""
        change = _validated(PersonChangeSerializer, request.data).validated_data
        person, owner = self.get_object(), user_of(request)
        if change.get("cover") is not None:
            change["cover"] = faces_for(owner).filter(pk=change["cover"]).first() or Face()
        if person.name or set(change) != {"name"}:
            changed = change_person(owner=owner, person=person, **change)
        else:
            changed = labelling.name_unknown_person(owner=owner, person=person, **change)
        return Response(people_data([self._again(changed)])[0])

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

    @extend_schema(request=MergeSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> Response:
        """Say that people, known and unknown, are all one person."""
        people, into = _people_to_merge(request)
        return Response(
            outcome_data(merge_people(owner=user_of(request), people=people, into=into))
        )

    @extend_schema(request=MergeSerializer, responses=MergePreviewSerializer)
    @action(detail=False, methods=["post"], url_path="merge/preview")
    def preview_merge(self, request: Request) -> Response:
        """Tell what a merge would do; nothing is changed."""
        people, into = _people_to_merge(request)
        return Response(MergePreviewSerializer(merge_preview(request.user, people, into)).data)

    @extend_schema(responses={200: OutcomeSerializer})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete the person; its faces stay and lose the label."""
        event = delete_person(owner=user_of(request), person=self.get_object())
        return Response(outcome_data(labelling.Outcome(event.details["faces"], event=event)))

    def _again(self, person: Person) -> Any:
        return get_object_or_404(self.get_queryset(), pk=person.pk)


class TrainingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Training]
):
    """Trainings; to post one is to press Train."""

    serializer_class = TrainingSerializer
    pagination_class = KeysetPagination
    queryset = Training.objects.none()

    def get_queryset(self) -> Any:
        """Return the user's trainings, newest first."""
        return trainings_for(self.request.user).order_by("-id")

    @extend_schema(request=None, responses={200: JobSerializer, 202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Train; answers with the job, 200 if one is under way already."""
        return _job_answer(*start_training(owner=user_of(request)))

    @extend_schema(responses=TrainingStandingSerializer)
    @action(detail=False, pagination_class=None)
    def standing(self, request: Request) -> Response:
        """Tell how stale the guesses are that stand."""
        return Response(TrainingStandingSerializer(training_standing(request.user)).data)


class EvaluationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Evaluation]
):
    """Evaluations: how well labels and settings did at a moment; to post one is to make one."""

    serializer_class = EvaluationSerializer
    pagination_class = KeysetPagination
    queryset = Evaluation.objects.none()

    def get_queryset(self) -> Any:
        """Return the user's evaluations, newest first."""
        return evaluations_for(self.request.user).order_by("-id")

    @extend_schema(request=None, responses={200: JobSerializer, 202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Evaluate; answers with the job, 200 if one is under way already."""
        return _job_answer(*start_evaluation(owner=user_of(request)))


def _job_answer(job: Job, started: bool) -> Response:
    return Response(
        JobSerializer(job).data,
        status=status.HTTP_202_ACCEPTED if started else status.HTTP_200_OK,
    )


def _validated(serializer: type[Any], data: Any) -> Any:
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return asked


def _people_to_merge(request: Request) -> tuple[list[Person], Person]:
    asked = _validated(MergeSerializer, request.data).validated_data
    into = _own_person(request, asked["into"], "into")
    people = list(people_for(request.user).filter(pk__in=asked["people"]))
    if len(people) < len(set(asked["people"])):
        raise serializers.ValidationError({"people": "Somebody of these is not there."})
    return people, into


def _own_person(request: Request, pk: int, field: str = "person") -> Person:
    person = people_for(request.user).filter(pk=pk).first()
    if person is None:
        raise serializers.ValidationError({field: "There is no such person."})
    return person
