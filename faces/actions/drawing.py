"""Drawing a face by hand: where no detector has found one, a person has seen it."""

from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from faces.actions.finding import cut_crop
from faces.actions.labelling import Outcome
from faces.actions.locking import check_may_speak, check_still_there, lock_owner
from faces.actions.people import person_named
from faces.actions.restoring import scan_again
from faces.models import BY_HAND, Face, LabelEvent, Person
from faces.recognition.geometry import Box, nearly_the_same
from faces.vision.interfaces import Picture
from photos.imaging.decoding import UnreadableImageError, decode_image
from photos.imaging.video import frame_at
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
    decoded, box = _decoded(photo, box)
    size_px = _checked_size(box, decoded)
    crop = cut_crop(decoded, box)
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
        default_storage.save(face.crop_name, ContentFile(crop))
        after = person.pk if person else None
        event = LabelEvent.objects.create(
            owner=owner,
            actor=actor,
            verb=LabelEvent.Verb.DRAW,
            details={"faces": [{"face": face.pk, "before": None, "after": after}]},
        )
        scan_again({photo.pk})
    return Outcome([face.pk], person=person, event=event)


def _decoded(photo: Photo, box: Box) -> tuple[Picture, Box]:
    """Return the picture, of a video the frame that is nearest to the box's time, and the box."""
    try:
        if photo.duration is not None:
            frame = frame_at(photo.file, box.time or 0)
            return frame, replace(box, time=frame.time)
        return decode_image(photo.file), replace(box, time=None)
    except UnreadableImageError as error:
        raise ValidationError({"photo": str(error)}) from None


def _checked_size(box: Box, decoded: Picture) -> int:
    """Return the pixels of the box's shorter side; refuse what is outside, or too small."""
    left, top, right, bottom = box.corners
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValidationError({"box": "The box must lie within the photo, 0 to 1 each way."})
    width, height = round(box.width * decoded.size[0]), round(box.height * decoded.size[1])
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
