"""Storing the faces that an engine has found in a photo, over those that are known there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from faces.models import DRAWN, Dismissal, Embedding, Face, LabelEvent, Mention, Rejection
from faces.recognition.embeddings import same_embedding
from faces.recognition.geometry import Box, Vector, likeness_of, match_faces
from faces.vision.engines import FoundFace, best_image, crop_face
from faces.vision.interfaces import Picture
from photos.imaging.thumbnails import thumbnail_webp
from photos.models import Photo
from project.pictures import copy_picture
from project.preferences.reading import value

CROP_SIDE = 240  # pixels: sharp on a dense display at the dashboard's 120
# What a detector says of a face, on its row.
DESCRIPTION = [
    *("left", "top", "width", "height", "time_offset", "detector", "detector_score", "landmarks"),
    *("size_px", "sharpness", "exposure", "quality", "pose", "oddness"),
    *("likelihood", "seen_at"),
]
Row = TypeVar("Row", Face, Dismissal, Mention)


@dataclass(frozen=True)
class FaceReport:
    """What an engine found in one photo."""

    faces: list[FoundFace]
    crops: Sequence[bytes | str]  # WebP, one for each face; or where the storage keeps it
    embedding_model: str


def store_faces(*, reports: Mapping[int, FaceReport]) -> None:
    """Bring photos' faces in line with {photo id: report}; the caller holds the photos' rows.

    A known face that was found again keeps its row, and so its label. One that was not found
    goes, unless a person has said something about it. Boxes that were dismissed stay away.
    """
    known = _Known(reports)
    kept: list[_Sighting] = []
    for photo, report in reports.items():
        kept += _sightings(photo, report, known)
    _store_rows([each.face for each in kept])
    for each in kept:
        _store_crop(each)
    _store_embeddings(kept, known)
    found_again = {each.face.pk for each in kept}
    Face.objects.filter(
        pk__in=[
            face.pk
            for faces in known.faces.values()
            for face in faces
            if face.pk not in found_again and face.pk not in known.spoken and not is_certain(face)
        ]
    ).delete()


class _Known:
    """What is known of some photos before they are looked at again."""

    def __init__(self, reports: Mapping[int, FaceReport]) -> None:
        self.overlap: float = value("overlap_threshold")
        # Held until the end: a label that somebody is about to write must be seen, not overwritten.
        faces = Face.objects.filter(photo__in=reports).order_by("pk").select_for_update()
        self.faces = by_photo(faces)
        self.dismissals = by_photo(Dismissal.objects.filter(photo__in=reports))
        # Of a new photo there are none, and Django asks nothing.
        ids = [face.pk for some in self.faces.values() for face in some]
        self.spoken = set(  # of these faces somebody has said who they are not
            Rejection.objects.filter(face__in=ids).values_list("face", flat=True)
        )
        self.vectors: dict[tuple[int, str], Vector] = {
            (embedding.face_id, embedding.model): embedding.vector
            for embedding in Embedding.objects.filter(
                face__in=ids,
                model__in={report.embedding_model for report in reports.values()},
            )
        }


def by_photo(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return {photo id: its rows}, in their order."""
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.photo_id].append(row)
    return grouped


@dataclass(frozen=True)
class _Sighting:
    """A face that was found, on its row, old or new."""

    face: Face
    embedding_model: str
    vector: Vector
    crop: bytes | str
    is_new: bool


def _sightings(photo: int, report: FaceReport, known: _Known) -> list[_Sighting]:
    """Return what was found in a photo and is wanted."""
    before = known.faces.get(photo, [])
    row_of, fresh = rows_found(
        report,
        before,
        known.dismissals.get(photo, []),
        known.overlap,
        [known.vectors.get((face.pk, report.embedding_model)) for face in before],
    )
    row_of |= {index: Face(photo_id=photo) for index in fresh}
    for index, face in row_of.items():
        _describe(face, report.faces[index])
    return [
        _Sighting(
            face,
            report.embedding_model,
            report.faces[index].embedding,
            report.crops[index],
            is_new=index in fresh,
        )
        for index, face in row_of.items()
    ]


