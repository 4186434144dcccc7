"""Place: new faces among persons, named and unknown, until the next Train."""

from datetime import timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from faces.actions.locking import lock_owner
from faces.actions.training import Report, classified, parameters_of
from faces.arrays import (
    GuessMatrix,
    load_faces,
    load_rejections,
    load_standing_people,
    rows_of,
    save_guesses,
)
from faces.models import Face, Guess, Training
from faces.recognition.classification import NOBODY as NO_PERSON
from faces.recognition.clustering import place_faces, rejected_pairs

LONGEST_PHOTO = timedelta(minutes=10)


def place_new_faces(*, owner: User, report: Report) -> int:
    """Guess who the faces are that were found since Train began; return how many there are.

    The guesses join those of the standing training; all others stay as they are. ``report`` is
    called with (stage, done, total) and may raise, which leaves everything as it was.
    """
    training = Training.objects.filter(owner=owner, is_current=True).first()
    if training is None:
        return 0
    parameters = parameters_of(training)
    looking = partial(report, "Comparing new faces with those known", 0, 1)
    looking()
    faces = load_faces(owner.pk, training.embedding_model)
    guessed = Exists(Guess.objects.filter(training=training, face=OuterRef("pk")))
    found = Face.objects.filter(photo__library__owner=owner, person=None).filter(
        # A face's row is seen when its photo is done, some time after the face was found.
        Q(found_at__gt=training.started_at)
        | Q(found_at__gt=training.started_at - LONGEST_PHOTO) & ~guessed
    )
    rows = rows_of(faces, found.values_list("pk", flat=True))
    if len(rows) == 0:
        return 0
    rejected = load_rejections(owner.pk, faces)
    people = load_standing_people(owner.pk, faces, nobody=NO_PERSON)
    placed, probabilities = place_faces(
        faces.embeddings,
        faces.photos,
        people,
        rows,
        nobody=NO_PERSON,
        model=training.embedding_model,
        apart=rejected_pairs(people, rejected, nobody=NO_PERSON),
        core=parameters.cluster_core,
        keep_going=looking,
    )
    looking()
    classes = classified(owner, faces, rejected, parameters, keep_going=looking)
    with transaction.atomic():
        lock_owner(owner)
        if not Training.objects.filter(pk=training.pk, is_current=True).exists():
            return 0
        new = faces.faces[rows].tolist()
        Guess.objects.filter(training=training, face__in=new).delete()
        save_guesses(
            training,
            GuessMatrix(
                faces.faces[rows],
                placed,
                probabilities,
                classes.of(rows),
            ),
        )
        _keep_once_in_photo(training, new)
        report("Done", 1, 1)
    return len(rows)


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
