"""What an engine finds is kept aside as drafts, and put in the place of what another found."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from faces.actions.engines import drop_drafts, drop_engine, standing_engine
from faces.actions.finding import FaceReport, drafted_box, rows_found, store_faces
from faces.actions.locking import lock_owner
from faces.actions.watching import look_into
from faces.arrays import pack_vectors, unpack_vectors
from faces.models import Dismissal, Draft, Embedding, EngineChoice, Face
from faces.recognition.quality import Quality
from faces.vision.engines import Engine, FoundFace
from photos.imaging.decoding import DecodedImage
from photos.imaging.video import DecodedVideo
from photos.models import Photo
from project.pictures import copy_picture
from project.preferences.reading import value

BATCH = 500  # photos at a time


def make_draft(draft: Draft, decoded: DecodedImage | DecodedVideo, engine: Engine) -> None:
    """Keep aside what an engine finds in a photo, and in the places that people have named."""
    began = timezone.now()  # of a file that a scan sees change after this, it is out of date
    report = look_into(draft.photo, decoded, engine)
    with transaction.atomic():
        # Who deletes faces takes them out of drafts: either it waits, or its dismissals are seen.
        if Draft.objects.select_for_update().filter(pk=draft.pk).exists():
            _keep(draft, *_wanted(draft, report), began)


def _keep(draft: Draft, found: list[FoundFace], pictures: list[bytes], began: datetime) -> None:
    crops = [_crop_name(draft.engine_id, draft.photo_id, number) for number in range(len(found))]
    for crop, name in zip(pictures, crops, strict=True):
        default_storage.save(name, ContentFile(crop))
    Draft.objects.filter(pk=draft.pk).update(
        faces=[_as_json(face, crop) for face, crop in zip(found, crops, strict=True)],
        vectors=pack_vectors(face.embedding for face in found),
        made_at=began,
        claimed_by=None,
    )


def _wanted(draft: Draft, report: FaceReport) -> tuple[list[FoundFace], list[bytes]]:
    """Return faces and crops without what was dismissed: nothing biometric is kept of it."""
    known = Face.objects.filter(photo=draft.photo_id).order_by("pk")
    row_of, fresh = rows_found(
        report,
        list(known),
        list(Dismissal.objects.filter(photo=draft.photo_id)),
        value("overlap_threshold"),
    )
    wanted = sorted({*row_of, *fresh})
    crops = [crop for crop in report.crops if isinstance(crop, bytes)]
    return [report.faces[index] for index in wanted], [crops[index] for index in wanted]


def switch_engine(
    choice: EngineChoice,
    *,
    model: str,
    former_model: str,
    keep_going: Callable[[], None] = lambda: None,
) -> None:
    """Put an engine in force whose drafts are made, in one step.

    Labels go with the faces that are found again, and with those that only a person has seen. What
    the engine before had found becomes drafts, so that the way back is the same step. Photos
    without a draft, such as those added since, are marked to be scanned anew. ValidationError for
    an engine that has not looked into all photos.
    """
    with transaction.atomic():
        for owner in User.objects.filter(libraries__isnull=False).distinct().order_by("pk"):
            lock_owner(owner)
        choice = EngineChoice.objects.select_for_update().get(pk=choice.pk)
        if choice.state == EngineChoice.State.IN_FORCE:
            return  # another worker was quicker
        if choice.state not in (EngineChoice.State.READY, EngineChoice.State.FORMER):
            raise ValidationError(f"{choice.name} has not looked into all photos yet.")
        former = standing_engine()
        for older in EngineChoice.objects.filter(state=EngineChoice.State.FORMER):
            if older != choice:
                drop_engine(older)
        drop_drafts(former)
        made = choice.drafts.filter(made_at__gte=F("photo__scanned_at"))
        for ids in in_batches(made):
            keep_going()
            # As a scan does, which may be at work on one of them, or have ended just now.
            photos = [draft.photo_id for draft in ids]
            list(Photo.objects.select_for_update(no_key=True).filter(pk__in=photos).order_by("pk"))
            batch = list(made.filter(photo__in=photos))
            photos = [draft.photo_id for draft in batch]
            kept = _keep_aside(former, former_model, photos)
            store_faces(reports={draft.photo_id: report_of(draft, model) for draft in batch})
            _keep_crops(kept)
        # Files that are missing now are looked into when they are back.
        looked_into = Photo.objects.filter(copy_of=None, library__finds_faces=True)
        _scan_anew(looked_into.exclude(drafts__engine=former))
        scan_unseen(model)
        drop_drafts(choice)
        EngineChoice.objects.filter(pk=former.pk).update(
            state=EngineChoice.State.FORMER, report={}, take_when_ready=False
        )
        EngineChoice.objects.filter(pk=choice.pk).update(
            state=EngineChoice.State.IN_FORCE, take_when_ready=False
        )


def scan_unseen(model: str) -> None:
    """Mark photos to be scanned anew with a face that has no embedding under the model.

    Somebody may have labelled it after the draft was made, or a scan have found it meanwhile.
    """
    seen = Embedding.objects.filter(face=OuterRef("pk"), model=model)
    unseen = Face.objects.filter(~Exists(seen), photo=OuterRef("pk"))
    _scan_anew(Photo.objects.filter(Exists(unseen), library__finds_faces=True))


def _scan_anew(photos: QuerySet[Photo]) -> None:
    photos.update(state=Photo.State.PENDING, claimed_by=None, attempts=0)


def report_of(draft: Draft, model: str) -> FaceReport:
    """Return a draft as the engine reported it."""
    vectors = unpack_vectors(draft.vectors, len(draft.faces))
    return FaceReport(
        faces=[
            FoundFace(
                box=drafted_box(face),
                detector=face["detector"],
                score=face["score"],
                landmarks=tuple((x, y) for x, y in face["landmarks"]),
                embedding=vector,
                quality=Quality(**face["quality"]),
                oddness=face["oddness"],
                likelihood=face["likelihood"],
            )
            for face, vector in zip(draft.faces, vectors, strict=True)
        ],
        crops=[face["crop"] for face in draft.faces],
        embedding_model=model,
    )


def in_batches(drafts: QuerySet[Draft]) -> Iterator[list[Draft]]:
    """Yield drafts in the order of their photos, some hundred photos at a time."""
    after = 0
    while batch := list(drafts.filter(photo_id__gt=after).order_by("photo_id")[:BATCH]):
        yield batch
        after = batch[-1].photo_id


def _keep_aside(former: EngineChoice, model: str, photos: list[int]) -> dict[int, str]:
    """Write what is known of these photos' faces as drafts; return {face: name of its crop there}.

    Faces that have no embedding under this model are known by a person's word alone, and stay.
    """
    found: dict[int, list[Embedding]] = {photo: [] for photo in photos}
    embeddings = Embedding.objects.filter(face__photo__in=photos, model=model)
    for embedding in embeddings.select_related("face").order_by("face_id"):
        found[embedding.face.photo_id].append(embedding)
    crops: dict[int, str] = {}
    drafts = []
    for photo, own in found.items():
        for number, embedding in enumerate(own):
            crops[embedding.face_id] = _crop_name(former.pk, photo, number)
        drafts.append(
            Draft(
                engine=former,
                photo_id=photo,
                faces=[_as_json(_as_found(each), crops[each.face_id]) for each in own],
                vectors=pack_vectors(each.vector for each in own),
                made_at=timezone.now(),
            )
        )
    Draft.objects.bulk_create(drafts)
    return crops


def _keep_crops(crops: dict[int, str]) -> None:
    """Copy the crops of those faces that are gone: only theirs go with them."""
    left = set(Face.objects.filter(pk__in=crops).values_list("pk", flat=True))
    for face, name in crops.items():
        before = Face(pk=face).crop_name
        if face not in left:
            copy_picture(before, name)


def _crop_name(engine: int, photo: int, number: int) -> str:
    return f"drafts/{engine}/{photo // 1000:06d}/{photo}-{number}.webp"


def _as_json(found: FoundFace, crop: str) -> dict[str, Any]:
    return {
        "box": [found.box.left, found.box.top, found.box.width, found.box.height],
        "time": found.box.time,
        "detector": found.detector,
        "score": found.score,
        "landmarks": [list(point) for point in found.landmarks],
        "quality": asdict(found.quality),
        "oddness": found.oddness,
        "likelihood": found.likelihood,
        "crop": crop,
    }


def _as_found(embedding: Embedding) -> FoundFace:
    """Return a face as the engine reported it whose embedding this is."""
    face = embedding.face
    return FoundFace(
        box=face.box,
        detector=face.detector,
        score=face.detector_score,
        landmarks=tuple((x, y) for x, y in face.landmarks),
        embedding=embedding.vector,
        quality=Quality(face.size_px, face.sharpness, face.exposure, face.quality, face.pose),
        oddness=face.oddness,
        likelihood=face.likelihood,
    )
