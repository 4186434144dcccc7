"""What faces do when photos are scanned, and when their own rows go."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from faces.actions.checking import check_faces, remove_stray_crops
from faces.actions.copying import copy_faces, give_up_faces
from faces.actions.finding import forget_dismissals, store_faces
from faces.actions.imports import drop_stale_files
from faces.actions.mentions import (
    marked_boxes,
    names_in_file,
    note_names,
    take_mentions,
    take_some_mentions,
)
from faces.actions.restoring import scan_again
from faces.actions.tallying import drop_tally, tally_anew
from faces.actions.watching import look_into
from faces.interchange.regions import NamesInFile
from faces.jobs.choices import chosen_engine, chosen_model
from faces.jobs.engines import obey_environment
from faces.jobs.indexing import start_indexing
from faces.jobs.names import wanted_import_files
from faces.jobs.training import start_placing, start_training
from faces.models import Draft, Face, Mention, Training
from faces.queries.due import owners_to_train
from faces.queries.engines import engine_in_force
from faces.queries.recognised import finds_faces
from faces.vision.catalogue import MissingWeightsError, UnknownEngineError
from photos.imaging.decoding import DecodedImage
from photos.imaging.video import DecodedVideo
from photos.models import Library, Photo
from photos.signals import (
    Finding,
    copy_found,
    copy_parted,
    copy_settled,
    library_scanned,
    night_scanned,
    photo_checked,
    photo_decoded,
    rescan_planned,
    strays_sought,
)
from project.jobs.signals import minute_passed, tidying_up, worker_starting
from project.preferences.reading import value

logger = logging.getLogger(__name__)


@receiver(photo_decoded)
def find_faces(
    photo: Photo, decoded: DecodedImage | DecodedVideo, **kwargs: Any
) -> Callable[[], None]:
    """Look for faces in a decoded photo or video."""
    if not finds_faces(photo):
        return lambda: None
    engine = chosen_engine()
    names = names_in_file(photo)
    marked = marked_boxes(photo, names)
    report = look_into(photo, decoded, engine, anew=False, marked=marked)

    def store() -> None:
        if not finds_faces(photo):  # switched off meanwhile
            return
        if engine_in_force() == engine.name:
            store_faces(reports={photo.pk: report})
            note_names(photo=photo, names=names, source=Mention.Source.FILE)
            transaction.on_commit(partial(take_some_mentions, owner=photo.library.owner))
        else:  # it was changed meanwhile
            Photo.objects.filter(pk=photo.pk).update(state=Photo.State.PENDING)

    return store


@receiver(copy_found)
def keep_once(photo: Photo, **kwargs: Any) -> bool | None:
    """Leave the faces to the original, but for those that somebody has spoken of."""
    return None if give_up_faces(photo) else True


@receiver(copy_settled)
def read_beside_copy(photo: Photo, original: Photo, **kwargs: Any) -> None:
    """Note the names that lie beside a copy: its faces are the original's."""
    if not finds_faces(original):
        return
    names = names_in_file(photo)
    fresh = note_names(photo=original, names=names, source=Mention.Source.FILE, copy=photo)
    if fresh and marked_boxes(original, NamesInFile()):
        scan_again({original.pk})


@receiver(copy_parted)
def share(photo: Photo, original: Photo, **kwargs: Any) -> None:
    """Give a photo the faces of the one that it was a copy of until now."""
    if finds_faces(photo):
        copy_faces(photo=photo, original=original)


@receiver(rescan_planned)
def bring_back_dismissed(
    library: Library,
    photos: QuerySet[Photo],
    options: dict[str, Any],
    asked_at: datetime,
    **kwargs: Any,
) -> None:
    """Let faces that were deleted until then be found again, where the user has asked for it."""
    if options.get("restore_dismissed"):
        forget_dismissals(owner=library.owner, photos=photos, before=asked_at)


@receiver(library_scanned)
def take_names(library: Library, **kwargs: Any) -> None:
    """Make labels of what the files say, before what is left is compared with those known."""
    take_mentions(owner=library.owner)


@receiver(library_scanned)
def place_new(library: Library, **kwargs: Any) -> None:
    """Compare the new faces with those known, where there has been a Train."""
    if Training.objects.filter(owner=library.owner, is_current=True).exists():
        start_placing(owner=library.owner)


@receiver(library_scanned)
@receiver(tidying_up)
def index_similar(**kwargs: Any) -> None:
    """Index similar faces where there are many more faces, or fewer, than before."""
    start_indexing()


@receiver(post_delete, sender=User)
def drop_index_of(**kwargs: Any) -> None:
    """Drop what was made for somebody who is gone."""
    transaction.on_commit(start_indexing, robust=True)


@receiver(post_delete, sender=User)
def drop_tally_of(instance: User, **kwargs: Any) -> None:
    """Drop what was counted of somebody who is gone."""
    drop_tally(owner=instance)


@receiver(photo_checked)
def check(photo: Photo, **kwargs: Any) -> list[Finding]:
    """See to the faces of a photo that is checked."""
    if not finds_faces(photo):
        return []
    asked = {name: kwargs[name] for name in ("decoded", "anew", "light")}
    return check_faces(photo, embedding_model=chosen_model(), **asked)


@receiver(strays_sought)
def remove_strays(**kwargs: Any) -> list[str]:
    """Remove crops that belong to no face."""
    return remove_stray_crops()


@receiver(night_scanned)
def tally_at_night(library: Library, **kwargs: Any) -> None:
    """Count faces anew, before Train: it does so itself, but is not always due."""
    tally_anew(owner=library.owner)


@receiver(night_scanned)
def train_at_night(library: Library, **kwargs: Any) -> None:
    """Train where there are labels or faces since the last time."""
    if library.owner in owners_to_train(1):
        start_training(owner=library.owner)


@receiver(minute_passed)
def train_by_itself(**kwargs: Any) -> None:
    """Start Train where so much is new as the settings say."""
    least = value("auto_train")
    if least:
        for owner in owners_to_train(least):
            start_training(owner=owner)


@receiver(post_delete, sender=Face)
def delete_crop(instance: Face, **kwargs: Any) -> None:
    """Delete the crop with the row, whoever deletes it."""
    transaction.on_commit(partial(default_storage.delete, instance.crop_name), robust=True)


@receiver(pre_delete, sender=Photo)
def delete_crops_aside(instance: Photo, **kwargs: Any) -> None:
    """Delete the crops of the photo's drafts with it.

    By the photo and not by its drafts: those would all be loaded, vectors and all, to be told.
    """
    for faces in Draft.objects.filter(photo=instance).values_list("faces", flat=True):
        for face in faces:
            transaction.on_commit(partial(default_storage.delete, face["crop"]), robust=True)


@receiver(tidying_up)
def drop_stale_imports(**kwargs: Any) -> None:
    """Forget files that were sent and never taken over."""
    drop_stale_files(wanted_import_files())


@receiver(worker_starting)
def load_models(**kwargs: Any) -> None:
    """Load the models before the first job, so that no job pays for it."""
    for work in (obey_environment, lambda: chosen_engine().load()):
        try:
            work()
        except (UnknownEngineError, MissingWeightsError, ValidationError, IntegrityError) as error:
            logger.error("%s", error)  # jobs that need the engine fail with it
