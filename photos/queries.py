"""What pages and the API ask about photos."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from photos.models import Library, Photo, moment_taken

# The month of photos without a date.
UNDATED = "none"


@dataclass(frozen=True)
class PhotoFilter:
    """Which photos a page shows."""

    library: int | None = None
    taken_from: date | None = None  # both days are within
    taken_to: date | None = None
    month: str | None = None  # "2019-07", or UNDATED


@dataclass(frozen=True)
class Month:
    """How many photos were taken in a month."""

    month: str
    count: int


def with_photo_counts(libraries: QuerySet[Library]) -> QuerySet[Library]:
    """Add ``photos_total``, ``photos_pending`` and ``photos_failed`` to each library."""
    return libraries.annotate(
        photos_total=Count("photos"),
        photos_pending=Count("photos", filter=Q(photos__state=Photo.State.PENDING)),
        photos_failed=Count("photos", filter=Q(photos__state=Photo.State.FAILED)),
    )


class NoSuchLibraryError(LookupError):
    """No library, or more than one, is called so; the message lists all."""


def library_named(name: str) -> Library:
    """Return the library, whoever owns it, of this name, folder or id."""
    libraries = list(Library.objects.order_by("pk"))
    named = [each for each in libraries if name in (each.name, each.path, str(each.pk))]
    if len(named) == 1:
        return named[0]
    listed = "; ".join(f"{each.pk}: {each.name} ({each.path})" for each in libraries)
    which = "More than one library is" if named else "No library is"
    raise NoSuchLibraryError(f"{which} called {name!r}. There are: {listed or 'none'}.")


def pending_photos(library_id: int) -> QuerySet[Photo]:
    """Return the photos of a library that a scan has still to look into."""
    return Photo.objects.filter(
        library_id=library_id, state=Photo.State.PENDING, missing_since=None
    )


def photo_counts(photos: QuerySet[Photo]) -> dict[str, int]:
    """Return how many photos are in each state, zero included."""
    counted = dict(photos.order_by().values_list("state").annotate(Count("id")))
    return {state: counted.get(state, 0) for state in Photo.State.values}


def is_month(text: str) -> bool:
    """Return whether a text names a month as PhotoFilter has it."""
    return text == UNDATED or bool(re.fullmatch(r"(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2])", text))


def matching_photos(photos: QuerySet[Photo], wanted: PhotoFilter) -> QuerySet[Photo]:
    """Return those of the photos that a filter means."""
    if wanted.library is not None:
        photos = photos.filter(library=wanted.library)
    if wanted.taken_from is not None:
        photos = photos.filter(taken_at__gte=_start_of(wanted.taken_from))
    if wanted.taken_to is not None:
        last = timezone.make_aware(datetime.combine(wanted.taken_to, time.max))
        photos = photos.filter(taken_at__lte=last)
    if wanted.month == UNDATED:
        return photos.filter(taken_at=None)
    if wanted.month is not None:
        year, month = map(int, wanted.month.split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        photos = photos.filter(
            taken_at__gte=_start_of(date(year, month, 1)), taken_at__lt=_start_of(following)
        )
    return photos


def shown_photos(photos: QuerySet[Photo]) -> QuerySet[Photo]:
    """Leave out what cannot be looked at, or not yet, and copies, whose original is shown."""
    there = photos.filter(copy_of=None, scanned_at__isnull=False)
    return there.exclude(state=Photo.State.FAILED)


def newest_first(photos: QuerySet[Photo]) -> tuple[QuerySet[Photo], Sequence[str]]:
    """Return photos by when they were taken, those without a date last, and the columns of that.

    The columns all descend and are unique together, so that a page can begin behind any photo.
    """
    photos = photos.annotate(order_taken=moment_taken())
    return photos.order_by("-order_taken", "-id"), ("order_taken", "id")


def photos_by_month(photos: QuerySet[Photo]) -> list[Month]:
    """Return the months of photos with their counts, newest first, UNDATED last."""
    counted = (
        photos.order_by()
        .annotate(month=TruncMonth("taken_at"))
        .values_list("month")
        .annotate(Count("id"))
        .order_by(F("month").desc(nulls_last=True))
    )
    return [Month(f"{month:%Y-%m}" if month else UNDATED, count) for month, count in counted]


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
