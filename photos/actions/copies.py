"""Photos whose files are the same, byte by byte: moved, renamed or copied.

Rows follow content: what is known of a photo goes with its file wherever that is moved. A copy
points to its original, and becomes a photo of its own when one of the two files is changed.
"""

from collections.abc import Collection
from contextlib import suppress

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from photos.imaging.decoding import UnreadableImageError
from photos.imaging.hashing import file_digest
from photos.models import Photo
from photos.signals import copy_found, copy_parted, copy_settled
from project.jobs.presence import live_tokens
from project.pictures import copy_picture
from project.storage.base import pictures

# What a copy has of its original.
SAME_AS_ORIGINAL = ("width", "height", "duration", "taken_at")


def lock_content(owner_id: int, digest: str) -> None:
    """Hold this content of an owner's files until the transaction ends.

    So that of two workers that look into two copies at a time one becomes the original.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [owner_id ^ int(digest[:15], 16)])


def settle_by_content(photo: Photo, digest: str, *, look_again: bool) -> bool:
    """Return whether all is known of a photo by its content, so that nobody need look into it.

    The caller holds the content, and has a worker's claim on the photo. With ``look_again`` a photo
    that has moved is to be looked into all the same.
    """
    if photo.copy_of is not None and photo.digest == digest:
        _mark_as_copy(photo, photo.copy_of, digest)
        return True
    if photo.scanned_at is None or photo.digest != digest:
        moved = _moved_here(photo, digest)
        if moved is not None:
            _take_place(moved, photo)
            if look_again:
                Photo.objects.filter(pk=moved.pk).update(state=Photo.State.PENDING)
            return True
    return become_copy(photo, digest)


def _moved_here(photo: Photo, digest: str) -> Photo | None:
    """Return the photo that had this content and whose file is in its place no more."""
    known = _same_content(photo, digest).select_for_update(skip_locked=True, of=("self",))
    missing = known.exclude(missing_since=None).order_by(F("copy_of").desc(nulls_first=True), "pk")
    for other in missing[:1]:
        return other
    # Names were exchanged, or handed on: at its path lies another file, as yet unseen.
    waiting = known.filter(state=Photo.State.PENDING, missing_since=None)
    free = Q(claimed_by=None) | Q(claimed_by=photo.claimed_by) | ~Q(claimed_by__in=live_tokens())
    for other in waiting.filter(free).order_by("pk"):
        if _digest_now(other) != digest:
            return other
    return None


def _same_content(photo: Photo, digest: str) -> QuerySet[Photo]:
    owner = photo.library.owner_id
    return (
        Photo.objects.filter(library__owner=owner, digest=digest)
        .exclude(pk=photo.pk)
        .select_related("library")
    )


def _digest_now(photo: Photo) -> str:
    with suppress(UnreadableImageError):
        return file_digest(photo.file)
    return ""


def _take_place(known: Photo, photo: Photo) -> None:
    """Put a known photo in the place of another's file, which has its content."""
    place = _place_of(photo)
    if photo.scanned_at is None and known.missing_since is not None:
        photo.delete()  # nothing is known of it, and nothing is left of the other's file
    else:
        former = _place_of(known) | {"missing_since": known.missing_since}
        # Two rows cannot change places in one step: for a moment they have paths that no file has.
        for row in (photo, known):
            Photo.objects.filter(pk=row.pk).update(path=f"/{row.pk}")
        Photo.objects.filter(pk=photo.pk).update(**former, claimed_by=None, attempts=0)
    state = known.state if known.missing_since else Photo.State.SCANNED
    if photo.sidecars_ns != known.sidecars_ns:  # what lies beside it is news
        state = Photo.State.PENDING
    Photo.objects.filter(pk=known.pk).update(
        **place, state=state, missing_since=None, claimed_by=None, attempts=0
    )


def _place_of(photo: Photo) -> dict[str, object]:
    return {
        "library": photo.library_id,
        "path": photo.path,
        "size": photo.size,
        "modified_ns": photo.modified_ns,
        "sidecars_ns": photo.sidecars_ns,
    }


def become_copy(photo: Photo, digest: str) -> bool:
    """Make a photo the copy of one that has been looked into, if there is one; return whether.

    The caller holds the content.
    """
    original = _original(photo, digest)
    if original is None or photo.copies.exists():
        return False
    if photo.scanned_at is not None and photo.copy_of_id is None:
        answers = copy_found.send(sender=Photo, photo=photo, original=original)
        if any(stays for _, stays in answers):
            return False
        pictures().delete_all(photo.picture_names)
    _mark_as_copy(photo, original, digest)
    return True


def _original(photo: Photo, digest: str) -> Photo | None:
    known = _same_content(photo, digest).filter(
        copy_of=None, missing_since=None, scanned_at__isnull=False
    )
    for other in known.exclude(state=Photo.State.FAILED).order_by("pk"):
        # What waits may have been changed, or be looked into once more.
        if other.state == Photo.State.SCANNED or _digest_now(other) == digest:
            return other
    return None


def _mark_as_copy(photo: Photo, original: Photo, digest: str) -> None:
    Photo.objects.filter(pk=photo.pk).update(
        copy_of=original,
        digest=digest,
        state=Photo.State.SCANNED,
        problem="",
        missing_since=None,
        scanned_at=timezone.now(),
        claimed_by=None,
        attempts=0,
        **{name: getattr(original, name) for name in SAME_AS_ORIGINAL},
    )
    copy_settled.send(sender=Photo, photo=photo, original=original)


def part(photo: Photo, *, but: QuerySet[Photo] | None = None) -> None:
    """Make copies photos of their own before a photo's content changes, or before its row goes.

    A copy gets what is known of its original; of several copies of the photo one does, and is the
    others' original from then on. Those in ``but`` get nothing, since they go, too.
    """
    if photo.copy_of is not None:
        _own(photo, photo.copy_of)
    copies = photo.copies.all() if but is None else photo.copies.exclude(pk__in=but)
    heir = copies.order_by(F("missing_since").asc(nulls_first=True), "pk").first()
    if heir is not None:
        _own(heir, photo)
        copies.exclude(pk=heir.pk).update(copy_of=heir)


def _own(copy: Photo, original: Photo) -> None:
    copy.copy_of = None
    copy.save(update_fields=["copy_of"])
    copy_picture(original.thumbnail_name, copy.thumbnail_name)
    copy_parted.send(sender=Photo, photo=copy, original=original)


def follow_copies(missing: Collection[int]) -> None:
    """Have photos that are missing take the places of their copies that are there."""
    lost = Photo.objects.filter(pk__in=missing, copies__missing_since=None, copies__isnull=False)
    for photo in lost.distinct().select_related("library"):
        copy = photo.copies.filter(missing_since=None).order_by("pk").first()
        # One that is being looked into may turn out to be something else by now.
        if copy is not None and copy.state == Photo.State.SCANNED:
            _take_place(photo, copy)


def remember_content(photo: Photo) -> None:
    """Note the content of a photo that was looked into before Kith did so."""
    digest = _digest_now(photo)
    if digest:
        Photo.objects.filter(
            pk=photo.pk, digest="", size=photo.size, modified_ns=photo.modified_ns
        ).update(digest=digest)
