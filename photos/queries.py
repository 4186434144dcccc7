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


def pending_photos(library_id: int) -> QuerySet[Photo]:
    """Return the photos of a library that a scan has still to look into."""
    return Photo.objects.filter(
        library_id=library_id, state=Photo.State.PENDING, missing_since=None
    )


def photo_counts(photos: QuerySet[Photo]) -> dict[str, int]:
    """Return how many photos are in each state, zero included."""
    counted = dict(photos.order_by().values_list("state").annotate(Count("id")))
    return {state: counted.get(state, 0) for state in Photo.State.values}
