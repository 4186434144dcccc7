"""All that Kith knows of one person, as the export of that person tells it."""

import base64
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from faces.arrays import pack_vectors
from faces.interchange.forgetting import Gone, tells_of
from faces.models import Embedding, Face, Guess, LabelEvent, Mention, Person
from faces.queries.known import faces_that_are, searches_for_person

# What is measured of a face.
MEASURES = (
    *("detector", "detector_score", "landmarks", "size_px", "sharpness", "exposure", "quality"),
    *("pose", "oddness", "likelihood"),
)
AT_ONCE = 2000


def told_of(owner: User, person: Person, *, embeddings: bool = False) -> dict[str, Any]:
    """Return what is known of a person, as JSON takes it; times are in ISO 8601."""
    faces = faces_that_are(owner, person)
    told: dict[str, Any] = {
        "made_at": timezone.now(),
        "person": {
            "id": person.pk,
            "name": person.name,
            "aliases": person.aliases,
            "birth_date": person.birth_date,
            "is_favourite": person.is_favourite,
            "is_hidden": person.is_hidden,
            "cover": person.cover_id,
            "created_at": person.created_at,
            "groups": list(person.groups.order_by("name").values_list("name", flat=True)),
            "searches": [search.name for search in searches_for_person(owner, person)],
        },
        "faces": [_face(face) for face in _in_photos(faces)],
        "guesses": list(_guesses(owner, person)),
        "not_this_person": [
            {**_place(each.face), "face": each.face_id, "said_at": each.created_at}
            for each in person.rejections.select_related("face__photo").order_by("face")
        ],
        "mentions": [_mention(each) for each in person.mentions.select_related("photo")],
        "history": list(_history(owner, person)),
    }
    if embeddings:
        told["embeddings"] = list(_embeddings(faces))
    return told


def crops_of_person(owner: User, person: Person) -> Iterator[str]:
    """Yield the names in the storage of a person's crops."""
    ids = faces_that_are(owner, person).order_by("pk").values_list("pk", flat=True)
    return (Face(pk=pk).crop_name for pk in ids.iterator(AT_ONCE))


def _in_photos(faces: QuerySet[Face]) -> QuerySet[Face]:
    return faces.select_related("photo").order_by("pk")


def _face(face: Face) -> dict[str, Any]:
    return {
        "id": face.pk,
        **_place(face),
        "labelled_at": face.labelled_at,
        "found_at": face.found_at,
        "crop": face.crop_name,
        **{name: getattr(face, name) for name in MEASURES},
    }


def _place(face: Face) -> dict[str, Any]:
    """Return where a face is: its photo and its box in shares of the upright photo."""
    photo = face.photo
    return {
        "photo": photo.pk,
        "path": photo.path,
        "taken_at": photo.taken_at,
        "box": [face.left, face.top, face.width, face.height],
        "time": face.time_offset,
    }


def _guesses(owner: User, person: Person) -> Iterator[dict[str, Any]]:
    """Yield the standing guesses that name a person, each method's by itself."""
    guesses = Guess.objects.filter(training__owner=owner, training__is_current=True)
    for by, whom, probability in (
        ("cluster", "cluster_person", "cluster_probability"),
        ("classification", "class_person", "class_probability"),
        ("second guess", "runner_up", "runner_up_probability"),
    ):
        for guess in guesses.filter(**{whom: person}).select_related("face__photo").order_by("pk"):
            yield {
                "face": guess.face_id,
                **_place(guess.face),
                "by": by,
                "probability": getattr(guess, probability),
            }


def _mention(mention: Mention) -> dict[str, Any]:
    return {
        "photo": mention.photo_id,
        "path": mention.photo.path,
        "source": mention.source,
        "name": mention.name,
        "box_corners": mention.box_corners,
        "noted_at": mention.created_at,
    }


def _history(owner: User, person: Person) -> Iterator[dict[str, Any]]:
    """Yield what was said of a person and when; the details name others, too, and stay here."""
    gone = Gone(people={person.pk})
    for event in LabelEvent.objects.filter(owner=owner).order_by("pk").iterator(AT_ONCE):
        if tells_of(event.details, gone):
            yield {"said": event.verb, "at": event.created_at}


def _embeddings(faces: QuerySet[Face]) -> Iterator[dict[str, Any]]:
    """Yield embeddings: float32, little-endian, in base64."""
    rows = Embedding.objects.filter(face__in=faces).order_by("face", "model")
    for each in rows.iterator(AT_ONCE):
        vector = base64.b64encode(pack_vectors([each.vector])).decode()
        yield {"face": each.face_id, "model": each.model, "vector": vector}
