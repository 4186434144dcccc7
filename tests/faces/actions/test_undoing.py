"""Undoing: what was said goes, what it replaced comes back, and what was said since stays."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from faces.actions.deleting import delete_person
from faces.actions.labelling import (
    Outcome,
    confirm_guesses,
    dismiss_faces,
    label_faces,
    reject_person,
    unassign_faces,
)
from faces.actions.people import change_person
from faces.actions.undoing import UNDO, undo_event
from faces.models import Dismissal, Face, Guess, LabelEvent, Person, Rejection
from faces.recognition.geometry import Box
from photos.models import Photo
from project.jobs.models import Job
from tests.factories import make_face, make_guess, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db

BOX = Box(0.1, 0.2, 0.3, 0.3)


def rows(*faces: Face) -> QuerySet[Face]:
    return Face.objects.filter(pk__in=[face.pk for face in faces])


def label(*faces: Face, person: Person) -> None:
    label_faces(owner=make_user(), faces=rows(*faces), person=person)


def undo_last() -> Outcome:
    event = LabelEvent.objects.filter(owner=make_user()).exclude(verb="undo").first()
    assert event is not None
    return undo_event(owner=make_user(), event=event)


def person_of(face: Face) -> Person | None:
    return Face.objects.get(pk=face.pk).person


def test_a_label_goes_and_the_one_before_comes_back() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    fresh, relabelled = make_face(make_photo()), make_face(make_photo(), person=ann)
    label(fresh, relabelled, person=bob)
    assert sorted(undo_last().changed) == [fresh.pk, relabelled.pk]
    assert (person_of(fresh), person_of(relabelled)) == (None, ann)
    assert Face.objects.get(pk=fresh.pk).labelled_at is None


def test_what_was_said_since_stays() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    first, second = make_face(make_photo()), make_face(make_photo())
    label(first, second, person=ann)
    event = LabelEvent.objects.get()
    label(second, person=bob)
    outcome = undo_event(owner=make_user(), event=event)
    assert (outcome.changed, [pk for pk, _ in outcome.skipped]) == ([first.pk], [second.pk])
    assert (person_of(first), person_of(second)) == (None, bob)


def opinions(guess: Guess) -> list[tuple[Person | None, float | None]]:
    guess.refresh_from_db()
    return [
        (guess.cluster_person, guess.cluster_probability),
        (guess.class_person, guess.class_probability),
        (guess.runner_up, guess.runner_up_probability),
    ]


def test_what_was_guessed_is_guessed_again_once_a_rejection_is_taken_back() -> None:
    ann, bob, face = make_person("Ann"), make_person("Bob"), make_face(make_photo())
    guess = make_guess(face, cluster=ann, classified=bob, probability=0.7)
    Guess.objects.update(runner_up=ann, runner_up_probability=0.2)
    before = opinions(guess)
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    assert opinions(guess) == [(None, None), (bob, 0.7), (None, None)]
    undo_last()
    assert opinions(guess) == before


def test_what_is_guessed_by_now_stays_when_a_rejection_is_taken_back() -> None:
    ann, bob, face = make_person("Ann"), make_person("Bob"), make_face(make_photo())
    guess = make_guess(face, classified=ann)
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    Guess.objects.update(class_person=bob, class_probability=0.6)
    undo_last()
    assert opinions(guess)[1] == (bob, 0.6)


def test_a_rejection_that_a_label_had_withdrawn_comes_back() -> None:
    ann, face = make_person(), make_face(make_photo())
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    label(face, person=ann)
    assert not Rejection.objects.exists()
    undo_last()
    assert Rejection.objects.get().face == face


def test_a_confirmed_guess_is_open_again() -> None:
    ann, face = make_person(), make_face(make_photo())
    make_guess(face, classified=ann)
    confirm_guesses(owner=make_user(), faces=rows(face), method="classification")
    undo_last()
    assert person_of(face) is None


def test_a_removed_label_comes_back() -> None:
    ann = make_person()
    face = make_face(make_photo(), person=ann)
    unassign_faces(owner=make_user(), faces=rows(face))
    undo_last()
    assert person_of(face) == ann


def test_a_rejection_goes_and_the_label_that_it_took_comes_back() -> None:
    ann = make_person()
    face = make_face(make_photo(), person=ann)
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    assert undo_last().changed == [face.pk]
    assert person_of(face) == ann
    assert not Rejection.objects.exists()


def test_a_deleted_face_may_be_found_again_and_keeps_its_name() -> None:
    ann = make_person()
    photo = make_photo()
    named, unnamed = make_face(photo, box=BOX, person=ann), make_face(photo)
    dismiss_faces(owner=make_user(), faces=rows(named, unnamed))
    assert sorted(undo_last().changed) == [named.pk, unnamed.pk]
    assert not Dismissal.objects.exists()
    again = Face.objects.get()
    assert (again.pk, again.person) == (named.pk, ann)
    assert again.box.corners == pytest.approx(BOX.corners)
    photo.refresh_from_db()
    assert photo.state == Photo.State.PENDING
    assert Job.objects.filter(kind=Job.Kind.SCAN).exists()


def test_a_name_is_as_it_was_unless_it_was_changed_again() -> None:
    ann = make_person("Ann")
    change_person(owner=make_user(), person=ann, name="Anna")
    undo_last()
    ann.refresh_from_db()
    assert ann.name == "Ann"
    change_person(owner=make_user(), person=ann, name="Anna")
    Person.objects.update(name="Hanna")
    with pytest.raises(ValidationError, match="changed since"):
        undo_last()


def test_aliases_are_as_they_were_unless_they_were_changed_again() -> None:
    ann = make_person("Ann")
    change_person(owner=make_user(), person=ann, aliases=["Annie"])
    change_person(owner=make_user(), person=ann, name="Anna", aliases=["Mum"])
    undo_last()
    ann.refresh_from_db()
    assert (ann.name, ann.aliases) == ("Ann", ["Annie"])
    change_person(owner=make_user(), person=ann, aliases=[])
    Person.objects.update(aliases=["Granny"])
    with pytest.raises(ValidationError, match="changed since"):
        undo_last()


def test_those_left_out_are_rejected_and_one_undo_takes_all_of_it_back() -> None:
    ann = make_person("Ann")
    named, other, known, hers = make_face(), make_face(), make_face(), make_face(person=ann)
    make_guess(other, classified=ann)
    Rejection.objects.create(face=known, person=ann)
    label_faces(owner=make_user(), faces=rows(named), person=ann, left_out=rows(other, known, hers))
    assert set(Rejection.objects.values_list("face", "person")) == {
        (other.pk, ann.pk),
        (known.pk, ann.pk),
    }
    assert person_of(hers) == ann
    assert other.guesses.get().class_person is None
    undo_last()
    assert person_of(named) is None
    assert Rejection.objects.get().face == known


def test_a_deleted_person_is_back_under_the_same_id_with_faces_and_rejections() -> None:
    ann = make_person("Ann")
    kept, taken = make_face(make_photo(), person=ann), make_face(make_photo(), person=ann)
    refused = make_face(make_photo())
    reject_person(owner=make_user(), faces=rows(refused), person=ann)
    number = ann.pk
    Person.objects.update(aliases=["Annie"])
    ann.refresh_from_db()
    delete_person(owner=make_user(), person=ann)
    event = LabelEvent.objects.get(verb="delete-person")
    bob = make_person("Bob")
    label(taken, person=bob)
    undo_event(owner=make_user(), event=event)
    back = Person.objects.get(pk=number)
    assert (back.name, person_of(kept), person_of(taken)) == ("Ann", back, bob)
    assert back.aliases == ["Annie"]
    assert Rejection.objects.get(face=refused).person == back


def test_a_name_that_somebody_else_has_by_now_is_not_taken_from_them() -> None:
    ann = make_person("Ann")
    delete_person(owner=make_user(), person=ann)
    make_person("ann")
    with pytest.raises(ValidationError, match="called Ann already"):
        undo_last()


def test_nothing_is_undone_twice() -> None:
    face = make_face(make_photo())
    label(face, person=make_person())
    event = LabelEvent.objects.get()
    undo_event(owner=make_user(), event=event)
    with pytest.raises(ValidationError, match="undone already"):
        undo_event(owner=make_user(), event=event)


def test_an_undoing_is_not_undone() -> None:
    label(make_face(make_photo()), person=make_person())
    undo_last()
    with pytest.raises(ValidationError, match="cannot be undone"):
        undo_event(owner=make_user(), event=LabelEvent.objects.get(verb="undo"))


def test_pages_offer_what_can_be_undone() -> None:
    assert set(LabelEvent.UNDOABLE) == set(UNDO)


def test_what_was_said_again_since_is_not_taken_for_the_old_word() -> None:
    ann, face = make_person(), make_face(make_photo())
    label(face, person=ann)
    first = LabelEvent.objects.get()
    unassign_faces(owner=make_user(), faces=rows(face))
    label(face, person=ann)
    with pytest.raises(ValidationError, match="changed since"):
        undo_event(owner=make_user(), event=first)
    assert person_of(face) == ann


def test_what_could_not_be_undone_can_be_later() -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    face = make_face(make_photo(), person=ann)
    label(face, person=bob)
    event = LabelEvent.objects.get()
    delete_person(owner=make_user(), person=ann)
    with pytest.raises(ValidationError, match="deleted"):
        undo_event(owner=make_user(), event=event)
    undo_event(owner=make_user(), event=LabelEvent.objects.get(verb="delete-person"))
    undo_event(owner=make_user(), event=event)
    assert person_of(face) == Person.objects.get(name="Ann")


def test_a_deleted_face_comes_back_with_what_it_is_not() -> None:
    ann, face = make_person(), make_face(make_photo())
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    dismiss_faces(owner=make_user(), faces=rows(face))
    undo_last()
    assert Rejection.objects.get(person=ann).face_id == face.pk


def test_an_owner_who_has_undone_something_can_be_deleted() -> None:
    label(make_face(make_photo()), person=make_person())
    undo_last()
    make_user().delete()
    assert not LabelEvent.objects.exists()


def test_a_rejection_that_a_label_has_withdrawn_is_not_taken_back_before_the_label() -> None:
    ann, face = make_person("Ann"), make_face(make_photo())
    reject_person(owner=make_user(), faces=rows(face), person=ann)
    event = LabelEvent.objects.get()
    label(face, person=ann)
    with pytest.raises(ValidationError):
        undo_event(owner=make_user(), event=event)
    undo_last()
    undo_event(owner=make_user(), event=event)
    assert (person_of(face), Rejection.objects.count()) == (None, 0)


@pytest.mark.parametrize("act", ["label", "reject", "dismiss"])
def test_undoing_asks_the_database_as_often_for_many_faces(
    act: str, django_assert_max_num_queries: Any
) -> None:
    ann, photo = make_person("Ann"), make_photo()
    faces = [make_face(photo, box=Box(0.01 * n, 0.1, 0.005, 0.1)) for n in range(40)]
    for face in faces:
        make_guess(face, classified=ann, probability=0.5 + face.pk % 40 / 100)
    if act == "label":
        label(*faces, person=ann)
    elif act == "reject":
        label(*faces, person=ann)
        reject_person(owner=make_user(), faces=rows(*faces), person=ann)
    else:
        dismiss_faces(owner=make_user(), faces=rows(*faces))
    with django_assert_max_num_queries(36):
        outcome = undo_last()
    assert len(outcome.changed) == len(faces)


def test_a_deleted_cover_stands_for_its_person_again_unless_another_was_chosen() -> None:
    ann = make_person()
    face, other = make_face(person=ann), make_face(person=ann)
    for chosen_since, cover in ((None, face), (other, other)):
        change_person(owner=make_user(), person=ann, cover=face)
        dismissed = dismiss_faces(owner=make_user(), faces=rows(face)).event
        assert dismissed
        ann.refresh_from_db()
        assert ann.cover is None
        if chosen_since:
            change_person(owner=make_user(), person=ann, cover=chosen_since)
        undo_event(owner=make_user(), event=dismissed)
        ann.refresh_from_db()
        assert ann.cover == cover


def test_a_deleted_person_is_guessed_again_once_the_deletion_is_undone() -> None:
    ann = make_person()
    guess = make_guess(make_face(), classified=ann)
    before = opinions(guess)
    delete_person(owner=make_user(), person=ann)
    assert opinions(guess) != before
    undo_last()
    assert opinions(guess) == before
