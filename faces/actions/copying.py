"""What faces do when photos turn out to have the same content, or cease to have it."""

from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from faces.actions.finding import is_certain
from faces.models import Dismissal, Draft, Embedding, Face, Guess, Mention, Rejection
from photos.models import Photo
from project.pictures import copy_picture

Said = TypeVar("Said", Embedding, Rejection, Guess)


def give_up_faces(photo: Photo) -> bool:
    """Delete a photo's faces, which its original has, too; return whether that was done.

    It is not where a person has said something of them: nothing that was said is lost.
    """
    # A label that somebody is about to write must be seen.
    faces = list(Face.objects.filter(photo=photo).order_by("pk").select_for_update())
    said = (
        any(is_certain(face) for face in faces)
        or Rejection.objects.filter(face__in=faces).exists()
        or Dismissal.objects.filter(photo=photo).exists()
    )
    if said:
        return False
    Draft.objects.filter(photo=photo).delete()
    Face.objects.filter(pk__in=[face.pk for face in faces]).delete()
    return True


def copy_faces(*, photo: Photo, original: Photo) -> None:
    """Give a photo faces like those of another, with all that was said of them and guessed."""
    with transaction.atomic():
        faces = list(Face.objects.filter(photo=original).order_by("pk").select_for_update())
        copies = {face.pk: _copy_of(face, photo) for face in faces}
        _copy_rows(Embedding.objects.filter(face__in=faces), copies)
        _copy_rows(Rejection.objects.filter(face__in=faces), copies)
        _copy_rows(Guess.objects.filter(face__in=faces), copies)
        dismissals = list(Dismissal.objects.filter(photo=original))
        for each in dismissals:
            each.pk, each.photo = None, photo
        Dismissal.objects.bulk_create(dismissals)
        # So that what was taken away does not come back from the copy's file.
        mentions = list(Mention.objects.filter(photo=original))
        for mention in mentions:
            mention.pk, mention.photo = None, photo
            mention.face = copies.get(mention.face_id or 0)
        Mention.objects.bulk_create(mentions)


def _copy_rows(said: QuerySet[Said], copies: dict[int, Face]) -> None:
    rows = list(said)
    for row in rows:
        row.pk, row.face = None, copies[row.face_id]
    said.model.objects.bulk_create(rows)


def _copy_of(face: Face, photo: Photo) -> Face:
    crop = face.crop_name
    copy = Face.objects.get(pk=face.pk)
    copy.pk, copy.photo, copy._state.adding = None, photo, True
    copy.save()
    copy_picture(crop, copy.crop_name)
    return copy
