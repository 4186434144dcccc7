"""Labels that contradict one another, or a rejection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from faces.access import faces_for
from faces.models import Face, Person, Rejection
from photos.access import AnyUser


class Contradiction(TextChoices):
    """How labels can contradict one another, or a rejection."""

    TWICE_IN_PHOTO = "twice-in-photo", _("Twice in one photo")
    REJECTED = "rejected", _("Rejected, and labelled all the same")


@dataclass(frozen=True)
class Conflict:
    """Labels of one person in one photo that contradict what else was said; they stand."""

    kind: Contradiction
    person: Person
    faces: list[Face]


def label_conflicts(user: AnyUser) -> list[Conflict]:
    """Return where somebody is labelled twice in a photo, or is a person that the face is not."""
    return conflicts_of(user, list(conflicting_faces(user)))


def conflicting_faces(user: AnyUser) -> QuerySet[Face]:
    """Return the faces that conflicts begin with: ``is_twice`` (1 or 0), ``is_refused`` or both.

    In the order of ``is_twice`` and ``id``, both descending. Of a person who is there twice it is
    the first face.
    """
    others = Face.objects.filter(photo=OuterRef("photo"), person=OuterRef("person"))
    # At another moment of a video it may well be the same person.
    beside = others.filter(Q(time_offset=None) | Q(time_offset=OuterRef("time_offset")))
    no_video = Value(-1.0)
    at_once = others.alias(moment=Coalesce("time_offset", no_video)).filter(
        moment=Coalesce(OuterRef("time_offset"), no_video)
    )
    twice = Exists(beside.exclude(pk=OuterRef("pk"))) & ~Exists(
        at_once.filter(pk__lt=OuterRef("pk"))
    )
    refused = Rejection.objects.filter(face=OuterRef("pk"), person=OuterRef("person"))
    faces = faces_for(user).filter(pk__in=_in_question()).select_related("photo", "person")
    return (
        faces.annotate(
            is_twice=Case(When(twice, then=1), default=0, output_field=IntegerField()),
            is_refused=Exists(refused),
        )
        .filter(Q(is_twice=1) | Q(is_refused=True))
        .order_by("-is_twice", "-id")
    )


def _in_question() -> set[int]:
    """Return the ids of faces among which are all that conflict, and few others.

    Asked for apart, and of indexes alone: together they are taken for many, and every label is
    looked into.
    """
    labelled = Face.objects.exclude(person=None).order_by()
    # The photos are counted, as the index has those, too.
    several = labelled.values("photo", "person").alias(times=Count("photo")).filter(times__gt=1)
    photos = set(several.values_list("photo", flat=True))
    label = Subquery(Face.objects.order_by().filter(pk=OuterRef("face")).values("person"))
    rejected = Rejection.objects.alias(label=label).filter(label=F("person"))
    refused = rejected.values_list("face", flat=True)
    return {*labelled.filter(photo__in=photos).values_list("pk", flat=True), *refused}


def conflicts_of(user: AnyUser, first: Sequence[Face]) -> list[Conflict]:
    """Return the conflicts that begin with these of the conflicting faces, in their order."""
    twice = [face for face in first if face.is_twice]  # type: ignore[attr-defined]
    faces = faces_for(user).filter(
        photo__in=[face.photo_id for face in twice], person__in=[face.person_id for face in twice]
    )
    together: dict[Any, list[Face]] = {}
    for face in faces.select_related("photo", "person").order_by("id"):
        together.setdefault((face.photo_id, face.time_offset, face.person_id), []).append(face)
    found = []
    for face in first:
        if not face.person:
            continue
        key = (face.photo_id, face.time_offset, face.person_id)
        # Somebody may have said otherwise since the face was read.
        if face.is_twice and key in together:  # type: ignore[attr-defined]
            found.append(Conflict(Contradiction.TWICE_IN_PHOTO, face.person, together[key]))
        if face.is_refused:  # type: ignore[attr-defined]
            found.append(Conflict(Contradiction.REJECTED, face.person, [face]))
    return found
