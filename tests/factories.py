"""Rows for tests: plain functions, the cast is Alice (owner), Bob and Charlie (a stranger)."""

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.utils import timezone

from faces.models import (
    Embedding,
    Evaluation,
    Face,
    Guess,
    PeopleGroup,
    Person,
    Question,
    Training,
)
from faces.recognition.geometry import Box
from photos.models import Library, Photo

MODEL = "dlib-resnet-128"
_numbers = count(1)


def make_user(name: str = "alice", *, is_staff: bool = False) -> User:
    """A user whose password is ``password``."""
    existing = User.objects.filter(username=name).first()
    return existing or User.objects.create_user(name, password="password", is_staff=is_staff)


def make_library(owner: User | None = None, path: Path | str | None = None) -> Library:
    """A library; without a path, of a folder that does not exist."""
    place = str(path) if path else f"/nowhere/{next(_numbers)}"
    return Library.objects.create(owner=owner or make_user(), name="Pictures", path=place)


def make_photo(library: Library | None = None, **fields: Any) -> Photo:
    """A scanned photo."""
    defaults = {
        "path": f"photo-{next(_numbers)}.jpg",
        "size": 1000,
        "modified_ns": 1,
        "width": 600,
        "height": 400,
        "state": Photo.State.SCANNED,
        "scanned_at": timezone.now(),
    }
    return Photo.objects.create(library=library or make_library(), **(defaults | fields))


def make_face(
    photo: Photo | None = None,
    *,
    person: Person | None = None,
    box: Box | None = None,
    vector: Any = None,
    **fields: Any,
) -> Face:
    """A face, with an embedding if a vector is given."""
    place = box or Box(0.1, 0.1, 0.2, 0.3)
    defaults = {
        "detector": "dlib-hog",
        "detector_score": 1.0,
        "size_px": 100,
        "sharpness": 200.0,
        "exposure": 1.0,
        "quality": 0.9,
        "seen_at": timezone.now(),
        "labelled_at": timezone.now() if person else None,
    }
    face = Face(photo=photo or make_photo(), person=person, **(defaults | fields))
    face.box = place
    face.save()
    if vector is not None:
        make_embedding(face, vector)
    return face


def make_embedding(face: Face, vector: Any, model: str = MODEL) -> Embedding:
    """What a model makes of a face."""
    return Embedding.objects.create(
        face=face,
        owner=face.photo.library.owner,
        model=model,
        vector=np.asarray(vector, np.float32),
    )


def make_person(name: str = "Ann", owner: User | None = None) -> Person:
    """A person; with an empty name, an unknown one."""
    return Person.objects.create(owner=owner or make_user(), name=name)


def make_training(owner: User | None = None) -> Training:
    """A training whose guesses stand."""
    return Training.objects.create(
        owner=owner or make_user(),
        embedding_model=MODEL,
        is_current=True,
        finished_at=timezone.now(),
    )


def make_guess(
    face: Face,
    *,
    cluster: Person | None = None,
    classified: Person | None = None,
    probability: float = 0.9,
) -> Guess:
    """A guess of the owner's current training, made if there is none."""
    owner = face.photo.library.owner
    training = Training.objects.filter(owner=owner, is_current=True).first()
    return Guess.objects.create(
        training=training or make_training(owner),
        face=face,
        cluster_person=cluster,
        cluster_probability=probability if cluster else None,
        class_person=classified,
        class_probability=probability if classified else None,
    )


def make_group(*people: Person, name: str = "Family", owner: User | None = None) -> PeopleGroup:
    """A group of these people."""
    group = PeopleGroup.objects.create(owner=owner or make_user(), name=name)
    group.people.set(people)
    return group


def make_question(one: Person, other: Person, *, settles: float = 1.0, **fields: Any) -> Question:
    """A question that nobody has answered."""
    return Question.objects.create(
        owner=one.owner,
        one=one,
        other=other,
        settles=settles,
        **{"probability": 0.9, "features": [1.0, 1.0, 1.0, 1.0, 1.0]} | fields,
    )


def make_evaluation(owner: User | None = None, **report: Any) -> Evaluation:
    """An evaluation of 10 labels of two people."""
    found: dict[str, Any] = {
        "labels": 10,
        "people": 2,
        "labels_needed": 0,
        "hold_out": {
            "labels": 9,
            "right": 7,
            "wrong": 1,
            "open": 1,
            "only_labels": 1,
            "only_named": 0,
        },
        "calibration": {
            "error": 0.05,
            "bins": [{"probability": 0.95, "right": 0.9, "guesses": 9}],
        },
        "suspicious": [],
    }
    return Evaluation.objects.create(
        owner=owner or make_user(),
        embedding_model=MODEL,
        parameters={"embedding_model": MODEL, "classifier": "knn", "min_probability": 0.5},
        report=found | report,
    )
