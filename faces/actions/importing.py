"""Taking over an export of Kith's: people, faces, labels and all that was said."""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO, Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Lower

from faces.actions.finding import by_photo
from faces.actions.identifying import PhotoElsewhere, PhotoIndex
from faces.actions.importing_choices import ImportingChoices
from faces.actions.locking import lock_owner
from faces.actions.people import lowered
from faces.actions.renumbering import BATCH
from faces.actions.restoring import scan_again
from faces.arrays import unpack_vectors
from faces.exports import fields_of
from faces.interchange.forgetting import Gone, asks_for, without
from faces.interchange.kith import ExportError, Row, read, renumbered
from faces.models import (
    Dismissal,
    Embedding,
    Face,
    LabelEvent,
    Mention,
    Person,
    Question,
    Rejection,
)
from faces.queries.forgotten import forgotten_among
from faces.recognition.geometry import match_faces
from photos.models import Library, Photo


@dataclass
class Imported:
    """What came of an import."""

    photos: int = 0
    missing: list[str] = field(default_factory=list)  # paths of photos that are not here
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def import_kith(
    *,
    owner: User,
    file: IO[str],
    library: Library | None = None,
    keep_going: Callable[[], None] = lambda: None,
) -> Imported:
    """Take over an export; all of it or, when ExportError is raised, nothing.

    Photos are told by content, else by the end of their path and their size. What people have said
    here stays. Twice is once. Faces that are not known here get their embeddings by a scan.
    """
    with transaction.atomic():
        lock_owner(owner)
        importing = _Importing(owner, PhotoIndex(owner, library))
        for section, rows in groupby(read(file), key=lambda each: each[0]):
            handle = importing.handlers.get(section)
            for batch in _batches((row for _, row in rows), whole=section in BY_PHOTO):
                keep_going()
                if handle is not None and isinstance(batch[0], dict):
                    _take(handle, batch, section)
        importing.finish()
        return importing.imported


# What rows raise that are not as they should be.
DAMAGED = (
    *(KeyError, TypeError, ValueError, AttributeError),
    *(ValidationError, DataError, IntegrityError),
)


def _take(handle: Callable[[list[Row]], None], rows: list[Row], section: str) -> None:
    try:
        handle(rows)
    except DAMAGED as error:
        raise ExportError(f"The export is damaged in its {section}: {error!r}.") from None


# Sections whose rows of one photo come together.
BY_PHOTO = {"faces", "dismissals"}


