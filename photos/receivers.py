"""What photos do when their rows go, and when other apps want them scanned."""

from contextlib import suppress
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from photos.jobs import start_scan
from photos.models import Library, Photo
from photos.signals import photos_outdated
from project.jobs.queueing import JobUnderWayError


@receiver(post_delete, sender=Photo)
def delete_pictures(instance: Photo, **kwargs: Any) -> None:
    """Delete what was made of the photo with the row, whoever deletes it; the file is not ours."""
    for name in (instance.thumbnail_name, instance.preview_name):
        transaction.on_commit(partial(default_storage.delete, name), robust=True)


@receiver(photos_outdated)
def scan_again(library: Library, **kwargs: Any) -> None:
    """Scan, unless a rescan is under way, which comes to these photos too."""
    with suppress(JobUnderWayError):
        start_scan(library=library, requested_by=library.owner)
