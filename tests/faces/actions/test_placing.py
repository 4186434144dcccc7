"""Place: new faces get guesses at once, the others keep theirs."""

import pytest

from faces.actions.placing import place_new_faces
from faces.actions.training import TrainingParameters, train
from faces.models import Face, Guess, Person
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
