"""Drawing a face by hand: where no detector has found one, a person has seen it."""

from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from faces.actions.finding import CROP_SIDE
from faces.actions.labelling import Outcome
from faces.actions.locking import check_may_speak, check_still_there, lock_owner
from faces.actions.people import person_named
from faces.actions.restoring import scan_again
from faces.models import BY_HAND, Face, LabelEvent, Person
from faces.recognition.geometry import Box, nearly_the_same
from faces.vision.cutting import Cut, cut_apart
from photos.imaging.decoding import UnreadableImageError
from photos.models import Photo

# Pixels of the shorter side; of less, no embedding says who it is.
LEAST_PX = 16


def draw_face(
    *,
    owner: User,
    photo: Photo,
    box: Box,
    person: Person | None = None,
    name: str = "",
    actor: User | None = None,
) -> Outcome:
    """Make a face of a box on a photo; where a person or a name is given, it is labelled.

    The crop is there at once; the photo is scanned anew, which makes the embedding. ValidationError
    says what is wrong with the box, or with the photo's file. ``actor`` is the labeller who draws
    it, where it is not the owner.
    """
    if person is not None and not person.name:
        raise ValidationError({"person": "Give this unknown person a name: draw with one."})
    photo = photo.copy_of or photo  # which has the faces of both
    cut, box = _cut_out(photo, box)
    size_px = _checked_size(box, cut.size)
    with transaction.atomic():
        lock_owner(owner)
        check_may_speak(owner, actor, [photo.pk])
        # A scan of the photo stores what it has found before this, or after.
        Photo.objects.select_for_update(no_key=True).get(pk=photo.pk)
        _refuse_known(photo, box)
        if name:
            person = person_named(owner=owner, name=name)
        elif person is not None:
            check_still_there(person)
        face = Face(
            photo=photo,
            person=person,
            labelled_at=timezone.now() if person else None,
            detector=BY_HAND,
            detector_score=0.0,
            size_px=size_px,
            sharpness=0.0,
            exposure=0.0,
            quality=0.0,
            seen_at=timezone.now(),
        )
        face.box = box
        face.save()
        default_storage.save(face.crop_name, ContentFile(cut.crop))
        after = person.pk if person else None
        event = LabelEvent.objects.create(
            owner=owner,
            actor=actor,
            verb=LabelEvent.Verb.DRAW,
            details={"faces": [{"face": face.pk, "before": None, "after": after}]},
        )
        scan_again({photo.pk})
    return Outcome([face.pk], person=person, event=event)


def _cut_out(photo: Photo, box: Box) -> tuple[Cut, Box]:
    """Return what the box shows, and the box with the time of a video's frame that it is on."""
    left, top, right, bottom = box.corners
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValidationError({"box": "The box must lie within the photo, 0 to 1 each way."})
    is_video = photo.duration is not None
    try:
        cut = cut_apart(photo.file, box, is_video=is_video, side=CROP_SIDE)
    except UnreadableImageError as error:
        raise ValidationError({"photo": str(error)}) from None
    return cut, replace(box, time=cut.time)


def _checked_size(box: Box, size: tuple[int, int]) -> int:
    """Return the pixels of the box's shorter side; refuse one that is too small."""
    width, height = round(box.width * size[0]), round(box.height * size[1])
    if min(width, height) < LEAST_PX:
        raise ValidationError(
            {
                "box": f"This box has {width} × {height} pixels of the photo; a face needs"
                f" {LEAST_PX} × {LEAST_PX}."
            }
        )
    return min(width, height)


def _refuse_known(photo: Photo, box: Box) -> None:
    for face in Face.objects.filter(photo=photo).select_related("person"):
        if nearly_the_same(face.box, box):
            who = f" ({face.person})" if face.person else ""
            raise ValidationError({"box": f"Here is a face already: {face.pk}{who}."})
