"""Faces' jobs: what starts when, and what gives way to what."""

from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from faces.actions.training import TrainingParameters
from faces.jobs.choices import chosen_engine, chosen_parameters
from faces.jobs.engines import (
    TooManyLeftOutError,
    plan_preparation,
    preparation_step,
    start_preparation,
)
from faces.jobs.training import start_training
from faces.models import Draft, EngineChoice, Face, Training
from faces.queries.engines import engine_in_force
from faces.recognition.geometry import Box
from faces.vision.engines import Engine, Limits
from photos.imaging.decoding import decode_image
from photos.models import Library, Photo
from photos.signals import library_scanned, photo_decoded
from project.jobs.kinds import Step
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError
from project.jobs.run import JobRun
from project.preferences.changing import change_preferences
from tests.factories import (
    MODEL,
    make_face,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db


def scanned() -> list[str]:
    library_scanned.send(sender=Library, library=make_library())
    return list(Job.objects.order_by("id").values_list("kind", flat=True))


def test_after_a_scan_new_faces_are_placed_once_there_has_been_a_training() -> None:
    assert scanned() == []
    Training.objects.create(owner=make_user(), embedding_model=MODEL, is_current=True)
    assert scanned() == [Job.Kind.PLACE]
    assert scanned() == [Job.Kind.PLACE]  # one is under way


def test_placing_waits_for_no_train_and_train_for_no_placing() -> None:
    Training.objects.create(owner=make_user(), embedding_model=MODEL, is_current=True)
    assert scanned() == [Job.Kind.PLACE]
    start_training(owner=make_user())
    assert scanned() == [Job.Kind.PLACE, Job.Kind.TRAIN]


def test_another_engine_looks_into_all_photos_and_takes_over_with_all_labels(
    shared: Path, settings: Settings
) -> None:
    settings.WEIGHTS_ROOT = shared / "models"
    photo = make_photo(make_library(path=shared / "photos/album/friends"), path="friends_050.jpg")
    ann = make_person()
    face = make_face(photo, box=Box(0.0, 0.0, 0.01, 0.01), person=ann)
    make_training()
    job = start_preparation(requested_by=make_user(), name="dlib-cnn", take_when_ready=True)
    assert job is not None
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    run = JobRun(job, token=1)
    plan_preparation(run)
    assert preparation_step(run) is Step.MORE
    assert preparation_step(run) is Step.FINISHED
    assert engine_in_force() == "dlib-cnn"
    labelled = Face.objects.get(person=ann)
    assert labelled.pk == face.pk
    assert labelled.embeddings.exists()
    assert Face.objects.filter(photo=photo, person=None).count() == 3
    assert Job.objects.filter(kind=Job.Kind.TRAIN).exists()


def test_a_photo_that_cannot_be_read_ends_no_preparation() -> None:
    make_photo()
    make_face()
    job = start_preparation(requested_by=make_user(), name="dlib-cnn", take_when_ready=False)
    assert job is not None
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    run = JobRun(job, token=1)
    plan_preparation(run)
    while preparation_step(run) is not Step.FINISHED:
        pass
    job.refresh_from_db()
    assert (job.done, job.total, job.failed) == (2, 2, 2)
    assert EngineChoice.objects.get(name="dlib-cnn").state == EngineChoice.State.READY


def prepare(name: str = "dlib-cnn", *, take: bool = False) -> Job:
    job = start_preparation(requested_by=make_user(), name=name, take_when_ready=take)
    assert job is not None
    return job


def work(job: Job, *, most: int = 20) -> None:
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    run = JobRun(job, token=1)
    plan_preparation(run)
    for _ in range(most):
        if preparation_step(run) is Step.FINISHED:
            break
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)


def test_one_engine_is_prepared_at_a_time(settings: Settings, tmp_path: Path) -> None:
    make_face()
    job = prepare("dlib-cnn")
    assert prepare("dlib-cnn") == job
    settings.WEIGHTS_ROOT = tmp_path
    with pytest.raises(JobUnderWayError, match="Preparation of dlib-cnn"):
        prepare("yunet-dlib")
    assert not EngineChoice.objects.filter(name="yunet-dlib").exists()


def test_a_photo_that_fails_unforeseen_ends_no_preparation(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(make_library(path=shared / "photos/album/friends"), path="friends_080.jpg")

    def fail(*arguments: object, **names: object) -> None:
        raise RuntimeError("a network that chokes")

    monkeypatch.setattr(Engine, "find_faces", fail)
    job = prepare()
    work(job)
    job.refresh_from_db()
    assert job.failed == 1
    assert "a network that chokes" in job.items.get().reason
    assert EngineChoice.objects.get(name="dlib-cnn").state == EngineChoice.State.READY


def test_no_engine_takes_over_that_could_not_look_into_the_photos() -> None:
    face = make_face()
    job = prepare(take=True)
    with pytest.raises(TooManyLeftOutError, match="1 of 1 photos"):
        work(job)
    assert engine_in_force() == "dlib-hog"
    assert Face.objects.get() == face


def test_a_retried_preparation_of_the_engine_in_force_does_nothing() -> None:
    make_photo()
    EngineChoice.objects.create(name="dlib-cnn", state=EngineChoice.State.IN_FORCE)
    job = Job.objects.create(
        kind=Job.Kind.PREPARE, requested_by=make_user(), parameters={"engine": "dlib-cnn"}
    )
    work(job, most=1)
    assert not Draft.objects.exists()


def test_only_staff_may_retry_what_changes_the_engine_of_all() -> None:
    job = Job.objects.create(
        kind=Job.Kind.SWITCH,
        requested_by=make_user(),
        state=Job.State.FAILED,
        parameters={"engine": "dlib-cnn"},
    )
    client = APIClient()
    client.force_authenticate(make_user())
    assert client.post(f"/api/jobs/{job.pk}/retry/").status_code == 403


def test_an_engine_without_its_weights_still_has_a_name_for_its_embeddings(
    settings: Settings, tmp_path: Path
) -> None:
    settings.WEIGHTS_ROOT = tmp_path
    EngineChoice.objects.create(name="yunet-sface", state=EngineChoice.State.IN_FORCE)
    job, _ = start_training(owner=make_user())
    assert job.parameters["embedding_model"] == "sface-2021dec-128"


def test_a_scan_that_began_before_a_change_leaves_the_photo_to_the_next(
    shared: Path,
) -> None:
    photo = make_photo(make_library(path=shared / "photos/album/friends"), path="friends_080.jpg")
    [(_, store)] = photo_decoded.send(sender=Photo, photo=photo, decoded=decode_image(photo.file))
    EngineChoice.objects.create(name="dlib-cnn", state=EngineChoice.State.IN_FORCE)
    store()  # type: ignore[operator, misc]
    photo.refresh_from_db()
    assert (photo.state, Face.objects.count()) == (Photo.State.PENDING, 0)


def test_engines_and_trainings_go_by_the_settings() -> None:
    change_preferences(
        make_user("bob"),
        {
            "min_face_size": 40,
            "min_detection_score": 0.5,
            "min_cluster_size": [20, 3],
            "cluster_core": 1.5,
            "min_quality": 0.2,
        },
    )
    assert chosen_engine().limits == Limits(size_px=40, score=0.5)
    parameters = TrainingParameters(**chosen_parameters())
    assert parameters.min_cluster_size == [20, 3]
    assert (parameters.cluster_core, parameters.min_quality) == (1.5, 0.2)
