"""Taking in files that users send: in one go or in pieces, checked as scanned files are."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from photos.actions.copies import lock_content
from photos.imaging.apart import check_apart
from photos.imaging.decoding import UnreadableImageError
from photos.imaging.hashing import file_digest
from photos.imaging.inside import InsideFile
from photos.imaging.kinds import HEAD, suffixes_of
from photos.imaging.names import is_photo_name, numbered, safe_name
from photos.models import Library, Photo, Upload
from project.preferences.reading import value

MEGABYTE = 1_000_000
KEPT = timedelta(days=1)  # without a piece arriving
FULL = "The server's disk is full."
PRIVATE = 0o600  # nobody else reads it, and nobody executes it


@dataclass(frozen=True)
class Taken:
    """What became of a file that was sent."""

    name: str
    photo: Photo | None = None  # the new one, or the one that was there already
    is_new: bool = False
    reason: str = ""  # why it was not taken


class BusyError(Exception):
    """Another piece of this file is arriving."""


def begin_upload(*, owner: User, name: str, size: int) -> Upload:
    """Begin to take a file; ValidationError says why it cannot be taken."""
    clean = safe_name(name)
    if not clean or not is_photo_name(clean):
        raise ValidationError({"name": f"{name[:100]} is no photo or video by its name."})
    if size < 1:
        raise ValidationError({"size": "The file is empty (0 bytes)."})
    most = value("max_upload_mb")
    if size > most * MEGABYTE:
        raise ValidationError({"size": f"Larger than {most} MB, the most that Kith takes."})
    if owner.uploads.count() >= value("max_uploads"):
        raise ValidationError(f"{value('max_uploads')} files are on their way already.")
    folder = Path(settings.UPLOADS_ROOT) / ".parts"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(folder).free < size + value("keep_free_mb") * MEGABYTE:
        raise ValidationError(FULL)
    return Upload.objects.create(owner=owner, name=clean, size=size)


def append_to_upload(upload: Upload, *, offset: int, pieces: Iterable[bytes]) -> int:
    """Add what comes from ``offset`` on; return how many bytes there are now.

    What has arrived stays, also where the sender breaks off. ValidationError for another offset
    than that of the next byte, for too many bytes, and for a disk that is full, or nearly so by
    what else is on its way; BusyError while another piece is arriving.
    """
    with _held(upload) as part:
        at = part.seek(0, os.SEEK_END)
        if at != offset:
            raise ValidationError({"offset": f"The next byte is number {at}."}, code="offset")
        kept_free = value("keep_free_mb") * MEGABYTE
        try:
            for piece in pieces:
                if at + len(piece) > upload.size:
                    raise ValidationError({"size": f"The file has {upload.size} bytes, no more."})
                if shutil.disk_usage(upload.part).free < kept_free:
                    raise ValidationError(FULL)
                part.write(piece)
                at += len(piece)
            part.flush()
        except OSError as error:
            part.truncate(offset)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ValidationError(FULL) from error
            raise
    return at


@contextmanager
def _held(upload: Upload) -> Iterator[BinaryIO]:
    """Open the part for one at a time; unbuffered, so that a full disk is noticed in place."""
    descriptor = os.open(upload.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
    with os.fdopen(descriptor, "r+b", buffering=0) as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError from None
        yield part


def finish_upload(upload: Upload, *, and_then: Callable[[Library], None]) -> Taken:
    """Check a file that is whole, and put it into the user's upload area; nothing stays aside.

    ``and_then`` is called with the library when there is a new photo.
    """
    try:
        taken = _take(upload)
    except UnreadableImageError as error:
        taken = Taken(upload.name, reason=str(error))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        taken = Taken(upload.name, reason=FULL)
    finally:
        drop_upload(upload)
    if taken.is_new and taken.photo:
        and_then(taken.photo.library)
    return taken


def _take(upload: Upload) -> Taken:
    digest = file_digest(upload.part)
    part = _rightly_named(upload)
    check_apart(InsideFile(part.parent.resolve(), part.name))
    _write_through(part)
    with transaction.atomic():
        lock_content(upload.owner_id, digest)
        known = Photo.objects.filter(library__owner=upload.owner, digest=digest, missing_since=None)
        for photo in known.select_related("library"):
            if _is_in_place(photo):
                return Taken(upload.name, photo)
        library = _upload_area(upload.owner)
        path = _placed(upload, Path(library.path))
        status = path.stat()
        photo = Photo.objects.create(
            library=library,
            path=path.name,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            digest=digest,
        )
    return Taken(path.name, photo, is_new=True)


def _rightly_named(upload: Upload) -> Path:
    """Give a part, and the file that it becomes, the suffix of what it is by its first bytes."""
    with upload.part.open("rb") as file:
        suffixes = suffixes_of(file.read(HEAD))
    if not suffixes:
        raise UnreadableImageError("This is no photo or video, whatever its name says.")
    name = PurePosixPath(upload.name)
    if name.suffix.lower() not in suffixes:
        part = upload.part
        upload.name = name.stem + suffixes[0]
        upload.save(update_fields=["name"])
        part.rename(upload.part)
    return upload.part


def _write_through(part: Path) -> None:
    """Have the disk keep a file: once we say so, its sender may delete the other one."""
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _is_in_place(photo: Photo) -> bool:
    """Whether a known photo's file is as a scan has seen it: it may be gone since, or changed."""
    try:
        status = photo.file.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (photo.size, photo.modified_ns)


