"""Switching face recognition off for a library, and on again."""

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.engines import drop_drafts_of
from faces.actions.locking import lock_owner
from faces.actions.restoring import scan_again
from faces.models import Face, Guess
from photos.models import Library, Photo

FACES_AT_ONCE = 2000


def stop_finding_faces(*, owner: User, library: Library, remove: bool = False) -> int:
    """Look for no more faces in a library; return how many were removed.

    What was found stays, with its labels, where the user sees it, but no Train, evaluation, search
    or engine takes it into account. With ``remove`` it is deleted, labels and all, some thousand
    faces a transaction: what is interrupted is finished by doing it again.
    """
    with transaction.atomic():
        lock_owner(owner)
        Library.objects.filter(pk=library.pk).update(finds_faces=False)
        Guess.objects.filter(face__photo__library=library).delete()
    with transaction.atomic():
        # Whoever is storing faces holds the photo, and has not seen yet that it is off.
        claimed = library.photos.exclude(claimed_by=None).order_by("pk")
        list(claimed.select_for_update(no_key=True).values_list("pk", flat=True))
        drop_drafts_of(library.photos.all())
    return _remove_faces(owner, library) if remove else 0


def start_finding_faces(*, owner: User, library: Library) -> None:
    """Look for faces in a library again: into all its photos, at once."""
    with transaction.atomic():
        lock_owner(owner)
        Library.objects.filter(pk=library.pk).update(finds_faces=True)
        there = library.photos.filter(missing_since=None, copy_of=None)
        looked_into = there.exclude(state=Photo.State.FAILED)
        scan_again(set(looked_into.values_list("pk", flat=True)))


def _remove_faces(owner: User, library: Library) -> int:
    removed = 0
    while True:
        with transaction.atomic():
            lock_owner(owner)
            found = Face.objects.filter(photo__library=library).order_by("pk")
            ids = list(found.values_list("pk", flat=True)[:FACES_AT_ONCE])
            if not ids:
                return removed
            Face.objects.filter(pk__in=ids).delete()
            removed += len(ids)
