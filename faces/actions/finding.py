"""Storing the faces that an engine has found in a photo, over those that are known there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from faces.models import Dismissal, Embedding, Face, LabelEvent, Rejection
from faces.recognition.embeddings import same_embedding
from faces.recognition.geometry import match_faces
from faces.vision.engines import FoundFace
from photos.models import Library, Photo


@dataclass(frozen=True)
class FaceReport:
    """What an engine found in one photo, and with what."""

    faces: list[FoundFace]
    crops: list[bytes]  # WebP, one for each face
    detector: str
    embedding_model: str


def store_faces(*, photo: Photo, report: FaceReport) -> None:
    """Bring the photo's faces in line with the report; the caller holds the photo's row.

    A known face that was found again keeps its row, and so its label. One that was not found
    goes, unless a person has said something about it. Boxes that were dismissed stay away.
    """
    # Held until the end: a label that somebody is about to write must be seen, not overwritten.
    known = list(Face.objects.filter(photo=photo).order_by("pk").select_for_update())
    rejected = set(Rejection.objects.filter(face__in=known).values_list("face_id", flat=True))
    vectors = dict(
        Embedding.objects.filter(face__photo=photo, model=report.embedding_model).values_list(
            "face_id", "vector"
        )
    )
    new_boxes = [found.box for found in report.faces]
    again = match_faces(
        [face.box for face in known],
        new_boxes,
        [vectors.get(face.pk) for face in known],
        [found.embedding for found in report.faces],
    )
    taken = {new for _, new in again}
    fresh = [index for index in range(len(new_boxes)) if index not in taken]
    dismissed = [dismissal.box for dismissal in Dismissal.objects.filter(photo=photo)]
    unwanted = {
        fresh[new] for _, new in match_faces(dismissed, [new_boxes[index] for index in fresh])
    }

    row_of = {new: known[old] for old, new in again}
    for index in range(len(report.faces)):
        if index not in unwanted:
            face = row_of.get(index) or Face(photo=photo)
            _store_face(face, report, index)
            _store_embedding(face, report, index, vectors.get(face.pk))

    found_again = {known[old].pk for old, _ in again}
    Face.objects.filter(
        pk__in=[
            face.pk
            for face in known
            if face.pk not in found_again and face.person_id is None and face.pk not in rejected
        ]
    ).delete()


def forget_dismissals(*, library: Library, before: datetime) -> int:
    """Let faces that were deleted before a moment be found again; return how many there were."""
    with transaction.atomic():
        dismissals = Dismissal.objects.filter(photo__library=library, created_at__lte=before)
        places = [
            {"photo": dismissal.photo_id, "box": list(dismissal.box.corners)}
            for dismissal in dismissals.select_for_update()
        ]
        if places:
            dismissals.delete()
            LabelEvent.objects.create(
                owner=library.owner, verb=LabelEvent.Verb.RESTORE, details={"faces": places}
            )
    return len(places)


def _store_face(face: Face, report: FaceReport, index: int) -> None:
    found = report.faces[index]
    face.box = found.box
    face.detector = report.detector
    face.detector_score = found.score
    face.landmarks = [list(point) for point in found.landmarks]
    face.size_px = found.quality.size_px
    face.sharpness = found.quality.sharpness
    face.exposure = found.quality.exposure
    face.quality = found.quality.overall
    face.seen_at = timezone.now()
    face.save()
    default_storage.save(face.crop_name, ContentFile(report.crops[index]))


def _store_embedding(
    face: Face, report: FaceReport, index: int, before: Sequence[float] | None
) -> None:
    """Write the embedding unless it is the same as before: rows are not updated for nothing."""
    vector = report.faces[index].embedding
    if before is not None:
        if same_embedding(before, vector):
            return
        Embedding.objects.filter(face=face, model=report.embedding_model).delete()
    Embedding.objects.create(face=face, model=report.embedding_model, vector=vector)
