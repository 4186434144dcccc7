"""A made-up library in the database, as large as one likes."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from faces.recognition.evaluation.matrices import KnownFaces

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from photos.models import Library, Photo

BATCH = 5_000  # rows written at a time
FIRST_PHOTO = datetime(2005, 1, 1, tzinfo=UTC)
BETWEEN_PHOTOS = timedelta(hours=1)


def store_photos(
    library: "Library", count: int, *, apart: timedelta = BETWEEN_PHOTOS
) -> "list[Photo]":
    """Write so many scanned photos, taken one after the other; they have no files."""
    from django.utils import timezone

    from photos.models import Photo

    now = timezone.now()
    return Photo.objects.bulk_create(
        [
            Photo(
                library=library,
                path=f"{number}.jpg",
                size=1,
                modified_ns=1,
                width=4000,
                height=3000,
                state=Photo.State.SCANNED,
                scanned_at=now,
                taken_at=FIRST_PHOTO + number * apart,
            )
            for number in range(count)
        ],
        batch_size=BATCH,
    )


def store_library(owner: "User", faces: KnownFaces, labels: NDArray[np.int64]) -> "Library":
    """Write faces (n) with their photos, people and ``labels`` (n,), 0 for none, and return them.

    Photos and crops have no files.
    """
    from django.db import connection
    from django.utils import timezone

    from faces.models import Embedding, Face, Person
    from photos.models import Library

    library = Library.objects.create(owner=owner, name="Made up", path="/made-up")
    now = timezone.now()
    ids, photo_of_face = np.unique(faces.photos, return_inverse=True)
    photos = store_photos(library, len(ids))
    names = np.unique(labels[labels != 0]).tolist()
    people = Person.objects.bulk_create(
        [Person(owner=owner, name=f"Person {name}") for name in names], batch_size=BATCH
    )
    person_of = dict(zip(names, people, strict=True))
    places = np.random.default_rng(0).uniform(0, 0.8, size=(len(faces), 2)).tolist()
    rows = Face.objects.bulk_create(
        [
            Face(
                photo=photos[photo],
                person=person_of.get(label),
                labelled_at=now if label else None,
                left=left,
                top=top,
                width=0.1,
                height=0.15,
                detector="made-up",
                detector_score=1.0,
                size_px=300,
                sharpness=300.0,
                exposure=0.9,
                quality=0.9,
                seen_at=now,
            )
            for photo, label, (left, top) in zip(
                photo_of_face.tolist(), labels.tolist(), places, strict=True
            )
        ],
        batch_size=BATCH,
    )
    for start in range(0, len(rows), BATCH):
        Embedding.objects.bulk_create(
            Embedding(face=face, owner=owner, model=faces.model, vector=vector)
            for face, vector in zip(
                rows[start : start + BATCH], faces.embeddings[start : start + BATCH], strict=True
            )
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself within a minute
    return library


def store_guesses(owner: "User", identities: NDArray[np.int64]) -> None:
    """Write a training that guesses of each unlabelled face whom it shows.

    ``identities`` (n,) are those of the faces in their order, 0 for somebody who is seen too
    seldom; these are taken for anybody, so that every face is guessed to be somebody.
    """
    from django.db import connection
    from django.utils import timezone

    from faces.models import Face, Guess, Person, Training

    training = Training.objects.create(
        owner=owner, embedding_model="made-up", is_current=True, finished_at=timezone.now()
    )
    people = list(Person.objects.filter(owner=owner).order_by("pk"))
    person_of = {person.name: person for person in people}
    random = np.random.default_rng(0)
    probabilities = random.beta(6, 1, len(identities)).tolist()
    faces = Face.objects.filter(photo__library__owner=owner).order_by("pk").iterator()
    Guess.objects.bulk_create(
        (
            Guess(
                training=training,
                face=face,
                cluster_person=person,
                cluster_probability=probability,
                class_person=person,
                class_probability=probability,
            )
            for face, identity, probability in zip(
                faces, identities.tolist(), probabilities, strict=True
            )
            if face.person_id is None
            for person in [
                person_of.get(f"Person {identity}") or people[int(random.integers(len(people)))]
            ]
        ),
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
