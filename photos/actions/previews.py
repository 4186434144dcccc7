"""Making pictures as large as a screen, when they are first asked for."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from photos.imaging.apart import preview_apart
from photos.imaging.thumbnails import LARGE_SIDE, PREVIEW_SIDE
from photos.models import Photo


def make_preview(photo: Photo, *, large: bool = False) -> str:
    """Make a picture as large as a screen, or a larger one to zoom in, unless it is there.

    It is kept until the next scan; its name in the storage is returned. Raises
    UnreadableImageError, and Photo.DoesNotExist if the photo was deleted meanwhile.
    """
    name = photo.large_preview_name if large else photo.preview_name
    if not _keep(photo, name, None):
        side = LARGE_SIDE if large else PREVIEW_SIDE
        _keep(photo, name, preview_apart(photo.file, side))
    return name


def _keep(photo: Photo, name: str, preview: bytes | None) -> bool:
    """Store the preview unless there is one; return whether there is, and whole.

    One at a time, so that nobody is sent what another has written in part.
    """
    with transaction.atomic():
        Photo.objects.select_for_update(no_key=True).get(pk=photo.pk)
        there = default_storage.exists(name)
        if preview is not None and not there:
            default_storage.save(name, ContentFile(preview))
        return there or preview is not None
