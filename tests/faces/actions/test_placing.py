"""Place: new faces get guesses at once, the others keep theirs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from faces.actions import placing
from faces.actions.placing import place_new_faces
from faces.actions.training import TrainingParameters, train
from faces.models import Face, Guess, Person, Rejection, Training
from tests.embeddings import made_up_people
from tests.factories import (
    MODEL,
    make_embedding,
    make_face,
    make_library,
    make_person,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=["by what is around them", "by all faces"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds whichever way new faces are placed."""
    around = request.param == "by what is around them"
    monkeypatch.setattr(placing, "MANY_TIMES", 0 if around else 1_000_000)


def no_report(stage: str, done: int, total: int) -> None:
    pass


def make_faces(rows: slice) -> list[Face]:
    """Make a photo for each of these faces of two people, six of one and four of the other."""
    embeddings, _ = made_up_people([6, 4])
    return [make_face(make_photo(), vector=vector) for vector in embeddings[rows]]


def trained() -> None:
    train(owner=make_user(), parameters=TrainingParameters(MODEL), report=no_report)


def placed() -> int:
    return place_new_faces(owner=make_user(), report=no_report)


def test_without_a_training_nothing_is_placed() -> None:
    make_faces(slice(0, 3))
    assert placed() == 0
    assert not Guess.objects.exists()


def test_a_new_face_joins_the_unknown_person_it_fits_and_nobody_else_moves() -> None:
    make_faces(slice(0, 5))
    trained()
    before = list(Guess.objects.order_by("face").values("face", "cluster_person"))
    [new] = make_faces(slice(5, 6))
    assert placed() == 1
    guess = Guess.objects.get(face=new)
    assert guess.cluster_person == Person.objects.get(name="")
    assert guess.cluster_probability is not None
    assert guess.cluster_probability > 0.5
    others = Guess.objects.exclude(face=new).order_by("face")
    assert list(others.values("face", "cluster_person")) == before


def test_a_new_face_of_somebody_named_gets_both_opinions() -> None:
    ann = make_person()
    for face in make_faces(slice(0, 3)):
        face.person = ann
        face.save()
    make_faces(slice(6, 10))
    trained()
    [new] = make_faces(slice(3, 4))
    placed()
    guess = Guess.objects.get(face=new)
    assert (guess.cluster_person, guess.class_person) == (ann, ann)


def test_placing_twice_equals_placing_once() -> None:
    make_faces(slice(0, 5))
    trained()
    make_faces(slice(5, 7))
    assert placed() == 2
    before = list(Guess.objects.order_by("face").values("face", "cluster_person", "class_person"))
    placed()
    after = Guess.objects.order_by("face").values("face", "cluster_person", "class_person")
    assert list(after) == before


def test_faces_that_train_has_compared_in_vain_are_not_compared_again() -> None:
    make_faces(slice(0, 5))
    make_faces(slice(9, 10))
    trained()
    assert placed() == 0


def test_what_was_placed_before_is_not_placed_again() -> None:
    make_faces(slice(0, 4))
    trained()
    make_faces(slice(4, 5))
    assert placed() == 1
    [later] = make_faces(slice(5, 6))
    assert placed() == 1
    assert Guess.objects.filter(face=later).exists()


def test_a_face_is_new_by_when_it_was_found_and_not_by_its_number() -> None:
    [back, *_] = make_faces(slice(0, 6))
    trained()
    number = back.pk
    back.delete()
    [imported] = make_faces(slice(0, 1))
    Face.objects.filter(pk=imported.pk).update(found_at=datetime(2001, 1, 1, tzinfo=UTC))
    embeddings, _ = made_up_people([6, 4])
    undone = make_face(make_photo(), vector=embeddings[0], pk=number)
    assert placed() == 1
    assert Guess.objects.filter(face=undone).exists()


def test_a_face_is_placed_whoever_is_new_with_it_and_cannot_be_compared() -> None:
    make_faces(slice(0, 5))
    trained()
    for _ in range(10):
        make_face(make_photo())  # drawn by hand a moment ago
    [new] = make_faces(slice(5, 6))
    assert placed() == 1
    assert Guess.objects.filter(face=new).exists()


