"""Checking what is kept of photos against their files, and repairing what can be."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from photos.actions.previews import make_preview
from photos.actions.recording import mark_for_rescan
from photos.imaging.decoding import DecodedImage, UnreadableImageError
from photos.imaging.hashing import file_digest
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import thumbnail_webp
from photos.imaging.video import DecodedVideo
from photos.models import Photo
from photos.signals import Finding, photo_checked, strays_sought
from project.pictures import is_whole, remove_strays

SCANNED_AGAIN = "It is scanned again."


def check_photo(photo: Photo, *, light: bool = False) -> list[Finding]:
    """Check file, pictures and what apps keep of a scanned photo; repair what can be.

    ``light`` reads neither the file nor the pictures, and sees only what is not there or has
    another size or date.
    """
    findings = _check_file(photo, light=light)
    if not findings:  # else the scan makes all of it anew
        findings = _check_pictures(photo, anew=False, light=light)
    if any(finding.look_again for finding in findings):
        mark_for_rescan(Photo.objects.filter(pk=photo.pk))
    return findings


def make_pictures(photo: Photo, *, anew: bool) -> list[Finding]:
    """Make the pictures of a scanned photo that are missing or damaged; with ``anew`` all."""
    return _check_pictures(photo, anew=anew, light=False)


def remove_all_strays() -> list[str]:
    """Delete pictures that belong to no row, ours and other apps'; return their names."""
    removed = [*remove_strays("thumbnails", _with_pictures)]
    removed += remove_strays("previews", _with_pictures)
    answers: list[Any] = strays_sought.send(sender=Photo)
    return removed + [name for _, names in answers for name in names]


def _with_pictures(ids: set[int]) -> set[int]:
    own = Photo.objects.filter(pk__in=ids, copy_of=None)
    return set(own.values_list("pk", flat=True))


def _check_file(photo: Photo, *, light: bool) -> list[Finding]:
    try:
        status = photo.file.stat()
    except (FileNotFoundError, NotADirectoryError):
        Photo.objects.filter(pk=photo.pk).update(missing_since=timezone.now())
        return [Finding("The file is not there any more.", "The photo is marked as missing.")]
    except OSError as error:
        return [Finding(f"The file cannot be read: {error.strerror}.")]
    if (status.st_size, status.st_mtime_ns) != (photo.size, photo.modified_ns):
        return [Finding("The file has changed.", SCANNED_AGAIN, look_again=True)]
    return [] if light or not photo.digest else _check_content(photo)


def _check_content(photo: Photo) -> list[Finding]:
    try:
        if file_digest(photo.file) == photo.digest:
            return []
    except UnreadableImageError as error:
        return [Finding(str(error))]
    wrong = "The file's content has changed, but not its date."
    return [Finding(wrong, SCANNED_AGAIN, look_again=True)]


def _check_pictures(photo: Photo, *, anew: bool, light: bool) -> list[Finding]:
    if photo.copy_of_id is not None:  # its original has them
        return []
    look = _Look(photo)
    try:
        findings = _check_thumbnail(look, anew=anew, light=light)
        findings += _check_preview(photo, anew=anew, light=light)
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
        return []
    default_storage.save(name, ContentFile(thumbnail_webp(look.decoded.image)))
    return [] if anew else [Finding("The thumbnail was missing or damaged.", "It was made anew.")]


def _check_preview(photo: Photo, *, anew: bool, light: bool) -> list[Finding]:
    name = photo.preview_name
    if not default_storage.exists(name) or (not anew and is_whole(name, light=light)):
        return []
    default_storage.delete(name)
    make_preview(photo)
    return [] if anew else [Finding("The preview was damaged.", "It was made anew.")]
