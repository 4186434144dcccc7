"""What changes libraries and photos."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from photos.imaging.decoding import DecodedImage, UnreadableImageError, decode_image
from photos.imaging.folders import FoundFile
from photos.imaging.thumbnails import PREVIEW_SIDE, thumbnail_webp
from photos.models import Library, Photo
from photos.queries import pending_photos
from photos.signals import photo_decoded
from project.jobs.presence import live_tokens

BATCH = 1000  # files compared with their rows at once


def add_library(*, owner: User, path: str, name: str = "") -> Library:
    """Create a library for a folder; ValidationError says what is wrong with the folder."""
    try:
        folder = checked_folder(path)
    except ValidationError as error:
        raise ValidationError({"path": error.messages}) from None
    try:
        with transaction.atomic():
            return Library.objects.create(
                owner=owner, path=str(folder), name=name or str(folder.name or folder)[:200]
            )
    except IntegrityError:
        raise ValidationError({"path": f"{folder} is a library of yours already."}) from None


def checked_folder(path: str) -> Path:
    """Return the folder's real path; ValidationError if there is none that Kith can list."""
    try:
        folder = Path(path).expanduser()
    except RuntimeError:  # ~name of nobody
        folder = Path(path)
    if not folder.is_absolute():
        raise ValidationError("Give the whole path, from / on.")
    try:
        folder = folder.resolve(strict=True)
        str(folder).encode()
        # The dot takes the right to enter, beside that to list.
        with os.scandir(f"{folder}/."):
            return folder
    except UnicodeEncodeError:
        message = "The folder's name is not valid UTF-8: rename it."
    except PermissionError:
        message = f"Kith may not read {folder}: check its permissions."
    except (OSError, RuntimeError, ValueError):  # a loop of links; a name that no disk can have
        message = f"There is no folder {folder} on the server."
    raise ValidationError(message)