def _batches(rows: Iterator[Row], *, whole: bool) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        full = len(batch) >= BATCH
        if full and not (whole and row.get("photo") == batch[-1].get("photo")):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class _Importing(ImportingChoices):
    """One import: which numbers of the export are which here."""

    def __init__(self, owner: User, index: PhotoIndex) -> None:
        super().__init__(owner)
        self.index = index
        self.imported = Imported(rows=self.rows)
        self.covers: dict[int, int] = {}
        self.forgotten = Gone()  # whom the export tells of, and who were forgotten here
        self.to_scan: set[int] = set()
        self.handlers: dict[str, Callable[[list[Row]], None]] = {
            "photos": self._photos,
            "people": self._people,
            "faces": self._faces,
            "dismissals": self._dismissals,
            "rejections": self._rejections,
            "mentions": self._mentions,
            "events": self._events,
            "questions": self._questions,
            "groups": self.take_groups,
            "searches": self._searches,
            "preferences": self.take_preferences,
            "embeddings": self._embeddings,
        }

    def _photos(self, rows: list[Row]) -> None:
        found: dict[int, int] = {}
        for row in rows:
            told = PhotoElsewhere((row["path"],), row["size"], digest=row.get("digest", ""))
            photo = self.index.find(told)
            if photo is None:
                self.imported.missing.append(row["path"])
            else:
                found[row["id"]] = photo
        here = Photo.objects.in_bulk(found.values())
        for row in rows:
            if row["id"] in found:
                photo_here = here[found[row["id"]]]
                # What is a copy here may have been the original there.
                self.numbers["photos"][row["id"]] = photo_here.original_id
                self.numbers["libraries"].setdefault(row.get("library", 0), photo_here.library_id)
                self.imported.photos += 1

    def _people(self, rows: list[Row]) -> None:
        here = Person.objects.filter(owner=self.owner)
        named = here.exclude(name="").annotate(lower=Lower("name"))
        by_name = dict(named.values_list("lower", "pk"))
        lower = lowered([row["name"] for row in rows])
        forgotten = forgotten_among(self.owner.pk, set(lower))
        self.forgotten.people.update(row["id"] for row in rows if row["name"] in forgotten)
        self.forgotten.names.update(name.casefold() for name in forgotten)
        rows = [row for row in rows if row["name"] not in forgotten]
        unnamed = {each.created_at.isoformat(): each.pk for each in here.filter(name="")}
        fresh = []
        for row in rows:
            name = row["name"]
            known = by_name.get(lower[name]) if name else unnamed.get(row["created_at"])
            if known is None:
                fresh.append((row, self.made(Person, row, owner=self.owner, cover=None)))
            else:
                self.numbers["people"][row["id"]] = known
        self.store("people", fresh)
        for row, person in fresh:
            if row.get("cover"):
                self.covers[person.pk] = row["cover"]

    def _faces(self, rows: list[Row]) -> None:
        self.forgotten.faces.update(
            row["id"] for row in rows if row["person"] in self.forgotten.people
        )
        rows = [row for row in rows if row["person"] not in self.forgotten.people]
        rows = [row for row in rows if row["photo"] in self.numbers["photos"]]
        photos = {self.numbers["photos"][row["photo"]] for row in rows}
        here = by_photo(Face.objects.filter(photo__in=photos).order_by("pk").select_for_update())
        rejected = _rejected_here(here)
        dismissed = by_photo(Dismissal.objects.filter(photo__in=photos))
        known: list[Face] = []
        fresh: list[tuple[Row, Any]] = []
        for number, some in groupby(rows, key=lambda row: row["photo"]):
            listed = [(row, self._face(row)) for row in some]
            there = here.get(self.numbers["photos"][number], [])
            pairs = dict(
                match_faces([face.box for face in there], [face.box for _, face in listed])
            )
            again = {new: there[old] for old, new in pairs.items()}
            gone = [each.box for each in dismissed.get(self.numbers["photos"][number], [])]
            away = {new for _, new in match_faces(gone, [face.box for _, face in listed])}
            for index, (row, face) in enumerate(listed):
                if index in again:
                    known.append(_put_over(again[index], face, rejected))
                    self.numbers["faces"][row["id"]] = again[index].pk
                elif index not in away:
                    fresh.append((row, face))
        columns = [each.attname for each in fields_of(Face) if each.name not in ("id", "photo")]
        Face.objects.bulk_update(known, columns, batch_size=BATCH)
        self.store("faces", fresh)
        self.rows["faces"] += len(known)
        self.to_scan |= {face.photo_id for _, face in fresh}

    def _face(self, row: Row) -> Face:
        face: Face = self.made(
            Face,
            row,
            photo_id=self.numbers["photos"][row["photo"]],
            person_id=self.numbers["people"].get(row["person"] or 0),
        )
        return face

    def _dismissals(self, rows: list[Row]) -> None:
        rows = [row for row in rows if row["photo"] in self.numbers["photos"]]
        photos = {self.numbers["photos"][row["photo"]] for row in rows}
        here = by_photo(Dismissal.objects.filter(photo__in=photos))
        taken = set(self.numbers["faces"].values())
        free = Face.objects.filter(photo__in=photos, person=None, rejections=None)
        faces = by_photo(face for face in free if face.pk not in taken)
        fresh = []
        for row in rows:
            photo = self.numbers["photos"][row["photo"]]
            dismissal = self.made(Dismissal, row, photo_id=photo)
            if all(each.box.corners != dismissal.box.corners for each in here.get(photo, [])):
                fresh.append((row, dismissal))
            beside = faces.get(photo, [])
            for index, _ in match_faces([face.box for face in beside], [dismissal.box]):
                beside.pop(index).delete()
        self.store("dismissals", fresh)

    def _rejections(self, rows: list[Row]) -> None:
        faces, people = self.numbers["faces"], self.numbers["people"]
        told = [
            (row, faces[row["face"]], people[row["person"]])
            for row in rows
            if row["face"] in faces and row["person"] in people
        ]
        known = set(
            Rejection.objects.filter(face__in=[face for _, face, _ in told]).values_list(
                "face_id", "person_id"
            )
        )
        labels = dict(
            Face.objects.filter(pk__in=[face for _, face, _ in told]).values_list("pk", "person_id")
        )
        self.store(
            "rejections",
            [
                (row, self.made(Rejection, row, face_id=face, person_id=person))
                for row, face, person in told
                if (face, person) not in known and labels[face] != person
            ],
        )

    def _mentions(self, rows: list[Row]) -> None:
        forgotten = forgotten_among(self.owner.pk, {row["name"] for row in rows})
        rows = [row for row in rows if row["photo"] in self.numbers["photos"]]
        rows = [row for row in rows if row["name"] not in forgotten]
        rows = [row for row in rows if row["person"] not in self.forgotten.people]
        photos = {self.numbers["photos"][row["photo"]] for row in rows}
        known = {_words(each) for each in Mention.objects.filter(photo__in=photos)}
        made = [
            (
                row,
                self.made(
                    Mention,
                    row,
                    photo_id=self.numbers["photos"][row["photo"]],
                    face_id=self.numbers["faces"].get(row["face"] or 0),
                    person_id=self.numbers["people"].get(row["person"] or 0),
                ),
            )
            for row in rows
        ]
        # A scan here may have read the same from the file.
        self.store("mentions", [each for each in made if _words(each[1]) not in known])

    def _events(self, rows: list[Row]) -> None:
        moments = [row["created_at"] for row in rows]
        here = LabelEvent.objects.filter(owner=self.owner, created_at__in=moments)
        known = {(each.verb, each.created_at.isoformat()): each.pk for each in here}
        for row in rows:
            number = known.get((row["verb"], row["created_at"]))
            if number is not None:
                self.numbers["events"][row["id"]] = number
                continue
            event = self.made(
                LabelEvent,
                row,
                owner=self.owner,
                details=renumbered(without(row["details"], self.forgotten), self.number),
                undoes_id=self.numbers["events"].get(row["undoes"] or 0),
            )
            self.store("events", [(row, event)])

    def _questions(self, rows: list[Row]) -> None:
        known = set(
            Question.objects.filter(owner=self.owner).values_list("one", "other", "probability")
        )
        people = self.numbers["people"]
        fresh = []
        for row in rows:
            if not self.forgotten.people.isdisjoint((row["one"], row["other"])):
                continue
            one, other = people.get(row["one"] or 0), people.get(row["other"] or 0)
            question = self.made(
                Question,
                row,
                owner=self.owner,
                one_id=one,
                other_id=other,
                event_id=self.numbers["events"].get(row["event"] or 0),
            )
            if (one, other, question.probability) not in known:
                fresh.append((row, question))
        self.store("questions", fresh)

    def _searches(self, rows: list[Row]) -> None:
        self.take_searches(
            [row for row in rows if not asks_for(row["query"], self.forgotten.people)]
        )

    def _embeddings(self, rows: list[Row]) -> None:
        faces = self.numbers["faces"]
        known = set(
            Embedding.objects.filter(
                face__in=[faces[row["face"]] for row in rows if row["face"] in faces]
            ).values_list("face_id", "model")
        )
        Embedding.objects.bulk_create(
            Embedding(
                face_id=faces[row["face"]],
                owner=self.owner,
                model=row["model"],
                vector=unpack_vectors(base64.b64decode(row["vector"]), 1)[0],
            )
            for row in rows
            if row["face"] in faces and (faces[row["face"]], row["model"]) not in known
        )

    def finish(self) -> None:
        """Choose covers, now that the faces are known, and have new faces looked at."""
        for person, number in self.covers.items():
            if number in self.numbers["faces"]:
                Person.objects.filter(pk=person).update(cover=self.numbers["faces"][number])
        scan_again(self.to_scan)


def _rejected_here(faces: dict[int, list[Face]]) -> set[tuple[int, int]]:
    """Return (face, person) of those who, as people have said here, the faces are not."""
    ids = [face.pk for some in faces.values() for face in some]
    rejected = Rejection.objects.filter(face__in=ids)
    return set(rejected.values_list("face_id", "person_id"))


def _put_over(face: Face, told: Face, rejected: set[tuple[int, int]]) -> Face:
    """Give a face that is known here what is told of it; what people have said here stays."""
    labelled = face.person_id is not None or (face.pk, told.person_id) in rejected
    for each in fields_of(Face):
        if each.name in ("id", "photo") or (labelled and each.name in ("person", "labelled_at")):
            continue
        setattr(face, each.attname, getattr(told, each.attname))
    return face


def _words(mention: Mention) -> tuple[object, ...]:
    corners = mention.box_corners
    place = tuple(round(each, 4) for each in corners) if corners else None
    return mention.photo_id, mention.source, mention.name.casefold(), place
