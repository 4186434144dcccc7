"""Checking what is kept of photos against their files, and repairing what can be."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from photos.actions.previews import make_preview
from photos.actions.recording import mark_for_rescan
from photos.imaging.decoding import DecodedImage, UnreadableImageError
from photos.imaging.folders import holds_anything
from photos.imaging.hashing import file_digest
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import thumbnail_webp
from photos.imaging.video import DecodedVideo
from photos.models import Library, Photo
from photos.signals import Finding, photo_checked, strays_sought
from project.jobs.limits import time_limit
from project.pictures import drop_damaged_variants, is_whole, remove_strays

SCANNED_AGAIN = "It is scanned again."


def require_folder(library: Library) -> None:
    """Raise FileNotFoundError where a disk is not connected, lest all of its photos seem missing.

    What a disk was mounted on is then empty, or not there.
    """
    if not holds_anything(Path(library.path)):
        raise FileNotFoundError(
            f"The folder {library.path} is empty or cannot be read. Is its disk connected?"
        )


def check_photo(photo: Photo, *, seconds: float, light: bool = False) -> list[Finding]:
    """Check file, pictures and what apps keep of a scanned photo; repair what can be.

    ``light`` reads neither the file nor the pictures, and sees only what is not there or has
    another size or date. This process is ended if pictures take longer than so many ``seconds``.
    Raises FileNotFoundError where the library's folder is not there.
    """
    return _look_after(photo, seconds, anew=False, light=light, read_file=not light)


def make_pictures(photo: Photo, *, seconds: float, anew: bool) -> list[Finding]:
    """Make the pictures of a scanned photo that are missing or damaged; with ``anew`` all.

    Of a file that is another by now none is made: its row may be about to follow the old one.
    For the rest see ``check_photo``.
    """
    return _look_after(photo, seconds, anew=anew, light=False, read_file=False)


def _look_after(
    photo: Photo, seconds: float, *, anew: bool, light: bool, read_file: bool
) -> list[Finding]:
    findings = _check_file(photo, read=read_file)
    if findings:
        return findings  # the scan makes all of it anew
    with time_limit(seconds):
        findings = _check_pictures(photo, anew=anew, light=light)
    if any(finding.look_again for finding in findings):
        mark_for_rescan(Photo.objects.filter(pk=photo.pk))
    return findings


def remove_all_strays() -> list[str]:
    """Delete pictures that belong to no row, ours and other apps'; return their names."""
    removed = [*remove_strays("thumbnails", _with_pictures)]
    removed += remove_strays("previews", _with_pictures)
    answers: list[Any] = strays_sought.send(sender=Photo)
    return removed + [name for _, names in answers for name in names]


def _with_pictures(ids: set[int]) -> set[int]:
    own = Photo.objects.filter(pk__in=ids, copy_of=None)
    return set(own.values_list("pk", flat=True))


def _check_file(photo: Photo, *, read: bool) -> list[Finding]:
    # A scan may give the row another place meanwhile, and then this one says nothing of it.
    here = Photo.objects.filter(pk=photo.pk, library=photo.library, path=photo.path)
    try:
        status = photo.file.stat()
    except (FileNotFoundError, NotADirectoryError):
        require_folder(photo.library)
        if not here.update(missing_since=timezone.now()):
            return []
        return [Finding("The file is not there any more.", "The photo is marked as missing.")]
    except OSError as error:
        return [Finding(f"The file cannot be read: {error.strerror}.")]
    if (status.st_size, status.st_mtime_ns) != (photo.size, photo.modified_ns):
        with transaction.atomic():
            mark_for_rescan(here)
            here.update(size=status.st_size, modified_ns=status.st_mtime_ns)
        return [Finding("The file has changed.", SCANNED_AGAIN)]
    return _check_content(photo) if read and photo.digest else []


def _check_content(photo: Photo) -> list[Finding]:
    try:
        if file_digest(photo.file) == photo.digest:
            return []
    except UnreadableImageError as error:
        return [Finding(str(error))]
    mark_for_rescan(Photo.objects.filter(pk=photo.pk))
    return [Finding("The file's content has changed, but not its date.", SCANNED_AGAIN)]


def _check_pictures(photo: Photo, *, anew: bool, light: bool) -> list[Finding]:
    if photo.copy_of_id is not None:  # its original has them
        return []
    look = _Look(photo)
    try:
        findings = _check_thumbnail(look, anew=anew, light=light)
        for large in (False, True):
            findings += _check_preview(photo, large=large, anew=anew, light=light)
        answers: list[Any] = photo_checked.send(
            sender=Photo, photo=photo, decoded=lambda: look.decoded, anew=anew, light=light
        )
        return findings + [each for _, found in answers for each in found]
    except UnreadableImageError as error:
        return [Finding(f"Pictures are missing, and cannot be made: {error}")]


@dataclass
class _Look:
    """A photo that is decoded at most once, and only if somebody needs it."""

    photo: Photo

    @cached_property
    def decoded(self) -> DecodedImage | DecodedVideo:
        return open_file(self.photo.file)


def _check_thumbnail(look: _Look, *, anew: bool, light: bool) -> list[Finding]:
    name = look.photo.thumbnail_name
    if not anew and is_whole(name, light=light):
        drop_damaged_variants(name, light=light)  # made anew when somebody asks for them
        return []
    default_storage.save(name, ContentFile(thumbnail_webp(look.decoded.image)))
    return [] if anew else [Finding("The thumbnail was missing or damaged.", "It was made anew.")]


def _check_preview(photo: Photo, *, large: bool, anew: bool, light: bool) -> list[Finding]:
    name = photo.large_preview_name if large else photo.preview_name
    if not default_storage.exists(name) or (not anew and is_whole(name, light=light)):
        return []
    default_storage.delete(name)
    make_preview(photo, large=large)
    return [] if anew else [Finding("A preview was damaged.", "It was made anew.")]
