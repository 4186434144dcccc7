"""Deleting a person, with a choice of what becomes of the faces; all of it can be undone."""

from datetime import date

import pytest

from faces.actions.deleting import Left, delete_person
from faces.actions.labelling import Outcome, label_faces, reject_person
from faces.actions.undoing import undo_event
from faces.models import Dismissal, Face, Guess, LabelEvent, Person
from faces.queries import FaceFilter, matching_faces
from tests.factories import make_face, make_group, make_guess, make_person, make_user

pytestmark = pytest.mark.django_db


def undo(outcome: Outcome) -> Outcome:
    assert outcome.event
    return undo_event(owner=make_user(), event=outcome.event)


def test_the_faces_may_stay_together_as_an_unknown_person() -> None:
    ann = make_person()
    Person.objects.filter(pk=ann.pk).update(birth_date=date(2001, 2, 3), is_favourite=True)
    faces = [make_face(person=ann), make_face(person=ann)]
    delete_person(owner=make_user(), person=ann, left=Left.UNKNOWN)
    left = Person.objects.get()
    assert (left.name, left.birth_date, left.is_favourite) == ("", None, False)
    unknown = matching_faces(make_user(), FaceFilter(tab="unknown"))
    assert {face.pk for face in unknown} == {face.pk for face in faces}


def test_nobody_is_guessed_to_be_who_has_lost_the_name() -> None:
    ann = make_person()
    guess = make_guess(make_face(), cluster=ann, classified=ann)
    Guess.objects.update(runner_up=ann, runner_up_probability=0.1)
    delete_person(owner=make_user(), person=ann, left=Left.UNKNOWN)
    guess.refresh_from_db()
    assert (guess.class_person, guess.class_probability, guess.runner_up) == (None, None, None)
    assert guess.cluster_person == ann  # clustering knows of no names


def test_who_has_lost_the_name_gets_it_back() -> None:
    ann = make_person()
    face = make_face(person=ann)
    Person.objects.filter(pk=ann.pk).update(aliases=["Annie"], birth_date=date(2001, 2, 3))
    outcome = undo(delete_person(owner=make_user(), person=ann, left=Left.UNKNOWN))
    again = Person.objects.get()
    assert (again.pk, again.name, again.aliases) == (ann.pk, "Ann", ["Annie"])
    assert again.birth_date == date(2001, 2, 3)
    assert outcome.changed == [face.pk]


def test_the_faces_may_be_deleted_too_and_come_back_with_the_person() -> None:
    ann, bob = make_person(), make_person("Bob")
    face, other = make_face(person=ann), make_face(person=bob)
    stranger = make_face()
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=stranger.pk), person=ann)
    outcome = delete_person(owner=make_user(), person=ann, left=Left.DISMISSED)
    assert list(Face.objects.order_by("pk")) == [other, stranger]
    assert Dismissal.objects.get().photo == face.photo
    undo(outcome)
    assert Face.objects.get(pk=face.pk).person == Person.objects.get(name="Ann")
    assert not Dismissal.objects.exists()
    assert stranger.rejections.get().person.name == "Ann"


def test_faces_named_since_stay_as_they_are_when_the_name_comes_back() -> None:
    ann = make_person()
    face, other = make_face(person=ann), make_face(person=ann)
    outcome = delete_person(owner=make_user(), person=ann, left=Left.UNKNOWN)
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk), name="Bob")
    undo(outcome)
    assert Face.objects.get(pk=face.pk).person == Person.objects.get(name="Bob")
    assert Face.objects.get(pk=other.pk).person == Person.objects.get(name="Ann")


@pytest.mark.parametrize("left", Left.values)
def test_it_is_one_event_of_the_history(left: str) -> None:
    ann = make_person()
    make_face(person=ann)
    delete_person(owner=make_user(), person=ann, left=left)
    event = LabelEvent.objects.get()
    assert (event.verb, event.details["name"]) == ("delete-person", "Ann")
    assert len(event.details["faces"]) == 1


@pytest.mark.parametrize("left", Left.values)
def test_who_comes_back_is_in_the_groups_of_before(left: str) -> None:
    ann = make_person()
    make_face(person=ann)
    family = make_group(ann)
    undo(delete_person(owner=make_user(), person=ann, left=left))
    assert [person.pk for person in family.people.all()] == [ann.pk]
