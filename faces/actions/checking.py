"""Checking that every face of a photo has its crop and its embedding."""

import re
from collections.abc import Callable, Sequence
from itertools import islice

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef

from faces.actions.finding import certain_faces, cut_crop
from faces.models import Draft, Embedding, Face, Rejection
from photos.imaging.decoding import DecodedImage
from photos.imaging.video import DecodedVideo, frames_at
from photos.models import Photo
from photos.signals import Finding
from project.jobs.limits import renew_time_limit
from project.pictures import drop_damaged_variants, is_old, is_whole, remove_strays
from project.storage.base import pictures

Decode = Callable[[], DecodedImage | DecodedVideo]
DRAFTED = re.compile(r"drafts/\d+/\d+/(\d+)-\d+\.webp")
BATCH = 1000  # names at a time


def check_faces(
    photo: Photo, decoded: Decode, *, embedding_model: str, anew: bool, light: bool
) -> list[Finding]:
    """Make crops that are missing or damaged, with ``anew`` all; tell of missing embeddings.

    Raises UnreadableImageError where the photo cannot be decoded.
    """
    faces = list(Face.objects.filter(photo=photo).order_by("pk"))
    broken = [face for face in faces if anew or not is_whole(face.crop_name, light=light)]
    if broken:
        _store(_crops(photo, decoded, broken))
    for face in set(faces) - set(broken):
        drop_damaged_variants(face.crop_name, light=light)  # made anew when somebody asks for them
    findings = []
    if broken and not anew:
        findings.append(Finding(f"Crops were missing or damaged: {_ids(broken)}.", "Made anew."))
    lacking = _without_embedding(photo, embedding_model)
    if lacking and not anew:
        wrong = f"Embeddings are missing: {_ids(lacking)}."
        findings.append(Finding(wrong, "The photo is scanned again.", look_again=True))
    return findings


def remove_stray_crops() -> list[str]:
    """Delete crops that belong to no face, here or in a draft; return their names."""
    removed = remove_strays(
        "crops", lambda ids: set(Face.objects.filter(pk__in=ids).values_list("pk", flat=True))
    )
    names = pictures().names("drafts")
    while batch := list(islice(names, BATCH)):
        strays = [name for name in _without_draft(batch) if is_old(name)]
        pictures().delete_all(strays)
        removed += strays
    return removed


def _without_draft(names: Sequence[str]) -> list[str]:
    """Return the crops that are of no draft; they are called ``drafts/3/000012/12345-0.webp``."""
    photos = {int(found[1]) for name in names if (found := DRAFTED.fullmatch(name))}
    drafts = Draft.objects.filter(photo__in=photos).values_list("faces", flat=True)
    known = {face["crop"] for faces in drafts for face in faces}
    return [name for name in names if name not in known]


def _crops(photo: Photo, decoded: Decode, faces: Sequence[Face]) -> dict[Face, bytes]:
    if photo.duration is None:
        picture = decoded()
        assert isinstance(picture, DecodedImage)
        return {face: cut_crop(picture, face.box) for face in faces}
    crops = {}
    for moment, frame in frames_at(photo.file, [face.time_offset or 0 for face in faces]):
        renew_time_limit()
        for face in faces:
            if (face.time_offset or 0) == moment:
                crops[face] = cut_crop(frame, face.box)
    return crops


def _store(crops: dict[Face, bytes]) -> None:
    """Store the crops of the faces that are still there: of one that was deleted nothing stays."""
    with transaction.atomic():
        faces = Face.objects.select_for_update(no_key=True).filter(pk__in=[f.pk for f in crops])
        there = set(faces.values_list("pk", flat=True))
        for face, crop in crops.items():
            if face.pk in there:
                default_storage.save(face.crop_name, ContentFile(crop))


def _without_embedding(photo: Photo, model: str) -> list[Face]:
    """Return the faces that have none, though a scan would give them one.

    It gives none to a face that it does not find, and that stays since somebody has said who it is
    not.
    """
    known = Embedding.objects.filter(face=OuterRef("pk"), model=model)
    lacking = Face.objects.filter(photo=photo).exclude(Exists(known))
    said = Exists(Rejection.objects.filter(face=OuterRef("pk")))
    return list((certain_faces(lacking) | lacking.exclude(said)).order_by("pk"))


def _ids(faces: Sequence[Face]) -> str:
    return ", ".join(f"face {face.pk}" for face in faces)
