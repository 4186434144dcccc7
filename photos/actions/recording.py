"""Bringing photo rows in line with the files on disk."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from photos.actions.copies import follow_copies, remember_content
from photos.imaging.folders import FoundFile
from photos.models import Library, Photo

BATCH = 1000  # files compared with their rows at once
PATHS = 100  # folders or files that one query asks for


def record_files(
    *,
    library: Library,
    files: Iterable[FoundFile],
    retry_failed: bool = False,
    only: Collection[str] | None = None,
    after_batch: Callable[[int], None],
) -> None:
    """Bring the photo rows in line with the files on disk.

    New and changed files become pending, with ``retry_failed`` also those that could not be read.
    Rows of files that are gone stay, with their faces and labels, and are marked as missing, unless
    there is a copy whose place they can take. Where the files are those of some paths ``only``, so
    are the rows that are compared with them.
    ``after_batch`` is told how many files were seen so far.
    """
    began = timezone.now()
    # What another scan adds behind this one's back is not missing.
    newest = library.photos.aggregate(newest=Max("id"))["newest"] or 0
    seen: set[str] = set()
    batch: list[FoundFile] = []
    for file in files:
        batch.append(file)
        seen.add(file.path)
        if len(batch) == BATCH:
            _record_batch(library, batch, retry_failed)
            batch = []
            after_batch(len(seen))
    _record_batch(library, batch, retry_failed)
    after_batch(len(seen))
    present = Photo.objects.filter(library=library, missing_since=None, pk__lte=newest)
    gone = [
        pk
        for rows in _parts(present, only)
        for pk, path in rows.values_list("id", "path").iterator()
        if path not in seen
    ]
    for start in range(0, len(gone), BATCH):
        missing = gone[start : start + BATCH]
        with transaction.atomic():
            Photo.objects.filter(pk__in=missing).update(missing_since=began)
            follow_copies(missing)


def _parts(photos: QuerySet[Photo], only: Collection[str] | None) -> Iterator[QuerySet[Photo]]:
    """Yield all photos, or those of some paths and below them, a bounded number of paths a time."""
    if only is None:
        yield photos
        return
    paths = sorted(only)
    for start in range(0, len(paths), PATHS):
        some = paths[start : start + PATHS]
        below = [Q(path__startswith=f"{path}/") for path in some]
        yield photos.filter(reduce(or_, below, Q(path__in=some)))


def _record_batch(library: Library, batch: list[FoundFile], retry_failed: bool) -> None:
    known = {
        photo.path: photo
        for photo in Photo.objects.filter(library=library, path__in=[file.path for file in batch])
    }
    new, changed = [], []
    for file in batch:
        photo = known.get(file.path)
        if photo is None:
            new.append(
                Photo(
                    library=library,
                    path=file.path,
                    size=file.size,
                    modified_ns=file.modified_ns,
                    sidecars_ns=file.sidecars_ns,
                )
            )
            continue
        differs = stamps(photo) != stamps(file)
        back = photo.missing_since is not None
        if differs or (photo.state == Photo.State.FAILED and (retry_failed or back)):
            photo.state = Photo.State.PENDING
        elif not back:
            continue
        photo.size, photo.modified_ns, photo.sidecars_ns = stamps(file)
        photo.missing_since = None
        changed.append(photo)
    # Another scan of the same library may have been quicker.
    Photo.objects.bulk_create(new, ignore_conflicts=True)
    fields = ["size", "modified_ns", "sidecars_ns", "missing_since", "state"]
    Photo.objects.bulk_update(changed, fields)


def stamps(file: FoundFile | Photo) -> tuple[int, int, int]:
    """Return what tells whether a file, or what is beside it, is as it was."""
    return file.size, file.modified_ns, file.sidecars_ns


def mark_for_rescan(photos: QuerySet[Photo]) -> int:
    """Have these photos looked at again, also those a worker has in hand; return how many."""
    return photos.filter(missing_since=None).update(
        state=Photo.State.PENDING, claimed_by=None, attempts=0
    )


def remember_contents(library: Library, *, after_each: Callable[[int, int], None]) -> None:
    """Note the content of photos that were looked into before Kith did so, as moves need it.

    ``after_each`` is told how many are done, and of how many.
    """
    unknown = Photo.objects.filter(
        library=library, digest="", state=Photo.State.SCANNED, missing_since=None
    )
    total = unknown.count()
    for done, photo in enumerate(unknown.select_related("library").iterator(), start=1):
        remember_content(photo)
        after_each(done, total)
