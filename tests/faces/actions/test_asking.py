"""What Train asks: whether two persons are one, and what it never asks again."""

import pytest
from django.core.exceptions import ValidationError

from faces.actions.asking import answer_question, ask
from faces.actions.hiding import hide_person
from faces.actions.labelling import reject_person
from faces.actions.undoing import undo_event
from faces.models import Face, LabelEvent, Person, Question, Training
from tests.embeddings import made_up_people
from tests.factories import make_face, make_guess, make_person, make_question, make_user

pytestmark = pytest.mark.django_db

SIZES = [6, 6, 4]  # one person in two groups, and somebody else


def no_work() -> None:
    pass


@pytest.fixture
def groups() -> list[Person]:
    """Three unknown persons, the first two of whom are one in truth."""
    vectors, people = made_up_people([12, 4], seed=5)
    unknown = [make_person("") for _ in SIZES]
    places = [0] * 6 + [1] * 6 + [2] * 4
    for vector, place in zip(vectors, places, strict=True):
        make_guess(make_face(vector=vector), cluster=unknown[place])
    return unknown


def asked() -> list[set[int | None]]:
    ask(training=Training.objects.get(), keep_going=no_work)
    return [{each.one_id, each.other_id} for each in Question.objects.filter(answer="")]


def faces_of(person: Person) -> list[Face]:
    return list(Face.objects.filter(guesses__cluster_person=person))


def test_groups_that_look_like_one_person_are_asked_about(groups: list[Person]) -> None:
    one, other, _ = groups
    assert asked() == [{one.pk, other.pk}]
    question = Question.objects.get()
    assert 0.5 <= question.probability <= 1
    assert 0 < question.settles <= 6
    assert len(question.features) == 5


def test_asking_twice_asks_once(groups: list[Person]) -> None:
    assert asked() == asked()
    assert Question.objects.count() == 1


@pytest.mark.parametrize("answer", list(Question.Answer))
def test_what_was_answered_is_never_asked_again(groups: list[Person], answer: str) -> None:
    asked()
    answer_question(owner=make_user(), question=Question.objects.get(), answer=answer)
    assert asked() == []
    assert Question.objects.get().answer == answer


def test_what_was_answered_while_questions_were_made_is_not_asked_again(
    groups: list[Person],
) -> None:
    asked()
    (question,) = Question.objects.all()

    def answer() -> None:
        if not Question.objects.get(pk=question.pk).answer:
            answer_question(owner=make_user(), question=question, answer="unsure")

    ask(training=Training.objects.get(), keep_going=answer)
    assert Question.objects.get().answer == "unsure"


def test_a_question_that_is_asked_no_more_cannot_be_answered(groups: list[Person]) -> None:
    asked()
    (question,) = Question.objects.all()
    asked()
    with pytest.raises(ValidationError, match="since"):
        answer_question(owner=make_user(), question=question, answer="same")


def test_an_answer_that_was_taken_back_is_asked_again(groups: list[Person]) -> None:
    (pair,) = asked()
    answer_question(owner=make_user(), question=Question.objects.get(), answer="different")
    undo_event(owner=make_user(), event=LabelEvent.objects.get())
    assert asked() == [pair]


def test_somebody_known_is_asked_about_but_two_of_them_never(groups: list[Person]) -> None:
    one, other, _ = groups
    ann, bob = make_person(), make_person("Bob")
    Face.objects.filter(pk__in=[face.pk for face in faces_of(one)]).update(person=ann)
    assert asked() == [{ann.pk, other.pk}]
    Face.objects.filter(pk__in=[face.pk for face in faces_of(other)]).update(person=bob)
    assert asked() == []


def test_hidden_strangers_and_those_ruled_out_are_not_asked_about(groups: list[Person]) -> None:
    one, other, _ = groups
    face = faces_of(one)[0]
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=face.pk), person=other)
    assert asked() == []
    LabelEvent.objects.all().delete()
    face.rejections.all().delete()
    assert len(asked()) == 1
    hide_person(owner=make_user(), person=one)
    assert asked() == []


def test_answers_move_the_probabilities(groups: list[Person]) -> None:
    asked()
    before = Question.objects.get()
    strangers = [make_person("") for _ in range(2)]
    for _ in range(30):
        make_question(*strangers, features=before.features, answer="different")
    asked()
    after = Question.objects.filter(answer="").first()
    assert after is None or after.probability < before.probability


def test_questions_about_guesses_that_stand_no_more_are_not_written(groups: list[Person]) -> None:
    training = Training.objects.get()
    Training.objects.update(is_current=False)
    assert ask(training=training, keep_going=no_work) == 0
    assert not Question.objects.exists()


def test_without_faces_nothing_is_asked() -> None:
    training = Training.objects.create(owner=make_user(), embedding_model="x", is_current=True)
    assert ask(training=training, keep_going=no_work) == 0
