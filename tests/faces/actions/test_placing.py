"""Place: new faces get guesses at once, the others keep theirs."""

import pytest

from faces.actions.placing import place_new_faces
from faces.actions.training import TrainingParameters, train
from faces.models import Face, Guess, Person, Training
from tests.embeddings import made_up_people
from tests.factories import MODEL, make_face, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


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
    assert placed() == placed() == 2
    assert Guess.objects.count() == len(set(Guess.objects.values_list("face", flat=True)))


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
