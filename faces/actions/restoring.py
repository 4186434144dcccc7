"""Bringing back faces that were dismissed; nothing biometric was kept, so photos are scanned."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from faces.actions.finding import by_photo
from faces.actions.labelling import Outcome
from faces.actions.locking import lock_owner
from faces.models import BY_HAND, Dismissal, Face, LabelEvent
from faces.recognition.geometry import nearly_the_same
from photos.models import Library, Photo
from photos.signals import photos_outdated


def restore_dismissals(
    *, owner: User, dismissals: QuerySet[Dismissal], actor: User | None = None
) -> Outcome:
    """Say of what was dismissed that it is a face after all, of nobody yet.

    Each is a face again at once, as if it were drawn by hand: today's engine may not find it. Where
    there is a face by now, it is skipped, and the dismissal goes all the same.
    """
    with transaction.atomic():
        lock_owner(owner)
        rows = list(
            dismissals.select_related("photo").order_by("pk").select_for_update(of=("self",))
        )
        if not rows:
            return Outcome()
        faces, skipped = _faces_again(rows)
        Face.objects.bulk_create(faces)
        Dismissal.objects.filter(pk__in=[each.pk for each in rows]).delete()
        if not faces:
            return Outcome(skipped=skipped)
        event = LabelEvent.objects.create(
            owner=owner,
            actor=actor,
            verb=LabelEvent.Verb.RESTORE,
            details={
                "faces": [
                    {
                        "face": face.pk,
                        "photo": face.photo_id,
                        "box": list(face.box.corners),
                        "time": face.time_offset,
                    }
                    for face in faces
                ]
            },
        )
        scan_again({face.photo_id for face in faces})
    return Outcome([face.pk for face in faces], skipped, event=event)


def _faces_again(dismissals: list[Dismissal]) -> tuple[list[Face], list[tuple[int, str]]]:
    """Return new faces for dismissals, and those where a person has drawn one since."""
    there = by_photo(Face.objects.filter(photo__in={each.photo_id for each in dismissals}))
    faces, skipped = [], []
    for dismissal in dismissals:
        known = there[dismissal.photo_id]
        if any(nearly_the_same(face.box, dismissal.box) for face in known):
            skipped.append((dismissal.pk, "Here is a face already."))
            continue
        face = face_again(dismissal, detector=BY_HAND)
        known.append(face)
        faces.append(face)
    return faces, skipped


def face_again(
    dismissal: Dismissal, *, detector: str, pk: int | None = None, person: int | None = None
) -> Face:
    """Return the row, not stored yet, of a face that was dismissed, for the scan to fill."""
    photo, box = dismissal.photo, dismissal.box
    face = Face(
        pk=pk,
        photo=photo,
        person_id=person,
        labelled_at=timezone.now() if person else None,
        detector=detector,
        detector_score=0.0,
        size_px=round(min(box.width * photo.width, box.height * photo.height)),
        sharpness=0.0,
        exposure=0.0,
        quality=0.0,
        seen_at=timezone.now(),
    )
    face.box = box
    return face


def scan_again(photos: Collection[int]) -> None:
    """Have photos scanned anew, at once."""
    Photo.objects.filter(pk__in=photos).update(
        state=Photo.State.PENDING, claimed_by=None, attempts=0
    )
    for library in Library.objects.filter(photos__in=photos).distinct():
        photos_outdated.send(sender=Library, library=library)
