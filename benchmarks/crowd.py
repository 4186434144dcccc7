"""A library as a large archive may be after years: a million faces, and all that was said of them.

Whoever is seen most has a name, and more than half of these faces are labelled; others are guessed.
Of the rest some are named, those seen three times or oftener are unknown persons, and some of these
are hidden. There are rejections, dismissals, questions and a history. Photos have no files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import (
    MODEL,
    Looks,
    crowded_library,
    joined_matrices,
    looks_of,
    made_up_library,
)
from benchmarks.stored import BATCH, FIRST_PHOTO, copy_columns, store_copies
from faces.recognition.evaluation.matrices import read_matrix

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model

Ints = NDArray[np.int64]

SOURCE_FACES = 20_000  # made up to draw looks from, where there are no matrices
YEARS, UNDATED = 20, 0.02
# Of people: the first so many have names, and of the others some; hidden are some of the unknown.
NAMED, NAMED_OTHERS, HIDDEN = 0.1, 0.05, 0.05
FACES_OF_UNKNOWN = 3
# Of the faces of people with names: those that are labelled; of the others those guessed.
LABELLED, GUESSED = 0.6, 0.85
DOUBTFUL, ASTRAY = 0.01, 0.005
REJECTED, DISMISSED = 0.005, 0.01
QUESTIONS, EVENTS, FACES_OF_EVENT = 300, 2_000, 20


@dataclass(frozen=True)
class Crowd:
    """How large a library is to be."""

    faces: int
    people: int
    photos: int


@dataclass(frozen=True)
class Opinions:
    """What was said and is thought of n faces; people by number from 1, and 0 for none."""

    labels: Ints  # (n,)
    clusters: Ints  # (n,)
    classes: Ints  # (n,)
    named: NDArray[np.bool_]  # (people + 1,)


def looks_from(folder: Path | None) -> Looks:
    """Return the looks of the real people of a folder's matrices; of made-up ones without any."""
    found = [read_matrix(path) for path in sorted(folder.glob("*.npz"))] if folder else []
    real = [each for each in found if each.model == MODEL]
    return looks_of(joined_matrices(real) if real else made_up_library(SOURCE_FACES))


def store_crowd(owner: "User", looks: Looks, size: Crowd, *, seed: int = 0) -> None:
    """Write a library with all that belongs to it, each table in one statement or COPY."""
    from django.db import connection

    library = crowded_library(looks, size.faces, people=size.people, photos=size.photos, seed=seed)
    random = np.random.default_rng(seed)
    opinions = _opinions(library.identities, size.people, random)
    with connection.cursor() as cursor:
        # What clients are told of changes, and foreign keys, which are right, would take longer.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
    people = _store_people(owner, opinions)
    photos = _store_photos(owner, size.photos) + library.photos
    first = _store_faces(photos, people[opinions.labels], random)
    faces = np.arange(first, first + size.faces)
    copy_columns(
        "faces_embedding",
        face_id=faces,
        owner_id=np.full(size.faces, owner.pk, dtype=np.int32),
        model=library.model,
        vector=library.embeddings,
    )
    _store_guesses(owner, faces, people[opinions.clusters], people[opinions.classes], random)
    named, everybody = people[opinions.named].tolist(), people[people > 0].tolist()
    _store_words(owner, named, sorted(set(everybody).difference(named)), faces)
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role")
        cursor.execute("SELECT faces_tally_anew(%s)", [owner.pk])
        cursor.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself, some time later


def _opinions(who: Ints, people: int, random: np.random.Generator) -> Opinions:
    """Return what is said and thought of faces of people, of whom the first are seen most."""
    numbers = np.arange(people + 1)
    named = (numbers <= people * NAMED) | (random.random(people + 1) < NAMED_OTHERS)
    seen = np.bincount(who, minlength=people + 1) >= FACES_OF_UNKNOWN
    named[0] = seen[0] = False
    count = len(who)
    labelled = named[who] & (random.random(count) < LABELLED)
    guessed = named[who] & ~labelled & (random.random(count) < GUESSED)
    together = labelled | guessed | ~named[who] & seen[who]
    astray = random.random(count) < ASTRAY
    others = random.choice(numbers[named], count)
    return Opinions(
        np.where(labelled, who, 0),
        np.where(together, np.where(astray, others, who), 0),
        np.where(guessed, who, 0),
        named,
    )


def _store_people(owner: "User", opinions: Opinions) -> Ints:
    """Write the people who are named or unknown; return (people + 1,) their ids, 0 for nobody."""
    from faces.models import Person

    together = np.bincount(opinions.clusters, minlength=len(opinions.named)) > 0
    together[0] = False
    kept = np.flatnonzero(opinions.named | together)
    hidden = np.random.default_rng(0).random(len(kept)) < HIDDEN
    rows = Person.objects.bulk_create(
        [
            Person(owner=owner, name=f"Person {number}")
            if opinions.named[number]
            else Person(owner=owner, is_hidden=is_hidden)
            for number, is_hidden in zip(kept.tolist(), hidden.tolist(), strict=True)
        ],
        batch_size=BATCH,
    )
    ids = np.zeros(len(opinions.named), dtype=np.int64)
    ids[kept] = [row.pk for row in rows]
    return ids


