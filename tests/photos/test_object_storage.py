"""Scans, checks and pages with pictures in object storage, at a real S3-compatible server."""

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from faces.actions.labelling import dismiss_faces
from faces.models import Face
from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo
from photos.upkeep import start_check, start_pictures
from project.jobs.models import Job
from project.jobs.queueing import STORAGE_AWAY
from project.jobs.running import execute
from project.storage.base import pictures
from tests.buckets import BucketServer
from tests.factories import make_library, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(shared: Path, tmp_path: Path, bucket: str) -> Library:
    """A few photos of an album, with faces, that have not been looked into."""
    folder = tmp_path / "photos"
    folder.mkdir()
    album = shared / "photos" / "album" / "friends"
    for photo in sorted(album.glob("*.jpg"), key=lambda file: file.stat().st_size)[:3]:
        shutil.copy(photo, folder)
    return make_library(make_user("alice"), folder)


def scan(library: Library) -> Job:
    return done(start_scan(library=library, requested_by=library.owner))


def done(job: Job) -> Job:
    execute(job.pk)
    job.refresh_from_db()
    return job


def shown(answer: HttpResponseBase) -> Image.Image:
    assert answer.status_code == 200
    return Image.open(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]


def picture_names(library: Library) -> set[str]:
    faces = Face.objects.filter(photo__library=library)
    return {photo.thumbnail_name for photo in library.photos.all()} | {
        face.crop_name for face in faces
    }


def come_back(server: BucketServer) -> None:
    server.start()
    storage: Any = pictures()
    storage._rests_until = 0.0


def test_a_scan_puts_thumbnails_and_crops_there_and_pages_show_them(
    library: Library, alice: APIClient, bucket_server: BucketServer, bucket: str
) -> None:
    assert scan(library).state == Job.State.DONE
    assert Face.objects.exists()
    assert set(bucket_server.files(bucket)) == picture_names(library)
    photo = library.photos.earliest("pk")
    told = alice.get(f"/api/photos/{photo.pk}/").json()
    assert shown(alice.get(told["thumbnail"])).format == "WEBP"
    face = Face.objects.earliest("pk")
    assert shown(alice.get(f"{face.crop_url}?size=64&type=avif")).format == "AVIF"
    for _ in range(2):  # made, and sent once more
        assert max(shown(alice.get(f"/api/photos/{photo.pk}/preview/")).size) > 0
    assert {name.split("/")[0] for name in bucket_server.files(bucket)} == {
        "thumbnails", "crops", "previews",
    }  # fmt: skip

    before = bucket_server.files(bucket)
    done(start_rescan(library=library, requested_by=library.owner))
    after = bucket_server.files(bucket)
    # Rows stay, pictures are replaced, and what was made of them and of the file goes.
    assert set(after) == picture_names(library)
    assert len(before) == len(after) + 2


def test_pictures_go_with_their_rows(
    library: Library,
    bucket_server: BucketServer,
    bucket: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    scan(library)
    face = Face.objects.earliest("pk")
    with django_capture_on_commit_callbacks(execute=True):
        dismiss_faces(owner=library.owner, faces=Face.objects.filter(pk=face.pk))
    assert face.crop_name not in bucket_server.files(bucket)
    assert set(bucket_server.files(bucket)) == picture_names(library)
    with django_capture_on_commit_callbacks(execute=True):
        library.delete()
    assert bucket_server.files(bucket) == {}


def test_a_check_makes_anew_what_is_missing_or_damaged(
    library: Library, bucket_server: BucketServer, bucket: str
) -> None:
    scan(library)
    face, photo = Face.objects.earliest("pk"), library.photos.latest("pk")
    default_storage.delete(face.crop_name)
    default_storage.save(photo.thumbnail_name, ContentFile(b"half"))
    job = done(start_check(library=library, requested_by=library.owner))
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert job.repaired > 0
    for name in picture_names(library):
        with default_storage.open(name) as file:
            assert Image.open(file).format == "WEBP"
    light = done(start_check(library=library, requested_by=library.owner, light=True))
    assert (light.repaired, light.failed) == (0, 0)
    done(start_pictures(library=library, requested_by=library.owner, anew=True))
    assert set(bucket_server.files(bucket)) == picture_names(library)


def test_a_scan_waits_while_the_storage_is_away_and_loses_no_photo(
    library: Library, bucket_server: BucketServer, bucket: str
) -> None:
    scan(library)
    before = bucket_server.files(bucket)
    Photo.objects.update(state=Photo.State.PENDING)
    bucket_server.stop()
    try:
        job = scan(library)
        assert (job.state, job.error) == (Job.State.RUNNING, STORAGE_AWAY)
        waiting = library.photos.filter(state=Photo.State.PENDING, attempts=0, problem="")
        assert waiting.count() == library.photos.count()
    finally:
        come_back(bucket_server)
    assert done(job).state == Job.State.DONE
    assert (job.error, job.failed) == ("", 0)
    assert not library.photos.exclude(state=Photo.State.SCANNED).exists()
    assert set(bucket_server.files(bucket)) == set(before)


def test_a_check_takes_no_picture_for_missing_while_the_storage_is_away(
    library: Library, bucket_server: BucketServer
) -> None:
    scan(library)
    bucket_server.stop()
    try:
        job = done(start_check(library=library, requested_by=library.owner))
        assert (job.state, job.error) == (Job.State.RUNNING, STORAGE_AWAY)
    finally:
        come_back(bucket_server)
    assert done(job).state == Job.State.DONE
    assert (job.repaired, job.failed) == (0, 0)


def test_who_needs_a_picture_that_is_away_is_told_to_try_again(
    library: Library, alice: APIClient, bucket_server: BucketServer
) -> None:
    scan(library)
    photo = library.photos.earliest("pk")
    bucket_server.stop()
    try:
        assert alice.get(f"/api/photos/{photo.pk}/preview/").status_code == 503
        box = {"left": 0.0, "top": 0.0, "width": 0.1, "height": 0.1}
        drawn = alice.post("/api/faces/", {"photo": photo.pk, "box": box}, format="json")
        assert drawn.status_code == 503
        assert drawn.json()["type"] == "urn:kith:problem:away"
    finally:
        come_back(bucket_server)
