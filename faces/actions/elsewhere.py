"""Taking over people and boxes from other photo managers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.identifying import PhotoElsewhere, PhotoIndex
from faces.actions.mentions import (
    PHOTOS_AT_ONCE,
    Taken,
    marked_boxes,
    note_names,
    take_mentions,
)
from faces.actions.restoring import scan_again
from faces.interchange.elsewhere import MarkedPhoto
from faces.interchange.regions import NamesInFile
from faces.models import Mention
from photos.models import Library, Photo


@dataclass
class FromElsewhere:
    """What came of it."""

    photos: int = 0
    names: int = 0  # that were not known yet
    scanned: int = 0  # photos with a box in which no face was found so far
    missing: list[str] = field(default_factory=list)  # paths of photos that are not here
    taken: Taken = field(default_factory=Taken)


def import_elsewhere(
    *,
    owner: User,
    source: Mention.Source,
    photos: Sequence[MarkedPhoto],
    library: Library | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> FromElsewhere:
    """Take over names: boxes name the faces that they overlap, as those in files do.

    Where there is no such face, the photo is scanned anew, with a face at the box. Twice is once.
    ``report`` is told how many photos are done, of how many, and may end it by an exception.
    """
    index, result = PhotoIndex(owner, library), FromElsewhere()
    for start in range(0, len(photos), PHOTOS_AT_ONCE):
        report(start, len(photos))
        _note(index, source, photos[start : start + PHOTOS_AT_ONCE], result)
    report(len(photos), len(photos))
    result.taken = take_mentions(owner=owner)
    return result


def _note(
    index: PhotoIndex, source: Mention.Source, photos: Sequence[MarkedPhoto], result: FromElsewhere
) -> None:
    """Remember what is told of some photos, and count it in the result."""
    to_scan: set[int] = set()
    with transaction.atomic():
        for told in photos:
            found = index.find(PhotoElsewhere(tuple(told.paths), told.size, tuple(told.hashes)))
            photo = Photo.objects.select_related("copy_of").filter(pk=found or 0).first()
            if photo is None:
                result.missing.append(told.paths[0])
                continue
            photo = photo.copy_of or photo
            names = told.named((photo.width, photo.height))
            result.photos += 1
            result.names += len(note_names(photo=photo, names=names, source=source))
            if photo.state == Photo.State.SCANNED and marked_boxes(photo, NamesInFile()):
                to_scan.add(photo.pk)
        scan_again(to_scan)
        result.scanned += len(to_scan)
