"""What photos do when their rows go."""

from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from photos.models import Photo


@receiver(post_delete, sender=Photo)
def delete_thumbnail(instance: Photo, **kwargs: Any) -> None:
    """Delete the thumbnail with the row, whoever deletes it; the original is not ours."""
    transaction.on_commit(partial(default_storage.delete, instance.thumbnail_name), robust=True)
