"""Train merges unknown persons by itself, for who wants that; undone, it is never done again."""

import pytest
from django.core.exceptions import ValidationError

from faces.actions.asking import answer_question
from faces.actions.hiding import hide_person
from faces.actions.joining import choose_merging, merge_alike
from faces.actions.labelling import label_faces, reject_person
from faces.actions.merging import merge_people, split_person
from faces.actions.undoing import undo_event
from faces.arrays import load_answers
from faces.models import Face, LabelEvent, Person, Question, Rejection, Training
from faces.queries.people import faces_of_unknown
from tests.factories import (
    make_face,
    make_guess,
    make_person,
    make_question,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db


def make_unknown(faces: int) -> Person:
    person = make_person("")
    for _ in range(faces):
        make_guess(make_face(), cluster=person)
    return person


def the_training() -> Training:
    return Training.objects.get(is_current=True)


def number_of(person: Person) -> int:
    return faces_of_unknown(make_user(), [person]).count()


def test_without_the_users_word_nothing_is_merged() -> None:
    make_question(make_unknown(2), make_unknown(3), probability=1.0)
    assert merge_alike(training=the_training()) == 0
    assert not LabelEvent.objects.exists()


def test_only_from_the_chosen_probability_on_the_smaller_one_joins_the_larger() -> None:
    small, large, unsure = make_unknown(2), make_unknown(3), make_unknown(1)
    sure = make_question(small, large, probability=0.98)
    make_question(unsure, make_unknown(1), probability=0.96)
    choose_merging(owner=make_user(), merge_from=0.97)
    assert merge_alike(training=the_training()) == 1
    assert (number_of(small), number_of(large), number_of(unsure)) == (0, 5, 1)
    event = LabelEvent.objects.get()
    assert (event.verb, event.is_by_itself, event.can_be_undone) == ("merge", True, True)
    sure.refresh_from_db()
    assert (sure.answer, sure.event) == ("same", event)
    assert not Face.objects.exclude(person=None).exists()  # only people write labels


@pytest.mark.parametrize("merge_from", [0.94, 1.01, -1.0])
def test_a_threshold_that_would_merge_too_much_is_refused(merge_from: float) -> None:
    with pytest.raises(ValidationError):
        choose_merging(owner=make_user(), merge_from=merge_from)


def test_named_hidden_and_put_together_people_are_left_alone() -> None:
    unknown = make_unknown(2)
    ann = make_person()
    make_face(person=ann)
    hidden, put_together = make_unknown(2), make_unknown(3)
    hide_person(owner=make_user(), person=hidden)
    guessed = Face.objects.filter(guesses__cluster_person=put_together)
    some = Face.objects.filter(pk__in=guessed.values_list("pk", flat=True)[:2])
    split = split_person(owner=make_user(), faces=some, person=put_together).person
    assert split
    for other in (ann, hidden, split):
        make_question(unknown, other, probability=1.0)
    choose_merging(owner=make_user(), merge_from=0.95)
    assert merge_alike(training=the_training()) == 0


def test_an_undone_merge_is_a_rejection_and_a_lesson() -> None:
    small, large = make_unknown(2), make_unknown(3)
    question = make_question(small, large, probability=0.99)
    choose_merging(owner=make_user(), merge_from=0.95)
    merge_alike(training=the_training())
    assert len(load_answers(make_user().pk)[1]) == 0  # the machine does not teach itself
    undo_event(owner=make_user(), event=LabelEvent.objects.get())
    assert (number_of(small), number_of(large)) == (2, 3)
    assert Rejection.objects.filter(person=large).count() == 2
    question.refresh_from_db()
    assert question.answer == "different"
    assert list(load_answers(make_user().pk)[1]) == [False]
    assert merge_alike(training=the_training()) == 0


def test_the_same_merge_after_another_training_is_no_second_event() -> None:
    small, large = make_unknown(2), make_unknown(3)
    make_question(small, large, probability=0.99)
    choose_merging(owner=make_user(), merge_from=0.95)
    merge_alike(training=the_training())
    faces = list(LabelEvent.objects.get().details["faces"])
    again = make_person("")
    the_training().guesses.filter(face__in=faces).update(cluster_person=again)
    make_question(again, large, probability=0.99)
    assert merge_alike(training=the_training()) == 1
    assert LabelEvent.objects.count() == 1


def test_what_train_has_merged_stands_in_no_undos_way() -> None:
    small, large = make_unknown(2), make_unknown(3)
    make_question(small, large, probability=0.99)
    face = Face.objects.filter(guesses__cluster_person=small)
    outcome = reject_person(owner=make_user(), faces=face, person=make_person())
    choose_merging(owner=make_user(), merge_from=0.95)
    merge_alike(training=the_training())
    assert outcome.event
    assert undo_event(owner=make_user(), event=outcome.event).skipped == []


def test_merging_by_hand_answers_the_question_and_undoing_opens_it() -> None:
    one, other = make_unknown(2), make_unknown(3)
    question = make_question(one, other)
    outcome = merge_people(owner=make_user(), people=[one], into=other)
    question.refresh_from_db()
    assert question.answer == "same"
    assert outcome.event
    undo_event(owner=make_user(), event=outcome.event)
    question.refresh_from_db()
    assert question.answer == ""


def test_naming_all_faces_of_an_unknown_person_answers_the_question() -> None:
    unknown, ann = make_unknown(2), make_person()
    question = make_question(unknown, ann)
    label_faces(owner=make_user(), faces=faces_of_unknown(make_user(), [unknown]), person=ann)
    question.refresh_from_db()
    assert question.answer == "same"


def test_rejecting_all_faces_of_an_unknown_person_answers_the_question() -> None:
    unknown, ann = make_unknown(2), make_person()
    question = make_question(unknown, ann)
    faces = faces_of_unknown(make_user(), [unknown])
    reject_person(owner=make_user(), faces=faces.filter(pk=faces[0].pk), person=ann)
    question.refresh_from_db()
    assert question.answer == ""  # one face says nothing about the others
    reject_person(owner=make_user(), faces=faces, person=ann)
    question.refresh_from_db()
    assert question.answer == "different"


def test_an_answer_is_the_users_own_beside_what_it_does() -> None:
    make_training()
    question = make_question(make_unknown(2), make_unknown(3))
    answer_question(owner=make_user(), question=question, answer=Question.Answer.SAME)
    question.refresh_from_db()
    assert question.answer == "same"