def rows_found(
    report: FaceReport,
    before: Sequence[Face],
    dismissed: Sequence[Dismissal],
    overlap: float,
    vectors: Sequence[Vector | None] = (),
) -> tuple[dict[int, Face], list[int]]:
    """Return {index in the report: the face that it is}, and the indices of faces that are new.

    Boxes with this ``overlap`` are of one face. ``vectors`` are the embeddings of the faces known
    ``before``. What was ``dismissed`` is neither.
    """
    boxes = [found.box for found in report.faces]
    again = match_faces(
        [face.box for face in before],
        boxes,
        vectors,
        [found.embedding for found in report.faces],
        likeness_of(report.embedding_model),
        least_overlap=overlap,
    )
    row_of = {new: before[old] for old, new in again}
    fresh = [index for index in range(len(boxes)) if index not in row_of]
    away = match_faces(
        [each.box for each in dismissed],
        [boxes[index] for index in fresh],
        least_overlap=overlap,
    )
    unwanted = {fresh[new] for _, new in away}
    return row_of, [index for index in fresh if index not in unwanted]


def drafted_box(face: Mapping[str, Any]) -> Box:
    """Return the box of a face as a Draft has it."""
    left, top, width, height = face["box"]
    return Box(left, top, width, height, time=face.get("time"))


def certain_faces(faces: QuerySet[Face]) -> QuerySet[Face]:
    """Return those that a person has labelled or drawn: they are faces, whatever an engine says."""
    return faces.filter(Q(person__isnull=False) | Q(detector__in=DRAWN))


def is_certain(face: Face) -> bool:
    """Return whether a person has labelled or drawn it; see ``certain_faces``."""
    return face.person_id is not None or face.detector in DRAWN


def _describe(face: Face, found: FoundFace) -> None:
    face.box = found.box
    if face.detector not in DRAWN:
        face.detector, face.likelihood = found.detector, found.likelihood
    face.detector_score = found.score
    face.landmarks = [list(point) for point in found.landmarks]
    face.size_px = found.quality.size_px
    face.sharpness = found.quality.sharpness
    face.exposure = found.quality.exposure
    face.quality = found.quality.overall
    face.pose = found.quality.pose
    face.oddness = found.oddness
    face.seen_at = timezone.now()


def _store_rows(faces: list[Face]) -> None:
    known = [face for face in faces if face.pk]
    Face.objects.bulk_create(
        known, update_conflicts=True, unique_fields=["pk"], update_fields=DESCRIPTION
    )
    Face.objects.bulk_create([face for face in faces if not face.pk])


def _store_crop(sighting: _Sighting) -> None:
    """Write the crop; a face that is known keeps the one it has rather than a copy of another."""
    name, crop = sighting.face.crop_name, sighting.crop
    if isinstance(crop, bytes):
        default_storage.save(name, ContentFile(crop))
    elif sighting.is_new:
        copy_picture(crop, name)


def _store_embeddings(sightings: list[_Sighting], known: _Known) -> None:
    """Write the embeddings that are not the same as before: rows are not updated for nothing."""
    changed = []
    for each in sightings:
        before = known.vectors.get((each.face.pk, each.embedding_model))
        if before is None or not same_embedding(before, each.vector):
            changed.append(each)
    for model in {each.embedding_model for each in changed}:
        outdated = [each.face.pk for each in changed if (each.face.pk, model) in known.vectors]
        Embedding.objects.filter(face__in=outdated, model=model).delete()
    photos = Photo.objects.filter(pk__in={each.face.photo_id for each in changed})
    owners = dict(photos.values_list("pk", "library__owner"))
    Embedding.objects.bulk_create(
        Embedding(
            face=each.face,
            owner_id=owners[each.face.photo_id],
            model=each.embedding_model,
            vector=each.vector,
        )
        for each in changed
    )


def cut_crop(picture: Picture, box: Box) -> bytes:
    """Return a face as WebP, as it is shown."""
    return thumbnail_webp(crop_face(best_image(picture, box), box), CROP_SIDE)


def forget_dismissals(*, owner: User, photos: QuerySet[Photo], before: datetime) -> int:
    """Let faces that were deleted before a moment be found again; return how many there were."""
    with transaction.atomic():
        dismissals = Dismissal.objects.filter(photo__in=photos, created_at__lte=before)
        places = [
            {
                "photo": dismissal.photo_id,
                "box": list(dismissal.box.corners),
                "time": dismissal.time_offset,
            }
            for dismissal in dismissals.select_for_update()
        ]
        if places:
            dismissals.delete()
            LabelEvent.objects.create(
                owner=owner, verb=LabelEvent.Verb.RESTORE, details={"faces": places}
            )
    return len(places)