def test_a_face_that_was_drawn_is_placed_once_its_photo_is_looked_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placing, "LONGEST_PHOTO", timedelta(0))
    make_faces(slice(0, 4))
    trained()
    drawn = make_face(make_photo())
    make_faces(slice(4, 5))
    assert placed() == 1
    embeddings, _ = made_up_people([6, 4])
    make_embedding(drawn, embeddings[5])
    Face.objects.filter(pk=drawn.pk).update(seen_at=timezone.now())
    assert placed() == 1
    assert Guess.objects.filter(face=drawn).exists()
    assert placed() == 0


def test_a_rejected_face_is_not_placed_with_whom_it_is_not() -> None:
    ann = make_person()
    for face in make_faces(slice(0, 4)):
        face.person = ann
        face.save()
    trained()
    [new] = make_faces(slice(4, 5))
    Rejection.objects.create(face=new, person=ann)
    placed()
    assert not Guess.objects.filter(face=new, cluster_person=ann).exists()
    assert not Guess.objects.filter(face=new, class_person=ann).exists()


def test_two_new_faces_of_a_photo_are_not_one_person() -> None:
    ann = make_person()
    for face in make_faces(slice(0, 4)):
        face.person = ann
        face.save()
    trained()
    embeddings, _ = made_up_people([6, 4])
    photo = make_photo()
    for vector in embeddings[4:6]:
        make_face(photo, vector=vector)
    assert placed() == 2
    assert Guess.objects.filter(face__photo=photo, cluster_person=ann).count() == 1
    assert Guess.objects.filter(face__photo=photo, class_person=ann).count() == 1


def test_a_label_given_since_train_counts() -> None:
    faces = make_faces(slice(0, 5))
    eve = make_person("Eve")
    for face in make_faces(slice(6, 9)):
        face.person = eve
        face.save()
    trained()
    ann = make_person()
    Face.objects.filter(pk__in=[face.pk for face in faces]).update(person=ann)
    [new] = make_faces(slice(5, 6))
    placed()
    assert Guess.objects.get(face=new).class_person == ann


def test_nobody_is_in_a_photo_taken_before_their_birth() -> None:
    ann = make_person()
    ann.birth_date = date(2010, 1, 1)
    ann.save()
    for face in make_faces(slice(0, 4)):
        face.person = ann
        face.save()
    trained()
    embeddings, _ = made_up_people([6, 4])
    before = make_photo(taken_at=datetime(2009, 1, 1, tzinfo=UTC))
    new = make_face(before, vector=embeddings[4])
    placed()
    assert not Guess.objects.filter(face=new, class_person=ann).exists()
    assert not Guess.objects.filter(face=new, cluster_person=ann).exists()


def test_what_is_placed_while_another_training_takes_over_is_dropped() -> None:
    make_faces(slice(0, 5))
    trained()
    make_faces(slice(5, 6))

    def another_takes_over(stage: str, done: int, total: int) -> None:
        Training.objects.update(is_current=False)

    assert place_new_faces(owner=make_user(), report=another_takes_over) == 0


def test_other_owners_faces_are_not_seen() -> None:
    make_faces(slice(0, 5))
    trained()
    embeddings, _ = made_up_people([6, 4])
    bob = make_user("bob")
    rob, library = make_person("Rob", bob), make_library(bob)
    for vector in embeddings[6:10]:
        make_face(make_photo(library), vector=vector, person=rob)
    [new] = make_faces(slice(6, 7))
    assert placed() == 1
    assert not Guess.objects.filter(face=new).exists()


def test_a_stranger_gets_no_guess() -> None:
    make_faces(slice(0, 5))
    trained()
    [new] = make_faces(slice(9, 10))
    placed()
    assert not Guess.objects.filter(face=new, cluster_person__isnull=False).exists()


def test_nobody_is_guessed_twice_in_a_photo() -> None:
    ann = make_person()
    embeddings, _ = made_up_people([6, 4])
    for vector in embeddings[:3]:
        make_face(make_photo(), vector=vector, person=ann)
    photo = make_photo()
    standing = make_face(photo, vector=embeddings[6])
    trained()
    Guess.objects.update_or_create(
        training=Training.objects.get(),
        face=standing,
        defaults={"class_person": ann, "class_probability": 0.6},
    )
    new = make_face(photo, vector=embeddings[3])
    placed()
    assert Guess.objects.get(face=standing).class_person == ann
    assert not Guess.objects.filter(face=new, class_person=ann).exists()
