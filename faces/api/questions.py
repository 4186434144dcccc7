"""Endpoints of questions whether two persons are one and the same."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from faces.access import questions_for
from faces.actions.asking import answer_question
from faces.api.serializers import OutcomeSerializer, PersonSerializer, outcome_data, people_data
from faces.models import Question
from faces.queries.questions import open_questions, people_asked_about
from project.api import KeysetPagination, user_of


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """Two persons who may be one, and how useful it is to know."""

    one = serializers.SerializerMethodField()
    other = serializers.SerializerMethodField()

    class Meta:
        model = Question
        fields = ["id", "one", "other", "probability", "settles"]
        read_only_fields = fields

    @extend_schema_field(PersonSerializer)
    def get_one(self, question: Question) -> Any:
        """Return the one person."""
        return self.context["people"][question.one_id]

    @extend_schema_field(PersonSerializer)
    def get_other(self, question: Question) -> Any:
        """Return the other person."""
        return self.context["people"][question.other_id]


class AnswerSerializer(serializers.Serializer[Any]):
    """What the user says."""

    answer = serializers.ChoiceField(Question.Answer.choices)


class QuestionViewSet(viewsets.GenericViewSet[Question]):
    """What Train asks: whether two persons are one and the same, the most useful first."""

    serializer_class = QuestionSerializer
    pagination_class = KeysetPagination
    queryset = Question.objects.none()
    label_actions = ("answer",)
    keyset = ("settles", "id")

    def get_queryset(self) -> Any:
        """Return what can be asked of the user."""
        return open_questions(self.request.user)

    @extend_schema(responses=QuestionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List what has not been answered."""
        page = self.paginate_queryset(self.get_queryset()) or []
        people = people_asked_about(request.user, page)
        shown = {person.pk: data for person, data in zip(people, people_data(people), strict=True)}
        # Those whose faces have been named since are nobody to ask about.
        asked = [each for each in page if {each.one_id, each.other_id} <= shown.keys()]
        data = QuestionSerializer(asked, many=True, context={"people": shown}).data
        return self.get_paginated_response(data)

    @extend_schema(request=AnswerSerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Answer: it is done and remembered, and never asked again."""
        question = get_object_or_404(questions_for(request.user), pk=pk)
        asked = AnswerSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        outcome = answer_question(
            owner=user_of(request), question=question, answer=asked.validated_data["answer"]
        )
        return Response(outcome_data(outcome))
