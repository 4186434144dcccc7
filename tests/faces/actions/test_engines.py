"""Changing the engine: nothing that a person said is lost, and the way back is the same step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import ClassVar

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from faces.actions.comparing import compare_engine
from faces.actions.drafting import make_draft, switch_engine
from faces.actions.engines import (
    begin_with_engine,
    choose_engine,
    claim_drafts,
    drop_engine,
    leave_draft_open,
    open_drafts,
    plan_drafts,
    release_drafts,
    standing_engine,
)
from faces.actions.labelling import dismiss_faces
from faces.actions.training import TrainingParameters
from faces.models import BY_HAND, Draft, Embedding, EngineChoice, Face, Guess, Person, Rejection
from faces.queries.engines import engine_in_force
from faces.recognition.geometry import Box
from faces.recognition.pose import Layout
from faces.vision.engines import Engine
from faces.vision.interfaces import Detection, EmbeddedFace
from photos.imaging.decoding import DecodedImage
from photos.models import Photo
from project.jobs.limits import MAX_ATTEMPTS
from tests.embeddings import made_up_people
from tests.factories import (
    MODEL,
    make_face,
    make_guess,
    make_person,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db

LEFT, RIGHT, BELOW = (Box(x, y, 0.2, 0.2) for x, y in ((0.1, 0.1), (0.6, 0.1), (0.1, 0.6)))
NEW_MODEL = "other-model"
PARAMETERS = TrainingParameters(embedding_model=NEW_MODEL)
POINTS = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.4, 0.6), (0.6, 0.6))
(ONE, TWO, THREE), _ = made_up_people([1, 1, 1])
PICTURE = DecodedImage(Path(), Image.new("RGB", (200, 200), "grey"), (200, 200), None)


@dataclass(frozen=True)
class Sees:
    """An engine's two halves that find the same boxes in every photo."""

    boxes: Sequence[Box]
    name = "dlib-cnn"
    layout: ClassVar[Layout] = "features"
    model = NEW_MODEL
    dimension = 2

    def detect(self, image: Image.Image) -> list[Detection]:
        return [Detection(box, 2.0) for box in self.boxes]

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        vectors = [np.array([each.box.left, 1 - each.box.left]) for each in detections]
        return [EmbeddedFace((v / np.linalg.norm(v)).astype(np.float32), POINTS) for v in vectors]

    def load(self) -> None:
        pass


def prepared(*boxes: Box) -> EngineChoice:
    """An engine that has looked into all photos, and found these boxes in each."""
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    plan_drafts(choice)
    eyes = Sees(boxes)
    for draft in open_drafts(choice):
        make_draft(draft, PICTURE, Engine("dlib-cnn", eyes, eyes))
    assert compare_engine(choice, parameters=PARAMETERS)
    choice.refresh_from_db()
    return choice


def switch(choice: EngineChoice, *, back: bool = False) -> None:
    models = (MODEL, NEW_MODEL) if back else (NEW_MODEL, MODEL)
    switch_engine(choice, model=models[0], former_model=models[1])


def scanned_photo() -> Photo:
    photo = make_photo()
    Photo.objects.filter(pk=photo.pk).update(state=Photo.State.SCANNED, scanned_at=timezone.now())
    return photo


def known_face(photo: Photo, box: Box, person: Person | None = None) -> Face:
    face = make_face(photo, box=box, vector=ONE, person=person)
    default_storage.save(face.crop_name, ContentFile(b"as it was"))
    return face


def as_rows() -> list[tuple[object, ...]]:
    faces = Face.objects.order_by("photo", "left", "top")
    return [(face.photo_id, face.box, face.person_id, face.detector) for face in faces]


def test_until_the_change_nothing_is_different() -> None:
    photo = scanned_photo()
    known_face(photo, LEFT)
    before = as_rows()
    choice = prepared(RIGHT)
    assert as_rows() == before
    assert (choice.state, engine_in_force()) == (EngineChoice.State.READY, "dlib-hog")


def test_the_dry_run_says_what_would_change() -> None:
    photo = scanned_photo()
    ann = make_person()
    known_face(photo, LEFT)
    known_face(photo, BELOW, person=ann)
    gone = known_face(scanned_photo(), BELOW)
    make_guess(gone, classified=ann)
    assert prepared(LEFT, RIGHT).report == {
        "photos": 2,
        "found_again": 2,
        "found_new": 3,
        "lost": 1,
        "guesses_same": 0,
        "guesses_other": 0,
        "guesses_new": 1,  # the face like Ann's in the photo where she has no label
    }


def test_the_dry_run_counts_no_guess_of_somebody_unknown_by_a_label() -> None:
    known_face(scanned_photo(), LEFT, person=make_person())
    known_face(scanned_photo(), LEFT, person=make_person(""))
    assert prepared(LEFT).report["guesses_new"] == 0


