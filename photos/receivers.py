"""What photos do when their rows go, and when other apps want them scanned."""

from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from photos.actions.copies import part
from photos.actions.uploading import drop_stale_uploads, drop_upload_area
from photos.jobs import start_scan_of_outdated
from photos.models import Library, Photo, Upload
from photos.signals import photos_outdated
from photos.upkeep import make_up_for_night
from project.api.idempotency import forget_old_answers
from project.audit.recording import Verb, record_here
from project.jobs.signals import minute_passed, tidying_up, worker_starting
from project.storage.base import pictures


@receiver(post_delete, sender=Photo)
def delete_pictures(instance: Photo, **kwargs: Any) -> None:
    """Delete what was made of the photo with the row, whoever deletes it; the file is not ours."""
    if instance.copy_of_id is not None:
        return
    transaction.on_commit(partial(pictures().delete_all, instance.picture_names), robust=True)


@receiver(post_delete, sender=Upload)
def delete_part(instance: Upload, **kwargs: Any) -> None:
    """Delete what has arrived of an upload with its row."""
    transaction.on_commit(partial(instance.part.unlink, missing_ok=True), robust=True)


@receiver(post_delete, sender=User)
def delete_uploads(instance: User, **kwargs: Any) -> None:
    """Delete what a user has sent; folders that were only named stay as they are."""
    transaction.on_commit(partial(drop_upload_area, instance.pk), robust=True)


@receiver(pre_delete, sender=Library)
def note_deletion(instance: Library, **kwargs: Any) -> None:
    """Record that a library is deleted; before, as its owner may go with it."""
    record_here(Verb.DELETED, f"library {instance.pk}")


@receiver(pre_delete, sender=Photo)
def leave_to_copies(instance: Photo, origin: Model | QuerySet[Model], **kwargs: Any) -> None:
    """Leave what is known of a photo to its copies, unless they go, too."""
    if instance.copy_of_id is None and instance.copies.exists():
        part(instance, but=_going(origin))


def _going(origin: Model | QuerySet[Model]) -> QuerySet[Photo]:
    """Return the photos that go with the rows whose deletion was asked for."""
    if isinstance(origin, QuerySet):
        model, ids = origin.model, list(origin.values_list("pk", flat=True))
    else:
        model, ids = type(origin), [origin.pk]
    place = {Photo: "pk__in", Library: "library__in", User: "library__owner__in"}[model]
    return Photo.objects.filter(**{place: ids})


@receiver(tidying_up)
def drop_stale(**kwargs: Any) -> None:
    """Forget uploads that were never finished, and answers that nobody may ask for again."""
    drop_stale_uploads()
    forget_old_answers()


@receiver(minute_passed)
def begin_what_was_missed(**kwargs: Any) -> None:
    """Begin the nightly round where its message was lost, or the scheduler was not there."""
    make_up_for_night()


@receiver(photos_outdated)
def scan_again(library: Library, **kwargs: Any) -> None:
    """Scan what is marked; the rest of the library may take long to compare with the disk."""
    start_scan_of_outdated(library=library, requested_by=library.owner)


@receiver(worker_starting)
def load_storage(**kwargs: Any) -> None:
    """Load what talks to the storage of pictures before the first job."""
    pictures().load()
