"""The page of one person: facts, photos by time, company, and faces that look like somebody else.

All of it asks for labels: what the user said. What Kith thinks is on the page's inbox.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from faces.access import faces_of_people, people_for
from faces.models import Face, Guess, Person
from faces.queries.people import cover_shown, people_found
from photos.access import AnyUser, Who, photos_for, world_of
from photos.models import Photo
from photos.queries import UNDATED, shown_photos

MOST_COMPANY = 12
# So many labelled faces that clustering put with another person are worth a question.
LEAST_ASTRAY = 3
ASTRAY_SHOWN = 12  # of each proposal


def people_with_face(who: Who) -> QuerySet[Person]:
    """Return people with ``face_shown``, the labelled face that stands for each, uncounted."""
    world = world_of(who)
    labelled = faces_of_people(world).filter(person=OuterRef("pk")).order_by("-quality", "id")
    best = Subquery(labelled.values("id")[:1], output_field=BigIntegerField())
    return people_for(world).annotate(face_shown=Coalesce(cover_shown(world), best))


@dataclass(frozen=True)
class PersonFacts:
    """What the labels of a person come to."""

    faces: int
    photos: int
    first_seen: datetime | None  # of the photos that have a date
    last_seen: datetime | None


def person_facts(who: Who, person: Person) -> PersonFacts:
    """Return how many faces and photos of a person there are, and from when."""
    labelled = faces_of_people(who).filter(person=person)
    # Counted apart, as the photos' dates need a join, which each photo passes once.
    seen = Photo.objects.filter(Exists(labelled.filter(photo=OuterRef("pk")))).aggregate(
        photos=Count("pk"), first=Min("taken_at"), last=Max("taken_at")
    )
    return PersonFacts(labelled.count(), seen["photos"], seen["first"], seen["last"])


def photos_of(who: Who, person: Person) -> QuerySet[Photo]:
    """Return the photos that show a person; no copies, of which the original is shown."""
    shows = Face.objects.filter(photo=OuterRef("pk"), person=person)
    return shown_photos(photos_for(who)).filter(Exists(shows))


def with_face_of(photos: QuerySet[Photo], person: Person) -> QuerySet[Photo]:
    """Add ``face_shown``, the best face that a person has in each photo."""
    faces = Face.objects.filter(photo=OuterRef("pk"), person=person).order_by("-quality", "id")
    best = Subquery(faces.values("id")[:1], output_field=BigIntegerField())
    return photos.annotate(face_shown=best)


def last_day_of(month: str) -> date | None:
    """Return the last day of a month as photos_by_month names it, None for no month."""
    if month == UNDATED:
        return None
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])


def age_in_months(born: date | None, day: date | None) -> int | None:
    """Return how old somebody was on a day, in whole months; None before birth, or unknown."""
    if born is None or day is None:
        return None
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    return months if months >= 0 else None


@dataclass(frozen=True)
class Companion:
    """Somebody who is in photos of a person."""

    person: Person  # as people_found returns it
    photos: int  # that show both


def company_of(who: Who, person: Person) -> list[Companion]:
    """Return the named people who are most often in one photo with a person."""
    together = Face.objects.filter(person=person, photo=OuterRef("photo"))
    counted = dict(
        faces_of_people(who)
        .filter(Exists(together), person__name__gt="", person__is_hidden=False)
        .exclude(person=person)
        .values_list("person")
        .annotate(photos=Count("photo", distinct=True))
        .order_by("-photos", "-person")[:MOST_COMPANY]
    )
    people = people_found(who).in_bulk(counted)
    return [Companion(people[pk], photos) for pk, photos in counted.items() if pk in people]


@dataclass(frozen=True)
class Astray:
    """Labelled faces of a person that look like somebody else: clustering put them there."""

    looks_like: Person  # as people_found returns it; named or not
    faces: list[int]  # ids


def astray_faces(user: AnyUser, person: Person) -> list[Astray]:
    """Return groups of a person's faces that clustering takes for another person, largest first.

    Whom the user has said that a face is not, is no proposal for it.
    """
    denied = Q(face__rejections__person=F("cluster_person"))
    found = (
        Guess.objects.filter(face__person=person, training__is_current=True)
        .exclude(Q(cluster_person=None) | Q(cluster_person=person) | denied)
        .order_by()
        .values_list("cluster_person")
        .annotate(number=Count("face"), faces=ArrayAgg("face", order_by=F("face").asc()))
        .filter(number__gte=LEAST_ASTRAY)
        .order_by("-number", "cluster_person")
    )
    groups = {pk: faces for pk, _, faces in found}
    people = people_found(user).in_bulk(groups)
    return [Astray(people[pk], faces) for pk, faces in groups.items() if pk in people]


def crops_of(groups: Iterable[Astray]) -> dict[int, Face]:
    """Return the faces that stand for proposals, a few of each, by their ids."""
    shown = (pk for group in groups for pk in group.faces[:ASTRAY_SHOWN])
    return Face.objects.in_bulk(shown)