def record_files(
    *,
    library: Library,
    files: Iterable[FoundFile],
    retry_failed: bool = False,
    after_batch: Callable[[int], None],
) -> None:
    """Bring the photo rows in line with the files on disk.

    New and changed files become pending, with ``retry_failed`` also those that could not be read.
    Rows of files that are gone stay, with their faces and labels, and are marked as missing.
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
    gone = [pk for pk, path in present.values_list("id", "path").iterator() if path not in seen]
    for start in range(0, len(gone), BATCH):
        Photo.objects.filter(pk__in=gone[start : start + BATCH]).update(missing_since=began)


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
                )
            )
            continue
        differs = (photo.size, photo.modified_ns) != (file.size, file.modified_ns)
        back = photo.missing_since is not None
        if differs or (photo.state == Photo.State.FAILED and (retry_failed or back)):
            photo.state = Photo.State.PENDING
        elif not back:
            continue
        photo.size, photo.modified_ns = file.size, file.modified_ns
        photo.missing_since = None
        changed.append(photo)
    # Another scan of the same library may have been quicker.
    Photo.objects.bulk_create(new, ignore_conflicts=True)
    Photo.objects.bulk_update(changed, ["size", "modified_ns", "missing_since", "state"])


def mark_for_rescan(photos: QuerySet[Photo]) -> int:
    """Have these photos looked at again, also those a worker has in hand; return how many."""
    return photos.filter(missing_since=None).update(
        state=Photo.State.PENDING, claimed_by=None, attempts=0
    )


def claim_photos(*, library_id: int, token: int, limit: int) -> list[Photo]:
    """Take up to ``limit`` pending photos for the worker with this token.

    No two workers get the same photo; those of a worker that died are free again. They come last
    and alone, since one of them may have killed it.
    """
    free = (
        pending_photos(library_id)
        .exclude(claimed_by__in=live_tokens())
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("library")
        .order_by("attempts", "id")
    )
    with transaction.atomic():
        photos = list(free.filter(attempts=0)[:limit]) or list(free[:1])
        Photo.objects.filter(pk__in=[photo.pk for photo in photos]).update(
            claimed_by=token, attempts=F("attempts") + 1
        )
    for photo in photos:
        photo.claimed_by = token
    return photos


def release_photos(*, token: int) -> None:
    """Give back the photos that this worker has taken and not looked into."""
    Photo.objects.filter(claimed_by=token, state=Photo.State.PENDING).update(
        claimed_by=None, attempts=F("attempts") - 1
    )


def set_photo_aside(
    photo: Photo, *, reason: str, gone: bool = False, and_then: Callable[[str], None]
) -> None:
    """Record that a photo cannot be looked into; what was found in it before stays.

    One whose file is ``gone`` is missing, too, and is tried again when the file is back.
    ``and_then`` is called with the reason in the same transaction. Raises Photo.DoesNotExist if
    the photo was deleted meanwhile.
    """
    with transaction.atomic():
        _store(
            photo,
            state=Photo.State.FAILED,
            problem=reason,
            missing_since=timezone.now() if gone else None,
        )
        and_then(reason)


def scan_photo(photo: Photo, *, and_then: Callable[[str], None]) -> None:
    """Decode a photo, make its thumbnail, let other apps look into it, and store it all at once.

    A file that gives no picture is recorded as failed, with the reason; what was found in it
    before stays. ``and_then`` is called in the same transaction with that reason, or "". Raises
    Photo.DoesNotExist if the photo was deleted meanwhile.
    """
    try:
        decoded = decode_image(photo.file)
    except UnreadableImageError as error:
        gone = isinstance(error.__cause__, FileNotFoundError)
        set_photo_aside(photo, reason=str(error), gone=gone, and_then=and_then)
        return
    default_storage.save(photo.thumbnail_name, ContentFile(thumbnail_webp(decoded.image)))
    default_storage.delete(photo.preview_name)  # of the file as it was
    answers = photo_decoded.send(sender=Photo, photo=photo, decoded=decoded)
    with transaction.atomic():
        _store(
            photo,
            state=Photo.State.SCANNED,
            problem="",
            width=decoded.size[0],
            height=decoded.size[1],
            taken_at=_with_zone(decoded),
            scanned_at=timezone.now(),
        )
        for _, store in answers:
            store()  # type: ignore[operator, misc]
        and_then("")


def make_preview(photo: Photo) -> None:
    """Make the large picture of a photo, unless it is there; it is kept until the next scan.

    Raises UnreadableImageError, and Photo.DoesNotExist if the photo was deleted meanwhile.
    """
    if _keep_preview(photo, None):
        return
    image = decode_image(photo.file, pixels=PREVIEW_SIDE**2).image
    _keep_preview(photo, thumbnail_webp(image, PREVIEW_SIDE))


def _keep_preview(photo: Photo, preview: bytes | None) -> bool:
    """Store the preview unless there is one; return whether there is, and whole.

    One at a time, so that nobody is sent what another has written in part.
    """
    with transaction.atomic():
        Photo.objects.select_for_update(no_key=True).get(pk=photo.pk)
        there = default_storage.exists(photo.preview_name)
        if preview is not None and not there:
            default_storage.save(photo.preview_name, ContentFile(preview))
        return there or preview is not None


def _store(photo: Photo, **fields: object) -> None:
    """Write the outcome; what has changed since this worker took it stays pending.

    That is a file that another scan has seen change, and a photo that a rescan asks for.
    """
    # Whoever writes a face or a dismissal needs the photo as a key only, and need not wait.
    now = Photo.objects.select_for_update(no_key=True).get(pk=photo.pk)
    if now.claimed_by != photo.claimed_by:
        fields["state"] = Photo.State.PENDING
    else:
        fields |= {"claimed_by": None, "attempts": 0}
    if (now.size, now.modified_ns) != (photo.size, photo.modified_ns):
        fields["state"] = Photo.State.PENDING
    Photo.objects.filter(pk=photo.pk).update(**fields)


def _with_zone(decoded: DecodedImage) -> datetime | None:
    moment = decoded.taken_at
    if moment is None or moment.tzinfo is not None:
        return moment
    return timezone.make_aware(moment)
