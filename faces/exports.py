"""All that people have said in Kith, row by row, for the export."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import Field, Model, OuterRef, QuerySet
from django.utils import timezone

from faces.arrays import pack_vectors
from faces.interchange.kith import Row, written
from faces.models import (
    Dismissal,
    Embedding,
    Face,
    LabelEvent,
    Mention,
    PeopleGroup,
    Person,
    Preferences,
    Question,
    Rejection,
    SavedSearch,
)
from photos.models import Library, Photo

CHUNK = 2000
# What tells a photo; the rest a scan finds out again.
PHOTO_FIELDS = ("id", "library", "path", "size", "digest", "width", "height", "taken_at")
# The owner is whoever imports.
LEFT_OUT = {"owner"}


def exported(owner: User, *, embeddings: bool = False) -> Iterator[str]:
    """Yield the export of one user, as text in pieces."""
    about = {"made_at": timezone.now().isoformat(), "user": owner.get_username()}
    with _one_moment():
        yield from written(about, _sections(owner, embeddings))


@contextmanager
def _one_moment() -> Iterator[None]:
    """See all rows as they are now: what is said meanwhile would be there in part."""
    is_first = not connection.in_atomic_block  # else there have been queries already
    with transaction.atomic():
        if is_first:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _sections(owner: User, embeddings: bool) -> dict[str, Iterable[Row]]:
    sections: dict[str, Iterable[Row]] = {
        "libraries": (
            {"id": each.pk, "name": each.name, "path": each.path}
            for each in Library.objects.filter(owner=owner).order_by("pk")
        ),
        "photos": _rows(Photo.objects.filter(library__owner=owner), PHOTO_FIELDS),
    }
    sections |= {name: _rows(rows) for name, rows in section_rows(owner).items()}
    if embeddings:
        sections["embeddings"] = _embeddings(owner)
    return sections


def section_rows(owner: User) -> dict[str, QuerySet[Any]]:
    """Return the rows of each section, those before that others name."""
    in_photo = {"photo__library__owner": owner}
    return {
        "people": Person.objects.filter(owner=owner),
        "faces": Face.objects.filter(**in_photo),
        "dismissals": Dismissal.objects.filter(**in_photo),
        "rejections": Rejection.objects.filter(person__owner=owner),
        "mentions": Mention.objects.filter(**in_photo),
        "groups": PeopleGroup.objects.filter(owner=owner).annotate(members=_members()),
        "events": LabelEvent.objects.filter(owner=owner),
        "questions": Question.objects.filter(owner=owner),
        "searches": SavedSearch.objects.filter(owner=owner),
        "preferences": Preferences.objects.filter(owner=owner),
    }


def _members() -> ArraySubquery:
    """Return the ids of the people in a group, as a list."""
    of_group = PeopleGroup.people.through.objects.filter(peoplegroup=OuterRef("pk"))
    return ArraySubquery(of_group.order_by("person").values("person"))


def fields_of(model: type[Model]) -> "list[Field[Any, Any]]":
    """Return the columns of a model that are exported."""
    return [field for field in model._meta.concrete_fields if field.name not in LEFT_OUT]


def _rows(rows: QuerySet[Any], wanted: tuple[str, ...] = ()) -> Iterator[Row]:
    fields = [f for f in fields_of(rows.model) if not wanted or f.name in wanted]
    names = [*(field.name for field in fields), *rows.query.annotations]
    columns = [*(field.attname for field in fields), *rows.query.annotations]
    # Of faces and dismissals, those of one photo come together.
    by_photo = rows.model in (Face, Dismissal)
    ordered = rows.order_by(*(["photo"] if by_photo else []), "pk").values_list(*columns)
    for values in ordered.iterator(chunk_size=CHUNK):
        yield {name: _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _embeddings(owner: User) -> Iterator[Row]:
    rows = Embedding.objects.filter(face__photo__library__owner=owner).order_by("pk")
    for each in rows.iterator(chunk_size=CHUNK):
        vector = base64.b64encode(pack_vectors([each.vector])).decode()
        yield {"face": each.face_id, "model": each.model, "vector": vector}
