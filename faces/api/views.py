"""Endpoints of faces, trainings and evaluations."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import evaluations_for, faces_for, faces_to_label, trainings_for
from faces.actions import labelling
from faces.actions.drawing import draw_face
from faces.actions.merging import split_person
from faces.api.asking import person_in, said_by, validated
from faces.api.expanding import PHOTO, ListedFaceSerializer, SimilarFaceSerializer, faces_told
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
    OutcomeSerializer,
    RejectSerializer,
    SimilarFacesSerializer,
    SplitSerializer,
    TabCountsSerializer,
    TrainingSerializer,
    TrainingStandingSerializer,
    TrainSerializer,
    outcome_data,
)
from faces.jobs.training import start_evaluation, start_training
from faces.models import Evaluation, Face, Training
from faces.queries import (
    FaceFilter,
    Method,
    face_groups,
    matching_faces,
    still_labelled,
    tab_counts,
    with_guesses,
)
from faces.queries.conflicts import conflicting_faces, conflicts_of
from faces.queries.pages import window_of
from faces.queries.similar import similar_faces
from faces.queries.standing import training_standing
from faces.recognition.geometry import Box
from photos.access import (
    World,
    asked_world,
    check_owner,
    found_in,
    photos_for,
)
from project.api import OWNER, KeysetPagination, user_of
from project.api.errors import Conflict
from project.api.fields import FIELDS, expanded_asked, expands, fields_asked
from project.api.pictures import FILES, PICTURE, SizedSerializer
from project.images import image_as_asked
from project.jobs.api import JobSerializer
from project.jobs.models import Job

ONLY_LOOKS = "You may look at this photo, and not say who is in it."
KEYSET_BY_PERSON = ("order_group", "order_person", "order_sort", "id")
LABELLED_SINCE = "Its label has changed since: look at it again."


LOADED_TOGETHER = {"guess", "person", "imported", "taken_at"}


class FaceViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Face]):
    """Faces: listed by tab and filter, labelled, confirmed, rejected, dismissed."""

    serializer_class = FaceSerializer
    pagination_class = KeysetPagination
    queryset = Face.objects.none()
    picture_actions = ("crop",)
    label_actions = (
        "create",
        "label",
        "confirm",
        "reject",
        "split",
        "unassign",
        "dismiss",
        "destroy",
    )
    keyset: list[str]
    offset = 0
    world: World

    def get_object(self) -> Face:
        """Return the face of the address, and keep the world that it is in."""
        face, self.world = found_in(
            self.request.user,
            lambda world: with_guesses(world, faces_for(world)),
            self.kwargs["pk"],
        )
        return face

    @extend_schema(
        parameters=[FaceListSerializer, OWNER, FIELDS, expands(PHOTO)],
        responses=ListedFaceSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """List the faces that a filter means."""
        asked = validated(FaceListSerializer, request.query_params)
        fields, expand = fields_asked(request, FaceSerializer), expanded_asked(request, PHOTO)
        world = asked_world(request)
        wanted, self.offset = asked.wanted(), asked.validated_data["offset"]
        among, sizes = asked.validated_data.get("people"), None
        if asked.is_by_person:
            limit, key = KeysetPagination().place(request, KEYSET_BY_PERSON)
            behind = (int(key[0]), int(key[1])) if key else None
            self.offset = 0 if key else self.offset  # «next» repeats where the first page began
            window = window_of(world, wanted, offset=self.offset, limit=limit, behind=behind)
            among, sizes, self.offset = list(window.people), window.sizes, window.offset
        faces = matching_faces(world, wanted, among)
        # What orders the faces is asked of all, what is shown of them only of those on the page.
        faces, self.keyset = asked.ordered(faces.only("id"), sizes)
        ids = [face.pk for face in self.paginate_queryset(faces) or []]
        found = faces_for(world)
        # One that asks for neither guesses nor names spares their queries.
        loads = fields is None or fields & LOADED_TOGETHER
        if expand:
            found = found.select_related("photo")
        shown = (with_guesses(world, found) if loads else found).in_bulk(ids)
        page = [shown[pk] for pk in ids if pk in shown]
        return self.get_paginated_response(faces_told(page, fields, expand))

    @extend_schema(parameters=[FaceOrderSerializer, OWNER], responses=FaceIdsSerializer)
    @action(detail=False, pagination_class=None)
    def ids(self, request: Request) -> Response:
        """List only the ids of all faces that a filter means, with whom each is thought to be."""
        asked = validated(FaceOrderSerializer, request.query_params)
        among = asked.validated_data.get("people")
        faces, _ = asked.ordered(matching_faces(asked_world(request), asked.wanted(), among))
        found = list(faces.values_list("id", "subject_id"))
        return Response({"ids": [pk for pk, _ in found], "people": [of for _, of in found]})

    @extend_schema(request=DrawSerializer, responses={201: OutcomeSerializer})
    def create(self, request: Request) -> Response:
        """Draw a face that Kith has not found, and say who it is, if that is known."""
        asked = validated(DrawSerializer, request.data).validated_data
        photo, world = found_in(request.user, photos_for, asked["photo"])
        speaker = said_by(world)
        who: dict[str, Any] = {"name": asked.get("name", "")}
        if "person" in asked:
            who = {"person": person_in(world, asked["person"])}
        box = Box(**asked["box"], time=asked.get("time_offset"))
        outcome = draw_face(**speaker, photo=photo, box=box, **who)
        return Response(outcome_data(outcome), status=status.HTTP_201_CREATED)

    @extend_schema(description="Dismiss one face.")
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Delete a face for good; its place is remembered, so that it is not found again."""
        face = Face.objects.filter(pk=self.get_object().pk)
        outcome = labelling.dismiss_faces(
            **said_by(self.world), faces=faces_to_label(self.world, face)
        )
        if not outcome.changed and face.exists():
            raise PermissionDenied(ONLY_LOOKS)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[FaceFilterSerializer, OWNER], responses=TabCountsSerializer)
    @action(detail=False, pagination_class=None)
    def counts(self, request: Request) -> Response:
        """Count the faces of each tab."""
        asked = validated(FaceFilterSerializer, request.query_params)
        return Response(tab_counts(asked_world(request), asked.wanted()))

    @extend_schema(parameters=[FaceFilterSerializer, OWNER], responses=GroupSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def groups(self, request: Request) -> Response:
        """Count the faces of each person, the one with most faces first; all people at once."""
        asked = validated(FaceFilterSerializer, request.query_params)
        groups = face_groups(asked_world(request), asked.wanted())
        return Response(GroupSerializer(groups, many=True).data)

    @extend_schema(responses=ConflictSerializer(many=True), filters=False)
    @action(detail=False)
    def conflicts(self, request: Request) -> Response:
        """List labels that contradict one another, or a rejection; they stand all the same.

        ``limit`` counts faces: one that is in two conflicts brings both of them.
        """
        self.keyset = ["is_twice", "id"]
        page = self.paginate_queryset(conflicting_faces(request.user)) or []
        conflicts = conflicts_of(request.user, page)
        return self.get_paginated_response(ConflictSerializer(conflicts, many=True).data)

    @extend_schema(
        parameters=[SimilarFacesSerializer, FIELDS, expands(PHOTO)],
        responses=SimilarFaceSerializer(many=True),
    )
    @action(detail=True, pagination_class=None)
    def similar(self, request: Request, pk: str | None = None) -> Response:
        """List the faces most like this one, the most similar first; whole, as it is short."""
        asked = validated(SimilarFacesSerializer, request.query_params)
        fields, expand = fields_asked(request, FaceSerializer), expanded_asked(request, PHOTO)
        face = self.get_object()
        found = similar_faces(self.world, face, asked.validated_data["limit"])
        told = faces_told([each.face for each in found], fields, expand)
        return Response(
            [row | {"similarity": each.similarity} for row, each in zip(told, found, strict=True)]
        )

    @extend_schema(parameters=[SizedSerializer], responses=PICTURE)
    @action(detail=True, renderer_classes=FILES)
    def crop(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return the picture of a face."""
        name = self.get_object().crop_name
        asked = validated(SizedSerializer, request.query_params)
        accept = request.headers.get("Accept", "")
        return image_as_asked(name, **asked.wanted(), accept=accept)

    @extend_schema(parameters=[OWNER], request=LabelSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def label(self, request: Request) -> Response:
        """Say who faces are: a known person, or a name, which makes the person if needed."""
        world = asked_world(request)
        speaker = said_by(world)
        asked = validated(LabelSerializer, request.data)
        who: dict[str, Any]
        if "name" in asked.validated_data:
            who = {"name": asked.validated_data["name"]}
        else:
            who = {"person": person_in(world, asked.validated_data["person"])}
        if "left_out" in asked.validated_data:
            left_out = faces_for(world).filter(pk__in=asked.validated_data["left_out"])
            who["left_out"] = faces_to_label(world, left_out)
        return self._act(
            world,
            asked,
            lambda faces: labelling.label_faces(**speaker, faces=faces, **who),
        )

    @extend_schema(parameters=[OWNER], request=ConfirmSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def confirm(self, request: Request) -> Response:
        """Turn guesses into labels, each face with its own guessed person."""
        world = asked_world(request)
        speaker = said_by(world)
        asked = validated(ConfirmSerializer, request.data)
        method = asked.validated_data["method"]
        if method == Method.RUNNER_UP and not world.is_own:
            raise serializers.ValidationError({"method": "Second guesses are the owner's alone."})
        shown = asked.validated_data.get("training")
        return self._act(
            world,
            asked,
            lambda faces: labelling.confirm_guesses(
                **speaker,
                faces=faces,
                method=method,
                seen=asked.validated_data.get("seen"),
                training=shown,
            ),
        )

    @extend_schema(parameters=[OWNER], request=RejectSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def reject(self, request: Request) -> Response:
        """Say who faces are not; Kith never guesses it again."""
        world = asked_world(request)
        speaker = said_by(world)
        asked = validated(RejectSerializer, request.data)
        person = person_in(world, asked.validated_data["person"])
        return self._act(
            world,
            asked,
            lambda faces: labelling.reject_person(**speaker, faces=faces, person=person),
        )

    @extend_schema(parameters=[OWNER], request=SplitSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def split(self, request: Request) -> Response:
        """Say that faces of a person are somebody else, who is new and unknown so far."""
        world = asked_world(request)
        check_owner(world)
        asked = validated(SplitSerializer, request.data)
        person = person_in(world, asked.validated_data["person"])
        return self._act(
            world,
            asked,
            lambda faces: split_person(owner=user_of(request), faces=faces, person=person),
        )

    @extend_schema(parameters=[OWNER], request=FaceSelectionSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def unassign(self, request: Request) -> Response:
        """Take labels away."""
        world = asked_world(request)
        speaker = said_by(world)
        asked = validated(FaceSelectionSerializer, request.data)
        return self._act(
            world, asked, lambda faces: labelling.unassign_faces(**speaker, faces=faces)
        )

    @extend_schema(parameters=[OWNER], request=FaceSelectionSerializer, responses=OutcomeSerializer)
    @action(detail=False, methods=["post"])
    def dismiss(self, request: Request) -> Response:
        """Delete faces for good; their places are remembered, so that they are not found again."""
        world = asked_world(request)
        speaker = said_by(world)
        asked = validated(FaceSelectionSerializer, request.data)
        return self._act(
            world, asked, lambda faces: labelling.dismiss_faces(**speaker, faces=faces)
        )

    def _act(
        self,
        world: World,
        asked: serializers.Serializer[Any],
        act: Callable[[QuerySet[Face]], labelling.Outcome],
    ) -> Response:
        """Act on the selected faces of a world, and tell what became of each."""
        selection = asked.validated_data
        there, only_seen = set(), set()
        if "faces" in selection:
            seen = faces_for(world).filter(pk__in=selection["faces"])
            faces = faces_to_label(world, seen)
            there = set(faces.values_list("pk", flat=True))
            if not world.is_own:
                only_seen = set(seen.values_list("pk", flat=True)) - there
        else:
            faces = matching_faces(world, FaceFilter(**selection["filter"]))
            faces = faces_to_label(world, faces)
        if "labels" in selection:
            faces = still_labelled(faces, selection["labels"])
        try:
            outcome = act(faces)
        except labelling.OtherGuesses as error:
            raise Conflict(str(error)) from None
        spoken_of = {*outcome.changed, *(pk for pk, _ in outcome.skipped)}
        return Response(
            outcome_data(
                outcome,
                [
                    *((pk, LABELLED_SINCE) for pk in sorted(there - spoken_of)),
                    *((pk, ONLY_LOOKS) for pk in sorted(only_seen)),
                    *(
                        (pk, "There is no such face.")
                        for pk in sorted(set(selection.get("faces", ())) - there - only_seen)
                    ),
                ],
            )
        )


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

    @extend_schema(request=TrainSerializer, responses={200: JobSerializer, 202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Train; answers with the job, 200 if one is under way already."""
        asked = validated(TrainSerializer, request.data)
        return _job_answer(*start_training(owner=user_of(request), **asked.validated_data))

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