@pytest.mark.parametrize(("tolerance", "guesses"), [(0.0, 1), (0.01, 0)])
def test_the_dry_run_guesses_with_the_settings_of_train(tolerance: float, guesses: int) -> None:
    known_face(scanned_photo(), LEFT, person=make_person())
    scanned_photo()
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    plan_drafts(choice)
    for number, draft in enumerate(open_drafts(choice).order_by("photo_id")):
        eyes = Sees([Box(0.1 + 0.05 * number, 0.1, 0.2, 0.2)])
        make_draft(draft, PICTURE, Engine("dlib-cnn", eyes, eyes))
    assert compare_engine(choice, parameters=replace(PARAMETERS, tolerance=tolerance))
    choice.refresh_from_db()
    assert choice.report["guesses_new"] == guesses


def test_a_face_of_which_somebody_said_who_it_is_not_is_not_lost() -> None:
    face = known_face(scanned_photo(), LEFT)
    Rejection.objects.create(face=face, person=make_person())
    choice = prepared(RIGHT)
    assert choice.report["lost"] == 0
    switch(choice)
    assert Face.objects.filter(pk=face.pk).exists()


def test_a_dry_run_holds_no_row_while_it_computes() -> None:
    known_face(scanned_photo(), LEFT)
    choice = prepared(LEFT)
    EngineChoice.objects.filter(pk=choice.pk).update(state=EngineChoice.State.PREPARING)
    with CaptureQueriesContext(connection) as queries:
        assert compare_engine(choice, parameters=PARAMETERS)
    held = [number for number, each in enumerate(queries) if "FOR UPDATE" in each["sql"]]
    read = [number for number, each in enumerate(queries) if "faces_draft" in each["sql"]]
    assert min(held) > max(read)


def test_a_second_worker_leaves_the_dry_run_to_the_first(transactional_db: None) -> None:
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    said = []

    def second() -> None:
        said.append(compare_engine(choice, parameters=PARAMETERS))
        connection.close()

    def while_it_computes() -> None:
        other = Thread(target=second)
        other.start()
        other.join(20)

    make_photo()
    assert compare_engine(choice, parameters=PARAMETERS, keep_going=while_it_computes)
    assert said == [False]


def test_a_change_keeps_rows_and_labels_of_faces_that_are_found_again() -> None:
    photo, ann = scanned_photo(), make_person()
    face = known_face(photo, LEFT, person=ann)
    switch(prepared(Box(0.12, 0.1, 0.2, 0.2)))
    again = Face.objects.get()
    assert (again.pk, again.person, again.detector) == (face.pk, ann, "dlib-cnn")
    assert again.box.left == 0.12
    assert set(again.embeddings.values_list("model", flat=True)) == {MODEL, NEW_MODEL}
    assert engine_in_force() == "dlib-cnn"


def test_a_labelled_face_that_the_engine_does_not_see_stays_and_is_embedded() -> None:
    face = known_face(scanned_photo(), LEFT, person=make_person())
    switch(prepared())
    assert Face.objects.get().pk == face.pk
    assert Embedding.objects.filter(face=face, model=NEW_MODEL).exists()


def test_what_nobody_labelled_and_the_engine_does_not_see_goes_and_comes_back(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = scanned_photo()
    known_face(photo, LEFT)
    before = as_rows()
    with django_capture_on_commit_callbacks(execute=True):
        switch(prepared(RIGHT))
    assert [face.box for face in Face.objects.all()] == [RIGHT]
    assert default_storage.exists(Face.objects.get().crop_name)
    with django_capture_on_commit_callbacks(execute=True):
        switch(EngineChoice.objects.get(name="dlib-hog"), back=True)
    assert as_rows() == before
    face = Face.objects.get()
    assert default_storage.open(face.crop_name).read() == b"as it was"
    assert np.allclose(face.embeddings.get(model=MODEL).vector, ONE, atol=1e-6)
    assert engine_in_force() == "dlib-hog"


def test_what_was_dismissed_stays_away() -> None:
    photo = scanned_photo()
    face = known_face(photo, LEFT)
    dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk))
    choice = prepared(LEFT)
    assert choice.report["found_new"] == 0
    assert choice.drafts.get().faces == []
    switch(choice)
    assert not Face.objects.exists()


def test_guesses_on_faces_that_are_found_again_stand_until_train() -> None:
    face = known_face(scanned_photo(), LEFT)
    make_guess(face, classified=make_person())
    switch(prepared(LEFT))
    assert Guess.objects.get().face == face


def test_a_photo_added_since_is_to_be_scanned_anew() -> None:
    first = scanned_photo()
    choice = prepared(LEFT)
    later = scanned_photo()
    switch(choice)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.state, later.state) == (Photo.State.SCANNED, Photo.State.PENDING)


