"""Place: new faces among persons, named and unknown, until the next Train."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from faces.actions.locking import lock_owner
from faces.actions.training import Report, classified, parameters_of
from faces.arrays import (
    FaceMatrix,
    GuessMatrix,
    Ints,
    fitted_of,
    load_bearings,
    load_faces,
    load_rejections,
    load_some_faces,
    load_standing_people,
    nearest_faces,
    of_people,
    only_of,
    rows_of,
    save_guesses,
)
from faces.models import Face, Guess, Training
from faces.queries.near import faces_beside, has_named, people_around, some_faces_of
from faces.recognition.bearings import Bearings
from faces.recognition.classification import NOBODY as NO_PERSON
from faces.recognition.classification import Fitted
from faces.recognition.clustering import place_faces, rejected_pairs
from faces.recognition.metrics import fitted_metric

LONGEST_PHOTO = timedelta(minutes=10)
# So many times the new faces there must be for them to be placed by what is around them; among
# fewer it is quicker to look at all (`make bench-train`).
MANY_TIMES = 200
# Of each new face so many neighbours are looked at, and so many people among them; so many new
# faces at a time.
NEIGHBOURS, PEOPLE, AT_A_TIME = 200, 20, 50
# Of the nearest people so many faces each by label and by each opinion, of the others fewer: with
# 300 of all, one probability in ten is another by more than 0.02.
LIKELY, FACES_OF_LIKELY, FACES_OF_OTHERS = 3, 1_000, 100
PLACED_AT = "placed_at"  # in a training's metrics, in seconds since 1970


def place_new_faces(*, owner: User, report: Report) -> int:
    """Guess who the faces are that were found since Train or the last Place; return how many.

    The guesses join those of the standing training; all others stay as they are. ``report`` is
    called with (stage, done, total) and may raise; what is placed until then stays so. A few new
    faces are placed by what lies around them in a large library, many by looking at all faces.
    """
    training = Training.objects.defer("clusters").filter(owner=owner, is_current=True).first()
    if training is None:
        return 0
    looking = partial(report, "Comparing new faces with those known")
    looking(0, 1)
    began, bearings = timezone.now(), load_bearings(training)
    new = _new_faces(training, bearings)
    placed = 0
    if bearings is not None and _is_enough(bearings, training, len(new)):
        for start in range(0, len(new), AT_A_TIME):
            some = new[start : start + AT_A_TIME]
            surroundings = _around(training, bearings, some)
            placed += _place(training, surroundings, some, partial(looking, start, len(new)))
    elif new:
        placed = _place(training, _all(training), new, partial(looking, 0, 1))
    if placed:
        _note(training, began)
        report("Done", 1, 1)
    return placed


@dataclass(frozen=True)
class _Surroundings:
    """Faces to place new ones among, all of an owner's or some; those are without what is fitted.

    ``people`` (n,) are who each is so far, by label or by cluster; ``strangers`` are rows.
    """

    faces: FaceMatrix
    people: Ints
    strangers: Ints | None = None
    fitted: Fitted | None = None


def _new_faces(training: Training, bearings: Bearings | None) -> list[int]:
    """Return the unlabelled faces that neither Train nor Place has compared."""
    placed_at = training.metrics.get(PLACED_AT)
    since = training.started_at
    if placed_at is not None:
        since = datetime.fromtimestamp(placed_at, tz=UTC)
    # A face's row is seen when its photo is done, some time after the face was found.
    found = Face.objects.filter(
        found_at__gt=training.started_at - LONGEST_PHOTO,
        photo__library__owner=training.owner_id,
        person=None,
    )
    later = Q(found_at__gt=since)
    # What was drawn, or brought back, can be compared when its photo has been looked into again.
    earlier = ~later & Q(seen_at__gt=since - LONGEST_PHOTO)
    guessed = Exists(Guess.objects.filter(training=training, face=OuterRef("pk")))
    before = found.filter(earlier & ~guessed).values_list("pk", flat=True)
    # Whoever comes back by an undo has the number of before, which Train may have seen.
    new = {*found.filter(later).values_list("pk", flat=True)}
    return sorted(new.union(before if bearings is None else bearings.unseen(before)))


def _is_enough(bearings: Bearings, training: Training, new: int) -> bool:
    """Return whether new faces can be placed by what lies around them, and quicker so."""
    if fitted_metric(training.embedding_model) is None:
        return False  # it is found from all faces
    if bearings.calibration is None and has_named(training.owner_id):
        return False  # nobody had a label when it would have been fitted
    return new * MANY_TIMES <= bearings.faces


def _all(training: Training) -> _Surroundings:
    faces = load_faces(training.owner_id, training.embedding_model)
    return _Surroundings(faces, load_standing_people(training.owner_id, faces, nobody=NO_PERSON))


def _around(training: Training, bearings: Bearings, new: list[int]) -> _Surroundings:
    """Return the new faces, those of the people whom they may be, and those of their photos."""
    owner, model = training.owner_id, training.embedding_model
    embeddings = load_some_faces(owner, model, new).embeddings
    near, _ = nearest_faces(owner, model, embeddings, NEIGHBOURS)
    beside = faces_beside(new)
    around = people_around(training, near.tolist(), PEOPLE)
    likely = {person for row in around for person in row[:LIKELY]}
    people = likely.union(*around, *people_around(training, [[face] for face in beside], PEOPLE))
    members = some_faces_of(training, likely, FACES_OF_LIKELY)
    members += some_faces_of(training, people - likely, FACES_OF_OTHERS)
    strangers, others = bearings.strangers.tolist(), bearings.class_strangers.tolist()
    faces = load_some_faces(owner, model, [*new, *beside, *members, *strangers, *others])
    standing = load_standing_people(owner, faces, nobody=NO_PERSON)
    return _Surroundings(
        # Of anybody else, only a few are there by chance.
        of_people(faces, people, nobody=NO_PERSON),
        only_of(standing, people, nobody=NO_PERSON),
        rows_of(faces, strangers),
        fitted_of(faces, bearings),
    )


def _place(
    training: Training, among: _Surroundings, new: list[int], looking: Callable[[], None]
) -> int:
    """Guess who the new faces are; return how many of them can be compared."""
    faces, parameters = among.faces, parameters_of(training)
    looking()
    rows = rows_of(faces, new)
    if len(rows) == 0:
        return 0
    rejected = load_rejections(training.owner_id, faces)
    placed, probabilities = place_faces(
        faces.embeddings,
        faces.photos,
        among.people,
        rows,
        nobody=NO_PERSON,
        model=training.embedding_model,
        apart=rejected_pairs(among.people, rejected, nobody=NO_PERSON),
        core=parameters.cluster_core,
        strangers=among.strangers,
        keep_going=looking,
    )
    looking()
    classes, _ = classified(
        training.owner, faces, rejected, parameters, fitted=among.fitted, keep_going=looking
    )
    with transaction.atomic():
        lock_owner(training.owner)
        if not Training.objects.filter(pk=training.pk, is_current=True).exists():
            return 0
        compared = faces.faces[rows].tolist()
        Guess.objects.filter(training=training, face__in=compared).delete()
        save_guesses(
            training, GuessMatrix(faces.faces[rows], placed, probabilities, classes.of(rows))
        )
        _keep_once_in_photo(training, compared)
    return len(rows)


def _note(training: Training, began: datetime) -> None:
    """Note when the last Place began; it and Train are the only ones to write to the row."""
    training.metrics[PLACED_AT] = began.timestamp()
    Training.objects.filter(pk=training.pk).update(metrics=training.metrics)


def _keep_once_in_photo(training: Training, new: list[int]) -> None:
    """Take back what says of a new face that it is who another face of its photo is guessed to be.

    Among the new faces classification sees to it, but labels may have moved it since Train.
    """
    standing = Guess.objects.filter(
        training=training,
        face__photo=OuterRef("face__photo"),
        face__person=None,
        class_person=OuterRef("class_person"),
    ).exclude(face__in=new)
    # At another moment of a video it may be the same person.
    standing = standing.filter(
        Q(face__time_offset=None) | Q(face__time_offset=OuterRef("face__time_offset"))
    )
    Guess.objects.filter(Exists(standing), training=training, face__in=new).update(
        class_person=None, class_probability=None
    )
    Guess.objects.filter(
        training=training, face__in=new, cluster_person=None, class_person=None, runner_up=None
    ).delete()
