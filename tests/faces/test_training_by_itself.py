"""Train by itself: with enough that is new, when nobody labels and no scan is under way."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from faces.actions.labelling import label_faces
from faces.models import Face, LabelEvent
from faces.queries.due import PATIENCE, QUIET
from photos.jobs import start_scan
from project.jobs.controlling import cancel_job, pause_job
from project.jobs.models import Job
from project.jobs.signals import minute_passed
from project.preferences.changing import change_preferences
from tests.factories import (
    make_face,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db


def trainings() -> list[User]:
    """Let a minute pass; return for whom Train is under way."""
    minute_passed.send(sender=None)
    jobs = Job.objects.filter(kind="train", state__in=Job.ACTIVE)
    return [job.requested_by for job in jobs.order_by("requested_by")]


@pytest.fixture
def two_faces() -> None:
    """Two new faces of Alice's, and Train from two on."""
    photo = make_photo()
    make_face(photo)
    make_face(photo)
    change_preferences(make_user("bob"), {"auto_train": 2})


def make_all_older(by: timedelta) -> None:
    earlier = timezone.now() - by
    LabelEvent.objects.update(created_at=earlier)
    Job.objects.exclude(ended_at=None).update(ended_at=earlier)


def test_without_the_setting_nothing_starts() -> None:
    make_face()
    assert trainings() == []


def test_enough_new_faces_start_one_training(two_faces: None) -> None:
    make_library(make_user("charlie"))  # who has no faces
    assert trainings() == [make_user("alice")]
    assert trainings() == [make_user("alice")]
    assert Job.objects.count() == 1


def test_too_little_that_is_new_starts_none(two_faces: None) -> None:
    change_preferences(make_user("bob"), {"auto_train": 3})
    assert trainings() == []


def test_what_the_last_training_knew_is_not_new(two_faces: None) -> None:
    Face.objects.update(found_at=timezone.now() - timedelta(hours=1))
    make_training()
    assert trainings() == []


def test_labels_count_once_their_owner_has_stopped(two_faces: None) -> None:
    Face.objects.update(found_at=timezone.now() - timedelta(hours=1))
    make_training()
    label_faces(owner=make_user(), faces=Face.objects.all(), person=make_person())
    assert trainings() == []
    make_all_older(QUIET)
    assert trainings() == [make_user("alice")]


def test_a_scan_ends_first(two_faces: None) -> None:
    job = start_scan(library=make_library(), requested_by=make_user())
    assert trainings() == []
    cancel_job(job)
    assert trainings() == [make_user("alice")]


def test_a_cancelled_training_is_not_begun_again_at_once(two_faces: None) -> None:
    trainings()
    cancel_job(Job.objects.get())
    assert trainings() == []
    make_all_older(PATIENCE)
    assert trainings() == [make_user("alice")]


def test_a_paused_scan_is_not_waited_for(two_faces: None) -> None:
    pause_job(start_scan(library=make_library(), requested_by=make_user()))
    assert trainings() == [make_user("alice")]