def _upload_area(owner: User) -> Library:
    folder = Path(settings.UPLOADS_ROOT).resolve() / str(owner.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    library, _ = Library.objects.get_or_create(
        owner=owner, path=str(folder), defaults={"name": "Uploads"}
    )
    return library


def drop_upload_area(owner_id: int) -> None:
    """Delete all files that a user has sent, who is gone."""
    shutil.rmtree(Path(settings.UPLOADS_ROOT).resolve() / str(owner_id), ignore_errors=True)


def _placed(upload: Upload, folder: Path) -> Path:
    """Give the file its name, or the next one that is free; what is there is never replaced."""
    number = 1
    while True:
        path = folder / numbered(upload.name, number)
        # A row whose file is missing keeps its path.
        if not Photo.objects.filter(library__path=str(folder), path=path.name).exists():
            try:
                path.hardlink_to(upload.part)
            except FileExistsError:
                pass
            else:
                return path
        number += 1


def drop_upload(upload: Upload) -> None:
    """Forget an upload and what has arrived of it."""
    upload.part.unlink(missing_ok=True)
    upload.delete()


def drop_stale_uploads() -> int:
    """Forget uploads of which nothing has arrived for a day; return how many there were."""
    before = timezone.now() - KEPT
    stale = [
        upload
        for upload in Upload.objects.filter(created_at__lt=before)
        if not upload.part.exists() or upload.part.stat().st_mtime < before.timestamp()
    ]
    for upload in stale:
        drop_upload(upload)
    folder = Path(settings.UPLOADS_ROOT) / ".parts"
    known = {upload.part for upload in Upload.objects.all()}
    for part in folder.iterdir() if folder.is_dir() else ():
        if part not in known and part.stat().st_mtime < before.timestamp():
            part.unlink(missing_ok=True)
    return len(stale)


def take_file(
    *,
    owner: User,
    name: str,
    size: int,
    pieces: Iterable[bytes],
    and_then: Callable[[Library], None],
) -> Taken:
    """Take a file that was sent in one go; what is wrong with it is in the answer."""
    try:
        upload = begin_upload(owner=owner, name=name, size=size)
    except ValidationError as error:
        return Taken(name[:255], reason=" ".join(error.messages))
    try:
        append_to_upload(upload, offset=0, pieces=pieces)
    except ValidationError as error:
        drop_upload(upload)
        return Taken(upload.name, reason=" ".join(error.messages))
    except BaseException:
        drop_upload(upload)
        raise
    return finish_upload(upload, and_then=and_then)
