"""A made-up library in the database, as large as one likes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faces.recognition.evaluation.matrices import KnownFaces

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model

    from photos.models import Library, Photo

BATCH = 5_000  # rows written at a time
# What made-up faces have in common.
MADE_UP: dict[str, Any] = {
    "width": 0.1,
    "height": 0.15,
    "detector": "made-up",
    "detector_score": 1.0,
    "size_px": 300,
    "sharpness": 300.0,
    "exposure": 0.9,
}
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
                **MADE_UP,
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


def store_copies(
    row: "Model",
    count: int,
    *,
    rows: str = "(SELECT number, random() AS share FROM generate_series(1, %s) AS number) AS made",
    **columns: str,
) -> None:
    """Write copies of a row that differ in some columns, each an expression of number and share."""
    from django.db import connection

    table = row._meta.db_table
    fields = row._meta.concrete_fields
    names = [str(each.column) for each in fields if each.column in columns or not each.primary_key]
    values = [columns.get(name, f'model."{name}"') for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    connection.cursor().execute(
        f"INSERT INTO {table} ({listed}) SELECT {', '.join(values)} "
        f"FROM {rows} CROSS JOIN (SELECT * FROM {table} WHERE id = %s) AS model",
        [count, row.pk],
    )


def copy_columns(table: str, **columns: NDArray[Any] | str) -> None:
    """Write rows by one binary COPY: numbers and vectors (n, d); a text is that of all."""
    from django.db import connection

    count = next(len(each) for each in columns.values() if not isinstance(each, str))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for start in range(0, count, BATCH):
            copy.write(_binary_rows(columns, slice(start, min(start + BATCH, count))))
        copy.write(b"\xff\xff")


def _binary_rows(columns: Mapping[str, NDArray[Any] | str], rows: slice) -> bytes:
    """Return rows as COPY reads them: how many fields, and before each its length in bytes."""
    kinds: list[tuple[Any, ...]] = [("fields", ">i2")]
    for name, values in columns.items():
        kinds.append((f"{name}_length", ">i4"))
        if isinstance(values, str):
            kinds.append((name, f"S{len(values.encode())}"))
        elif values.ndim == 2:
            kinds += [(f"{name}_dimensions", ">i2"), (f"{name}_unused", ">i2")]
            kinds.append((name, ">f4", (values.shape[1],)))
        else:
            kinds.append((name, values.dtype.newbyteorder(">")))
    made = np.zeros(rows.stop - rows.start, dtype=np.dtype(kinds))
    made["fields"] = len(columns)
    for name, values in columns.items():
        beside = 4 if not isinstance(values, str) and values.ndim == 2 else 0
        made[f"{name}_length"] = made.dtype[name].itemsize + beside
        if beside and not isinstance(values, str):
            made[f"{name}_dimensions"] = values.shape[1]
        made[name] = values.encode() if isinstance(values, str) else values[rows]
    return made.tobytes()
