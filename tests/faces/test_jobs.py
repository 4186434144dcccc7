"""Faces' jobs: what starts when, and what gives way to what."""

import pytest

from faces.jobs import start_training
from faces.models import Training
from photos.models import Library
from photos.signals import library_scanned
from project.jobs.models import Job
from tests.factories import MODEL, make_library, make_user

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
