"""Videos: faces with the time they were seen at, once for each person and shot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from faces.actions.drafting import make_draft, report_of
from faces.actions.drawing import draw_face
from faces.actions.finding import store_faces
from faces.actions.labelling import dismiss_faces, label_faces
from faces.actions.undoing import undo_event
from faces.actions.watching import look_into
from faces.arrays import load_faces
from faces.models import Draft, EngineChoice, Face, LabelEvent
from faces.queries.conflicts import label_conflicts
from faces.recognition.geometry import Box, match_faces
from faces.recognition.quality import Quality
from faces.vision.engines import Engine, FoundFace
from faces.vision.interfaces import Picture
from photos.imaging.video import decode_video
from photos.models import Photo
from tests.embeddings import made_up_people
from tests.factories import MODEL, make_library, make_person, make_photo, make_user
from tests.videos import make_video, plain

pytestmark = pytest.mark.django_db

LEFT, RIGHT = Box(0.1, 0.1, 0.2, 0.2), Box(0.6, 0.1, 0.2, 0.2)
VECTORS, _ = made_up_people([10, 10])
ANN, BOB = VECTORS[:10], VECTORS[10:]


class Embedder:
    model = MODEL


class TwoPeople:
    """Sees Ann in red and blue pictures, and Bob beside her in blue ones; later, better ones."""

    embedder = Embedder()
    name = "dlib-hog"

    def __init__(self) -> None:
        self.looks = 0

    def find_faces(self, picture: Picture, *, known: Sequence[Box] = ()) -> list[FoundFace]:
        red, _, blue = cast(tuple[int, int, int], picture.image.getpixel((5, 5)))
        here = [(LEFT, ANN), (RIGHT, BOB)] if blue > red else [(LEFT, ANN)]
        self.looks += 1
        quality = Quality(80, 150.0, 0.7, 0.3 + self.looks / 100, 0.9)
        found = [
            FoundFace(box, "dlib-hog", 1.5, (), vectors[self.looks % 10], quality, 0.1, 0.8)
            for box, vectors in here
        ]
        again = {old for old, _ in match_faces(known, [each.box for each in found])}
        return found + [
            FoundFace(box, "dlib-hog", 0.0, (), BOB[0], quality, 0.1, 0.8)
            for index, box in enumerate(known)
            if index not in again
        ]


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    """A video of two shots: three seconds of Ann, and two of Ann and Bob."""
    folder = tmp_path / "clips"
    folder.mkdir()
    make_video(folder / "a.mp4", [plain("red")] * 3 + [plain("blue")] * 2)
    return make_photo(make_library(path=folder), path="a.mp4", duration=5.0, width=64, height=48)


def watch(photo: Photo, *, anew: bool = False) -> list[Face]:
    report = look_into(photo, decode_video(photo.file), cast(Engine, TwoPeople()), anew=anew)
    with transaction.atomic():
        store_faces(reports={photo.pk: report})
    return list(Face.objects.order_by("time_offset", "left"))


def test_one_face_of_each_person_and_shot_is_kept_with_its_time(photo: Photo) -> None:
    faces = watch(photo)
    assert [face.box for face in faces] == [
        replace(LEFT, time=faces[0].time_offset),
        replace(LEFT, time=faces[1].time_offset),
        replace(RIGHT, time=faces[1].time_offset),
    ]
    assert faces[0].time_offset == 2.6  # the last of the first shot: each is better than before
    assert faces[1].time_offset is not None and faces[1].time_offset > 3
    assert all(default_storage.exists(face.crop_name) for face in faces)


def test_nothing_of_the_frames_is_written_into_the_library(photo: Photo) -> None:
    before = sorted(Path(photo.library.path).iterdir())
    watch(photo)
    assert sorted(Path(photo.library.path).iterdir()) == before


def test_looking_again_keeps_rows_and_labels(photo: Photo) -> None:
    faces = watch(photo)
    label_faces(owner=make_user(), faces=Face.objects.all(), person=make_person("Ann"))
    assert [face.pk for face in watch(photo, anew=True)] == [face.pk for face in faces]
    assert set(Face.objects.values_list("person__name", flat=True)) == {"Ann"}


def test_a_labelled_face_stays_though_another_would_be_better_now(photo: Photo) -> None:
    (first, *_) = watch(photo)
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=first.pk), person=make_person())
    Face.objects.filter(pk=first.pk).update(time_offset=1.6)
    faces = watch(photo, anew=True)
    assert (faces[0].pk, faces[0].time_offset) == (first.pk, 1.6)
    assert len(faces) == 3


def test_a_dismissed_face_takes_the_person_away_from_that_shot(photo: Photo) -> None:
    faces = watch(photo)
    outcome = dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=faces[0].pk))
    assert [face.pk for face in watch(photo)] == [faces[1].pk, faces[2].pk]
    assert outcome.event is not None
    undo_event(owner=make_user(), event=outcome.event)
    assert len(watch(photo)) == 3


def test_two_faces_at_different_moments_may_be_one_person(photo: Photo) -> None:
    watch(photo)
    pictures = load_faces(make_user().pk, MODEL).photos.tolist()
    assert len(set(pictures)) == 2
    assert pictures[1] == pictures[2] != pictures[0]
    ann = make_person("Ann")
    label_faces(owner=make_user(), faces=Face.objects.filter(left=LEFT.left), person=ann)
    assert label_conflicts(make_user()) == []
    label_faces(owner=make_user(), faces=Face.objects.all(), person=ann)
    (conflict,) = label_conflicts(make_user())
    assert {face.left for face in conflict.faces} == {LEFT.left, RIGHT.left}


def test_boxes_at_two_moments_are_never_paired() -> None:
    early, late = replace(LEFT, time=1.0), replace(LEFT, time=2.0)
    assert match_faces([early], [late], [ANN[0]], [ANN[0]]) == []
    assert match_faces([early, late], [late]) == [(1, 0)]


def test_a_face_can_be_drawn_at_a_moment(photo: Photo) -> None:
    make_video(photo.file.place, [plain("red", (640, 480))] * 3)
    outcome = draw_face(owner=make_user(), photo=photo, box=replace(RIGHT, time=1.5), name="Bob")
    face = Face.objects.get(pk__in=outcome.changed)
    assert face.time_offset == 1.6  # the nearest frame that is looked at
    again = watch(photo, anew=True)
    assert face.pk in {each.pk for each in again}
    Face.objects.get(pk=face.pk, time_offset=1.6)
    assert LabelEvent.objects.filter(verb=LabelEvent.Verb.DRAW).exists()


def test_another_engine_looks_aside_with_times(photo: Photo) -> None:
    choice = EngineChoice.objects.create(name="yunet-dlib", state=EngineChoice.State.PREPARING)
    draft = Draft.objects.create(engine=choice, photo=photo)
    make_draft(draft, decode_video(photo.file), cast(Any, TwoPeople()))
    draft.refresh_from_db()
    report = report_of(draft, MODEL)
    assert [face.box.time is None for face in report.faces] == [False] * 3
    assert draft.made_at is not None and draft.made_at <= timezone.now()
