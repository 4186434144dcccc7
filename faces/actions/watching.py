"""Looking for faces in what was decoded: a photo, or a video frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef

from faces.actions.finding import FaceReport, certain_faces, cut_crop
from faces.actions.mentions import as_marked
from faces.arrays import rows_of_footage
from faces.models import Dismissal, Face, Rejection
from faces.recognition.geometry import Box, match_faces
from faces.vision.engines import Engine, FoundFace
from photos.imaging.decoding import DecodedImage
from photos.imaging.video import DecodedVideo, SampledFrame
from photos.models import Photo
from project.jobs.limits import renew_time_limit


def look_into(
    photo: Photo,
    decoded: DecodedImage | DecodedVideo,
    engine: Engine,
    *,
    anew: bool = True,
    marked: Sequence[Box] = (),
) -> FaceReport:
    """Return what an engine finds, and the places of faces that people have spoken of.

    With ``anew`` False, those whose embedding under the engine's model is known may be missed. Of
    a picture, also where somebody has ``marked`` a face elsewhere there is one.
    """
    certain = certain_faces(Face.objects.filter(photo=photo))
    if not anew:
        certain = certain.exclude(embeddings__model=engine.embedder.model)
    known = [face.box for face in certain]
    if isinstance(decoded, DecodedVideo):
        said = Exists(Rejection.objects.filter(face=OuterRef("pk")))
        own = Face.objects.filter(photo=photo)
        return watch_video(
            decoded,
            engine,
            known=known,
            spoken=[face.box for face in (certain_faces(own) | own.filter(said)).distinct()],
            dismissed=[each.box for each in Dismissal.objects.filter(photo=photo)],
        )
    found = engine.find_faces(decoded, known=[*known, *marked])
    faces = [as_marked(face) if face.box in marked else face for face in found]
    crops = [cut_crop(decoded, face.box) for face in faces]
    return FaceReport(faces, crops, embedding_model=engine.embedder.model)


@dataclass(frozen=True)
class Seen:
    """A face in a frame of a video."""

    found: FoundFace
    crop: bytes
    shot: int
    kept: bool  # somebody has said something of it
    unwanted: bool  # it was dismissed


def watch_video(
    video: DecodedVideo,
    engine: Engine,
    *,
    known: Sequence[Box] = (),
    spoken: Sequence[Box] = (),
    dismissed: Sequence[Box] = (),
) -> FaceReport:
    """Look into the frames of a video; of one person in one shot the best face is reported.

    Where there is a face that is ``known``, there is one. A face that somebody has ``spoken`` of
    stays, and one that was ``dismissed`` takes with it all of the same person in the same shot.
    """
    seen: list[Seen] = []
    for frame in video.frames():
        renew_time_limit()
        seen += _seen_in(frame, engine, known, spoken, dismissed)
    model = engine.embedder.model
    rows = rows_of_footage(
        [each.found for each in seen],
        [each.shot for each in seen],
        model=model,
        kept=[each.kept for each in seen],
        unwanted=[each.unwanted for each in seen],
    )
    chosen = [seen[row] for row in rows]
    return FaceReport([each.found for each in chosen], [each.crop for each in chosen], model)


def _seen_in(
    frame: SampledFrame,
    engine: Engine,
    known: Sequence[Box],
    spoken: Sequence[Box],
    dismissed: Sequence[Box],
) -> list[Seen]:
    here = [replace(box, time=None) for box in known if box.time == frame.time]
    faces = [
        replace(found, box=replace(found.box, time=frame.time))
        for found in engine.find_faces(frame, known=here)
    ]
    boxes = [face.box for face in faces]
    kept = {new for _, new in match_faces(spoken, boxes)}
    unwanted = {new for _, new in match_faces(dismissed, boxes)} - kept
    return [
        Seen(face, cut_crop(frame, face.box), frame.shot, index in kept, index in unwanted)
        for index, face in enumerate(faces)
    ]
