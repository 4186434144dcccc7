"""Faces' jobs: what starts when, and what gives way to what."""

from pathlib import Path

import pytest
from pytest_django import Settings

from faces.actions.engines import choose_engine
from faces.jobs import plan_preparation, preparation_step, start_preparation, start_training
from faces.models import EngineChoice, Face, Training
from faces.queries import engine_in_force
from faces.recognition.geometry import Box
from photos.imaging.decoding import decode_image
from photos.models import Library, Photo
from photos.signals import library_scanned, photo_decoded
from project.jobs.kinds import Step
from project.jobs.models import Job
from project.jobs.run import JobRun
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


def test_a_scan_that_began_before_a_change_leaves_the_photo_to_the_next(
    shared: Path,
) -> None:
    photo = make_photo(make_library(path=shared / "photos/album/friends"), path="friends_080.jpg")
    [(_, store)] = photo_decoded.send(sender=Photo, photo=photo, decoded=decode_image(photo.file))
    choose_engine("dlib-cnn", take_when_ready=True, at_once=True)
    store()  # type: ignore[operator, misc]
    photo.refresh_from_db()
    assert (photo.state, Face.objects.count()) == (Photo.State.PENDING, 0)
