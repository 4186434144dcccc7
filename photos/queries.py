"""What pages and the API ask about photos."""

from django.db.models import Count, Q, QuerySet

from photos.models import Library, Photo


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
