"""Writers that do all at once what Kith does, each as long as it is told to."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from faces.actions.deleting import delete_person
from faces.actions.labelling import dismiss_faces, label_faces, reject_person, unassign_faces
from faces.actions.locking import lock_owner
from faces.actions.merging import merge_people, split_person
from faces.actions.people import change_person
from faces.actions.undoing import undo_event
from faces.models import Face, Guess, LabelEvent, Person, Training
from photos.models import Library, Photo
from tests.factories import MODEL, make_face, make_photo, make_user

LONGEST_TRANSACTION = 0.7  # seconds
# Somebody else was quicker.
REFUSALS = (ValidationError, ObjectDoesNotExist, IntegrityError, OperationalError)


class Writer:
    """Does one of its things after the other until the end; counts what was done and refused."""

    def __init__(self, name: str, libraries: Sequence[Library], seed: int) -> None:
        self.name, self.libraries, self.random = name, libraries, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.owner = make_user()
        self.errors: list[BaseException] = []

    def start(self, until: float) -> Thread:
        thread = Thread(target=self._work, args=(until,))
        thread.start()
        return thread

    def _work(self, until: float) -> None:
        try:
            while time.monotonic() < until:
                act = self.random.choice(ACTS[self.name])
                try:
                    act(self)
                    self.done["done"] += 1
                except REFUSALS:
                    self.done["refused"] += 1
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def faces(self, most: int = 5) -> Any:
        ids = list(Face.objects.values_list("pk", flat=True))
        return Face.objects.filter(pk__in=self.random.sample(ids, min(most, len(ids))))

    def photos(self, most: int = 5) -> Any:
        ids = list(Photo.objects.values_list("pk", flat=True))
        return Photo.objects.filter(pk__in=self.random.sample(ids, min(most, len(ids))))

    def people(self, number: int) -> list[Person]:
        there = list(Person.objects.all())
        if len(there) < number:
            raise Person.DoesNotExist
        return self.random.sample(there, number)


def scan(writer: Writer) -> None:
    library = writer.random.choice(writer.libraries)
    photo = make_photo(library, state="pending", scanned_at=None)
    Photo.objects.filter(pk=photo.pk).update(claimed_by=1, attempts=1)
    with transaction.atomic():
        for _ in range(writer.random.randrange(4)):
            make_face(photo)
        Photo.objects.filter(pk=photo.pk).update(
            state="scanned", claimed_by=None, scanned_at=timezone.now()
        )


def rescan(writer: Writer) -> None:
    writer.faces(10).update(seen_at=timezone.now(), quality=writer.random.random())


def move(writer: Writer) -> None:
    writer.photos(2).update(library=writer.random.choice(writer.libraries))


def remove(writer: Writer) -> None:
    writer.photos(1).delete()


def label(writer: Writer) -> None:
    name = writer.random.choice(["Ann", "Bob", "Cid", "Dora", "Eve"])
    label_faces(owner=writer.owner, faces=writer.faces(), name=name)


def unlabel(writer: Writer) -> None:
    unassign_faces(owner=writer.owner, faces=writer.faces())


def reject(writer: Writer) -> None:
    reject_person(owner=writer.owner, faces=writer.faces(), person=writer.people(1)[0])


def dismiss(writer: Writer) -> None:
    dismiss_faces(owner=writer.owner, faces=writer.faces(2))


def undo(writer: Writer) -> None:
    event = LabelEvent.objects.filter(undone_by=None).exclude(verb="undo").latest("id")
    undo_event(owner=writer.owner, event=event)


def merge(writer: Writer) -> None:
    one, other = writer.people(2)
    merge_people(owner=writer.owner, people=[one], into=other)


def split(writer: Writer) -> None:
    person = writer.people(1)[0]
    some = list(Face.objects.filter(person=person).values_list("pk", flat=True)[:2])
    faces = Face.objects.filter(pk__in=some)
    split_person(owner=writer.owner, faces=faces, person=person)


def rename(writer: Writer) -> None:
    name = f"Somebody {writer.random.random():.6f}"
    change_person(owner=writer.owner, person=writer.people(1)[0], name=name)


def forget(writer: Writer) -> None:
    delete_person(owner=writer.owner, person=writer.people(1)[0])


def train(writer: Writer) -> None:
    """Write guesses aside and let them stand, as Train does."""
    with transaction.atomic():
        lock_owner(writer.owner)
        training = Training.objects.create(owner=writer.owner, embedding_model=MODEL)
        people = list(Person.objects.all()) or [Person.objects.create(owner=writer.owner)]
        Guess.objects.bulk_create(
            Guess(
                training=training,
                face_id=face,
                class_person=writer.random.choice(people),
                class_probability=writer.random.random(),
            )
            for face in Face.objects.select_for_update().values_list("pk", flat=True)
            if writer.random.random() < 0.7
        )
        Training.objects.filter(owner=writer.owner, is_current=True).update(is_current=False)
        Training.objects.filter(pk=training.pk).update(is_current=True)
        Guess.objects.exclude(training=training).delete()


def commit_late(writer: Writer) -> None:
    """Write at once, and let it be seen only when others have written more; or never."""
    with transaction.atomic():
        person = Person.objects.create(owner=writer.owner)
        photo = make_photo(writer.random.choice(writer.libraries))
        time.sleep(writer.random.random() * LONGEST_TRANSACTION)
        make_face(photo, person=person)
        with transaction.atomic():
            make_face(photo)
            transaction.set_rollback(writer.random.random() < 0.3)
        transaction.set_rollback(writer.random.random() < 0.3)


ACTS: dict[str, list[Callable[[Writer], None]]] = {
    "scans": [scan, scan, scan, rescan, move, remove],
    "words": [label, label, unlabel, reject, dismiss, undo],
    "people": [merge, split, rename, forget, train, label],
    "late": [commit_late],
}
