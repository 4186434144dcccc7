"""Making pictures as large as a screen, when they are first asked for."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from photos.imaging.opening import open_file
from photos.imaging.thumbnails import PREVIEW_SIDE, thumbnail_webp
from photos.models import Photo


def make_preview(photo: Photo) -> None:
    """Make the large picture of a photo, unless it is there; it is kept until the next scan.

    Raises UnreadableImageError, and Photo.DoesNotExist if the photo was deleted meanwhile.
    """
    if _keep_preview(photo, None):
        return
    image = open_file(photo.file, pixels=PREVIEW_SIDE**2).image
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
