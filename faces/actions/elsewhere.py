"""Taking over people and boxes from other photo managers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.identifying import PhotoElsewhere, PhotoIndex
from faces.actions.mentions import Taken, marked_boxes, note_names, take_mentions
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
    photos: Iterable[MarkedPhoto],
    library: Library | None = None,
) -> FromElsewhere:
    """Take over names: boxes name the faces that they overlap, as those in files do.

    Where there is no such face, the photo is scanned anew, with a face at the box. Twice is once.
    """
    index, result = PhotoIndex(owner, library), FromElsewhere()
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
        result.scanned = len(to_scan)
    result.taken = take_mentions(owner=owner)
    return result
