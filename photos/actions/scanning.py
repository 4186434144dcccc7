"""Looking into photos: who takes which, and what comes of it."""

from collections.abc import Callable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from photos.actions.checking import require_folder
from photos.actions.copies import become_copy, lock_content, part, settle_by_content
from photos.actions.recording import stamps
from photos.imaging.decoding import DecodedImage, UnreadableImageError
from photos.imaging.hashing import file_digest
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import thumbnail_webp
from photos.imaging.video import DecodedVideo
from photos.models import Photo
from photos.queries import pending_photos
from photos.signals import photo_decoded
from project.jobs.limits import time_limit
from project.jobs.presence import live_tokens
from project.storage.base import pictures


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


def scan_photo(
    photo: Photo,
    *,
    seconds: float,
    and_then: Callable[[str], None],
    look_again: bool = False,
) -> None:
    """Find out what a file is, and if it is news, let apps look into it; store it all at once.

    A file that is known from another place, since it was moved or copied, need not be looked into;
    with ``look_again`` it is, where it was moved. Else it is decoded, gets its thumbnail, and other
    apps look into it; this process is ended if that takes so many ``seconds`` (for a video, with
    each frame). A file that gives no picture is recorded as failed, with the reason; what was found
    in it before stays. ``and_then`` is called in the same transaction with that reason, or
    "". Raises Photo.DoesNotExist if the photo was deleted meanwhile, and FileNotFoundError where
    the library's folder is not there.
    """
    try:
        digest = file_digest(photo.file)
        if _is_known(photo, digest, look_again, and_then):
            return
        with time_limit(seconds):
            decoded = open_file(photo.file)
            default_storage.save(photo.thumbnail_name, ContentFile(thumbnail_webp(decoded.image)))
            pictures().delete_all(photo.preview_names)  # of the file as it was
            answers = photo_decoded.send(sender=Photo, photo=photo, decoded=decoded)
    except UnreadableImageError as error:  # a video's further frames are read by whoever looks
        gone = isinstance(error.__cause__, FileNotFoundError)
        if gone:
            require_folder(photo.library)
        set_photo_aside(photo, reason=str(error), gone=gone, and_then=and_then)
        return
    with transaction.atomic():
        lock_content(photo.library.owner_id, digest)
        # Another worker may have looked into a copy meanwhile.
        if become_copy(photo, digest):
            and_then("")
            return
        _store(
            photo,
            state=Photo.State.SCANNED,
            problem="",
            digest=digest,
            width=decoded.size[0],
            height=decoded.size[1],
            duration=decoded.duration if isinstance(decoded, DecodedVideo) else None,
            taken_at=_with_zone(decoded),
            scanned_at=timezone.now(),
        )
        for _, store in answers:
            store()  # type: ignore[operator, misc]
        and_then("")


def _is_known(photo: Photo, digest: str, look_again: bool, and_then: Callable[[str], None]) -> bool:
    """Return whether nothing is to be seen in a file that is not known from another place."""
    with transaction.atomic():
        lock_content(photo.library.owner_id, digest)
        place = (photo.library_id, photo.path)
        photo.refresh_from_db(fields=["library", "path", "digest", "copy_of", "scanned_at"])
        if (photo.library_id, photo.path) != place:
            return True  # it went where its file is; what lies here now waits to be looked into
        if settle_by_content(photo, digest, look_again=look_again):
            and_then("")
            return True
        if photo.digest not in ("", digest):
            part(photo)
    return False


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
    if stamps(now) != stamps(photo):
        fields["state"] = Photo.State.PENDING
    Photo.objects.filter(pk=photo.pk).update(**fields)


def _with_zone(decoded: DecodedImage | DecodedVideo) -> datetime | None:
    moment = decoded.taken_at
    if moment is None or moment.tzinfo is not None:
        return moment
    return timezone.make_aware(moment)