def test_a_photo_scanned_again_since_is_looked_into_again() -> None:
    photo = scanned_photo()
    choice = prepared(LEFT)
    Photo.objects.filter(pk=photo.pk).update(scanned_at=timezone.now())
    assert plan_drafts(choice) == 1


def test_a_photo_that_cannot_be_looked_into_keeps_its_faces_and_is_scanned_anew() -> None:
    photo = scanned_photo()
    face = known_face(photo, LEFT)
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    plan_drafts(choice)
    leave_draft_open(open_drafts(choice).get())
    assert compare_engine(choice, parameters=PARAMETERS)
    switch(choice)
    assert Face.objects.get() == face
    photo.refresh_from_db()
    assert photo.state == Photo.State.PENDING


def test_photos_of_a_dead_worker_come_last_and_alone() -> None:
    for _ in range(3):
        scanned_photo()
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    assert plan_drafts(choice) == 3
    # The worker of this token is not alive, so that its photos are free again.
    first = claim_drafts(choice, token=7, limit=2)
    fresh = claim_drafts(choice, token=7, limit=2)
    assert [len(first), len(fresh)] == [2, 1]
    assert not set(first) & set(fresh)
    for _ in range(MAX_ATTEMPTS):
        assert len(claim_drafts(choice, token=7, limit=2)) == 1


def test_a_photo_given_back_does_not_count_as_tried() -> None:
    scanned_photo()
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    plan_drafts(choice)
    claim_drafts(choice, token=7, limit=4)
    release_drafts(token=7)
    assert Draft.objects.get().attempts == 0


def test_an_engine_that_has_not_looked_cannot_be_put_in_force() -> None:
    known_face(scanned_photo(), LEFT)
    choice = choose_engine("dlib-cnn", take_when_ready=False)
    with pytest.raises(ValidationError, match="not looked"):
        switch(choice)


def test_where_nothing_was_looked_into_an_engine_is_in_force_at_once() -> None:
    assert begin_with_engine("dlib-cnn")
    assert engine_in_force() == "dlib-cnn"
    assert EngineChoice.objects.count() == 1


def test_an_engine_that_has_found_no_faces_has_looked_all_the_same() -> None:
    scanned_photo()
    assert not begin_with_engine("dlib-cnn")
    assert engine_in_force() == "dlib-hog"


def test_what_was_labelled_after_the_draft_is_scanned_anew() -> None:
    photo = scanned_photo()
    face = known_face(photo, LEFT)
    choice = prepared(RIGHT)
    Face.objects.filter(pk=face.pk).update(person=make_person())
    switch(choice)
    photo.refresh_from_db()
    assert (photo.state, Face.objects.filter(pk=face.pk).exists()) == (Photo.State.PENDING, True)


def test_a_photo_whose_file_is_missing_is_scanned_when_it_is_back() -> None:
    photo = scanned_photo()
    Photo.objects.filter(pk=photo.pk).update(missing_since=timezone.now())
    switch(prepared(LEFT))
    photo.refresh_from_db()
    assert photo.state == Photo.State.PENDING


def test_to_choose_the_engine_of_before_keeps_what_it_had_found() -> None:
    known_face(scanned_photo(), LEFT)
    switch(prepared(LEFT))
    again = choose_engine("dlib-hog", take_when_ready=True)
    assert again.state == EngineChoice.State.FORMER
    assert again.drafts.exclude(made_at=None).count() == 1


def test_the_engine_in_force_can_neither_be_chosen_again_nor_dropped() -> None:
    with pytest.raises(ValidationError, match="already"):
        choose_engine("dlib-hog", take_when_ready=False)
    with pytest.raises(ValidationError, match="change to another"):
        drop_engine(standing_engine())


def test_a_dropped_engine_leaves_no_crops(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    scanned_photo()
    choice = prepared(LEFT)
    name = choice.drafts.get().faces[0]["crop"]
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        drop_engine(choice)
    assert not default_storage.exists(name)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("photos", [1, 30])
def test_a_change_takes_as_many_queries_for_many_photos_as_for_one(photos: int) -> None:
    for _ in range(photos):
        known_face(scanned_photo(), LEFT)
    choice = prepared(LEFT, RIGHT)
    with CaptureQueriesContext(connection) as queries:
        switch(choice)
    assert len(queries) <= 45


def test_a_face_drawn_by_hand_stays_under_another_engine_and_on_the_way_back() -> None:
    photo = scanned_photo()
    face = make_face(photo, box=LEFT, vector=ONE, detector=BY_HAND, detector_score=0.0)
    choice = prepared(RIGHT)
    assert choice.report["lost"] == 0
    switch(choice)
    assert Face.objects.get(detector=BY_HAND).pk == face.pk
    assert set(face.embeddings.values_list("model", flat=True)) == {MODEL, NEW_MODEL}
    switch(EngineChoice.objects.get(name="dlib-hog"), back=True)
    assert [each.pk for each in Face.objects.all()] == [face.pk]
