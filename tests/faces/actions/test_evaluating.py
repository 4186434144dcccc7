"""Evaluate: hidden labels are guessed, wrong ones are found, and nothing is changed."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from faces.actions.evaluating import evaluate
from faces.actions.training import TrainingParameters
from faces.models import Evaluation, Face, Guess, LabelEvent
from faces.recognition.classification import ClassifierName
from tests.embeddings import made_up_people, press_photos
from tests.factories import MODEL, make_face, make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def no_report(stage: str, done: int, total: int) -> None:
    pass


def run(owner: User | None = None, **changes: Any) -> dict[str, Any]:
    """The report of an evaluation of Alice's labels."""
    parameters = TrainingParameters(MODEL, **changes)
    made = evaluate(owner=owner or make_user(), parameters=parameters, report=no_report)
    report: dict[str, Any] = Evaluation.objects.get(pk=made.pk).report
    return report


def labelled(*sizes: int, owner: User | None = None) -> list[list[Face]]:
    """Make people with so many labelled faces, each in a photo of its own."""
    vectors, people = made_up_people(sizes)
    library = make_library(owner)
    persons = [make_person(f"Person {n}", owner=owner) for n in range(len(sizes))]
    faces: list[list[Face]] = [[] for _ in sizes]
    for vector, person in zip(vectors, people, strict=True):
        face = make_face(make_photo(library), vector=vector, person=persons[person])
        faces[person].append(face)
    return faces


@pytest.mark.parametrize("classifier", ["knn", "svm"])
def test_hidden_labels_of_people_who_are_easy_to_tell_are_named(classifier: ClassifierName) -> None:
    labelled(5, 6, 1)
    report = run(classifier=classifier)
    assert (report["labels"], report["people"], report["labels_needed"]) == (12, 3, 0)
    hold_out = report["hold_out"]
    assert (hold_out["labels"], hold_out["right"], hold_out["wrong"]) == (11, 11, 0)
    assert (hold_out["open"], hold_out["only_labels"], hold_out["only_named"]) == (0, 1, 0)
    assert sum(each["guesses"] for each in report["calibration"]["bins"]) >= 11
    assert 0 <= report["calibration"]["error"] < 0.2
    assert report["suspicious"] == []


def test_a_higher_threshold_leaves_more_open() -> None:
    labelled(5, 6)
    hold_out = run(min_probability=1.0)["hold_out"]
    assert hold_out["open"] == 11


def test_a_label_of_the_wrong_person_is_found() -> None:
    anns, bobs = labelled(6, 6)
    wrong, ann, bob = bobs[0], anns[0].person, bobs[1].person
    Face.objects.filter(pk=wrong.pk).update(person=ann)
    assert ann and bob
    suspicious = run()["suspicious"]
    assert [each["face"] for each in suspicious] == [wrong.pk]
    assert (suspicious[0]["person"], suspicious[0]["looks_like"]) == (ann.pk, bob.pk)
    assert 0.5 <= suspicious[0]["probability"] <= 1


def test_wrong_labels_of_real_faces_are_found(shared: Path) -> None:
    embeddings, identities, _ = press_photos(shared, people=12, seed=3, at_least=8)
    library = make_library()
    persons = {int(each): make_person(f"Person {each}") for each in set(identities.tolist())}
    faces = [
        make_face(make_photo(library), vector=vector, person=persons[int(identity)])
        for vector, identity in zip(embeddings, identities, strict=True)
    ]
    wrong = {face.pk for face in faces[:: len(faces) // 5][:5]}
    for face in faces:
        if face.pk in wrong:
            other = next(each for each in persons.values() if each != face.person)
            Face.objects.filter(pk=face.pk).update(person=other)
    report = run()
    found = {each["face"] for each in report["suspicious"]}
    assert len(found & wrong) >= 4
    assert len(found - wrong) <= 1
    assert report["hold_out"]["right"] > 0.85 * report["hold_out"]["labels"]


@pytest.mark.parametrize(("sizes", "needed"), [((), 2), ((1,), 1), ((1, 1, 1), 1), ((2,), 0)])
def test_it_says_how_many_labels_are_missing(sizes: tuple[int, ...], needed: int) -> None:
    labelled(*sizes)
    make_face(vector=made_up_people([1], seed=5)[0][0])
    report = run()
    assert report["labels_needed"] == needed
    assert report["labels"] == sum(sizes)


def test_only_the_owners_faces_count() -> None:
    labelled(4, 4, owner=make_user("charlie"))
    assert run()["labels"] == 0
    assert run(make_user("charlie"))["labels"] == 8


def test_nothing_else_is_written() -> None:
    labelled(4, 4)
    before = list(Face.objects.order_by("id").values())
    run()
    assert list(Face.objects.order_by("id").values()) == before
    assert not Guess.objects.exists()
    assert not LabelEvent.objects.exists()


def test_it_can_be_ended_by_whoever_is_told_how_far_it_is() -> None:
    labelled(4, 4)
    told: list[int] = []

    def report(stage: str, done: int, total: int) -> None:
        told.append(done)
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        evaluate(owner=make_user(), parameters=TrainingParameters(MODEL), report=report)
    assert told == sorted(told)
    assert not Evaluation.objects.exists()