def _store_photos(owner: "User", count: int) -> int:
    """Write scanned photos, one taken after the other; return the id of the first."""
    from django.utils import timezone

    from photos.models import Library, Photo

    library = Library.objects.create(owner=owner, name="Made up", path="/made-up")
    first = Photo.objects.create(
        library=library, path="0.jpg", size=1, modified_ns=1, width=4000, height=3000,
        state=Photo.State.SCANNED, scanned_at=timezone.now(), taken_at=FIRST_PHOTO,
    )  # fmt: skip
    taken = f"timestamptz '{FIRST_PHOTO:%Y-%m-%d}' + number * interval '{YEARS} years' / {count}"
    store_copies(
        first,
        count - 1,
        id=f"{first.pk} + number",
        path="number || '.jpg'",
        taken_at=f"CASE WHEN share >= {UNDATED} THEN {taken} END",
    )
    _go_on(Photo)
    return first.pk


def _store_faces(photos: Ints, labels: Ints, random: np.random.Generator) -> int:
    """Write faces (n,) with the ids of their photos and of their labels; return the first's id."""
    from django.db import connection
    from django.utils import timezone

    from faces.models import Face

    now = timezone.now()
    model = Face.objects.create(
        photo_id=photos[0], left=0, top=0, width=0.1, height=0.15, detector="made-up",
        detector_score=1, size_px=300, sharpness=300, exposure=0.9, quality=0.9, seen_at=now,
    )  # fmt: skip
    doubtful = (labels == 0) & (random.random(len(labels)) < DOUBTFUL)
    made = "made_face"
    connection.cursor().execute(
        f"CREATE TEMPORARY TABLE {made} (number bigint, photo bigint, label bigint,"
        " likelihood float8)"
    )
    first = model.pk + 1
    copy_columns(
        made,
        number=np.arange(first, first + len(labels)),
        photo=photos,
        label=labels,
        likelihood=np.where(doubtful, 0.01, 1.0),
    )
    store_copies(
        model,
        len(labels),
        rows=f"(SELECT * FROM {made} LIMIT %s) AS made",
        id="made.number",
        photo_id="made.photo",
        person_id="nullif(made.label, 0)",
        labelled_at=f"CASE WHEN made.label > 0 THEN timestamptz '{now.isoformat()}' END",
        likelihood="made.likelihood",
        left="random() * 0.8",
        top="random() * 0.8",
        quality="random()",
        size_px="40 + floor(random() * 400)",
    )
    connection.cursor().execute(f"DROP TABLE {made}")
    model.delete()
    _go_on(Face)
    return first


def _store_guesses(
    owner: "User", faces: Ints, clusters: Ints, classes: Ints, random: np.random.Generator
) -> None:
    """Write a training that stands; the three (n,) are ids, people 0 where nobody is guessed."""
    from django.db import connection
    from django.utils import timezone

    from faces.models import Guess, Training

    training = Training.objects.create(
        owner=owner, embedding_model=MODEL, is_current=True, finished_at=timezone.now(),
        metrics={"faces": len(faces)},
    )  # fmt: skip
    # Of no face that is: the session checks no foreign keys, and it goes again.
    model = Guess.objects.create(training=training, face_id=faces[-1] + 1)
    made = "made_guess"
    connection.cursor().execute(
        f"CREATE TEMPORARY TABLE {made} (face bigint, cluster bigint, class bigint, likely float8)"
    )
    thought = (clusters > 0) | (classes > 0)
    copy_columns(
        made,
        face=faces[thought],
        cluster=clusters[thought],
        **{"class": classes[thought]},
        likely=random.beta(6, 1, int(thought.sum())),
    )
    store_copies(
        model,
        int(thought.sum()),
        rows=f"(SELECT * FROM {made} LIMIT %s) AS made",
        face_id="made.face",
        cluster_person_id="nullif(cluster, 0)",
        cluster_probability="CASE WHEN cluster > 0 THEN likely END",
        class_person_id="nullif(class, 0)",
        class_probability="CASE WHEN class > 0 THEN likely END",
    )
    connection.cursor().execute(f"DROP TABLE {made}")
    model.delete()


def _store_words(owner: "User", named: list[int], unknown: list[int], faces: Ints) -> None:
    """Write what else was said: rejections, deleted faces, questions, and a history."""
    from faces.models import Dismissal, Face, LabelEvent, Question, Rejection

    random = np.random.default_rng(0)
    some = random.choice(faces, int(len(faces) * REJECTED), replace=False).tolist()
    whom = random.choice(named, len(some)).tolist()
    Rejection.objects.bulk_create(
        [Rejection(face_id=face, person_id=who) for face, who in zip(some, whom, strict=True)],
        batch_size=BATCH,
    )
    gone = random.choice(faces, int(len(faces) * DISMISSED), replace=False).tolist()
    photos = Face.objects.filter(pk__in=gone).values_list("photo", flat=True)
    Dismissal.objects.bulk_create(
        [Dismissal(photo_id=each, left=0.9, top=0.9, width=0.05, height=0.05) for each in photos],
        batch_size=BATCH,
    )
    pairs = random.choice(unknown, (QUESTIONS, 2)).tolist() if unknown else []
    Question.objects.bulk_create(
        Question(
            owner=owner, one_id=one, other_id=other, probability=0.5, settles=number, features=[]
        )
        for number, (one, other) in enumerate(pairs)
        if one != other
    )
    LabelEvent.objects.bulk_create(
        LabelEvent(
            owner=owner,
            verb=LabelEvent.Verb.LABEL,
            details={
                "person": who,
                "faces": [{"face": face, "before": None} for face in some[:FACES_OF_EVENT]],
            },
        )
        for who in random.choice(named, EVENTS).tolist()
    )


def _go_on(model: "type[Model]") -> None:
    """Let new rows come after those whose ids were given."""
    from django.db import connection

    table = model._meta.db_table
    connection.cursor().execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
    )
