"""Pictures, checks and the nightly round, run in this process."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings
from django.utils import timezone
from PIL import Image
from pytest_django import Settings
from rest_framework.test import APIClient

from faces.jobs import chosen_model
from faces.models import Embedding, Face
from photos.imaging.thumbnails import webp
from photos.jobs import start_scan
from photos.models import Library, Photo
from photos.signals import Finding
from photos.upkeep import (
    begin_night,
    last_due,
    make_up_for_night,
    night_as_cron,
    start_check,
    start_night,
    start_pictures,
)
from project.jobs.controlling import cancel_job, pause_job, resume_job
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError
from project.jobs.run import JobCancelled
from project.jobs.running import execute
from project.preferences.changing import change_preferences
from tests.factories import make_face, make_library, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Three scanned photos; one of them has a face, with a crop and an embedding."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate(("a.jpg", "b.png", "c.webp")):
        Image.new("RGB", (300, 200), (number * 80, 9, 9)).save(folder / name)
    library = make_library(path=folder)
    done(start_scan(library=library, requested_by=library.owner))
    face = make_face(library.photos.get(path="a.jpg"), vector=[1.0, *([0.0] * 127)])
    Embedding.objects.update(model=chosen_model())
    default_storage.save(face.crop_name, ContentFile(webp(Image.new("RGB", (30, 30)))))
    return library


def done(job: Job) -> Job:
    execute(job.pk)
    job.refresh_from_db()
    return job


def check(library: Library, *, light: bool = False) -> Job:
    return done(start_check(library=library, requested_by=library.owner, light=light))


def told(job: Job) -> dict[str, tuple[str, str]]:
    return {item.name: (item.outcome, item.reason) for item in job.items.all()}


def thumbnail(library: Library, path: str) -> Path:
    return Path(default_storage.path(library.photos.get(path=path).thumbnail_name))


class TestCheck:
    @pytest.mark.parametrize("light", [True, False])
    def test_where_all_is_well_nothing_is_told_or_touched(
        self, library: Library, light: bool
    ) -> None:
        before = list(library.photos.order_by("pk").values())
        job = check(library, light=light)
        assert (job.state, job.error, job.done, job.total) == ("done", "", 3, 3)
        assert told(job) == {}
        assert list(library.photos.order_by("pk").values()) == before

    def test_pictures_that_are_missing_or_damaged_are_made_anew(self, library: Library) -> None:
        thumbnail(library, "a.jpg").unlink()
        thumbnail(library, "b.png").write_bytes(b"RIFF")
        crop = Path(default_storage.path(Face.objects.get().crop_name))
        crop.unlink()
        job = check(library)
        assert (job.failed, job.repaired) == (0, 2)
        assert "thumbnail" in told(job)["a.jpg"][1]
        assert "Crops" in told(job)["a.jpg"][1]
        assert told(job)["b.png"][0] == "repaired"
        for picture in (thumbnail(library, "a.jpg"), thumbnail(library, "b.png"), crop):
            Image.open(picture).load()
        assert told(check(library)) == {}

    def test_a_light_check_sees_what_is_not_there_or_empty(self, library: Library) -> None:
        thumbnail(library, "a.jpg").unlink()
        thumbnail(library, "b.png").write_bytes(b"")
        assert set(told(check(library, light=True))) == {"a.jpg", "b.png"}

    def test_a_file_that_has_changed_is_scanned_again(self, library: Library) -> None:
        folder = Path(library.path)
        Image.new("RGB", (30, 20), "green").save(folder / "a.jpg")
        silently = folder / "b.png"
        status, content = silently.stat(), bytearray(silently.read_bytes())
        content[-1] ^= 1
        silently.write_bytes(content)
        os.utime(silently, ns=(status.st_atime_ns, status.st_mtime_ns))
        job = check(library)
        assert set(told(job)) == {"a.jpg", "b.png"}
        assert library.photos.filter(state=Photo.State.PENDING).count() == 2
        assert Job.objects.filter(kind="scan", state="queued").exists()

    def test_a_file_that_is_gone_is_missing(self, library: Library) -> None:
        (Path(library.path) / "c.webp").unlink()
        assert set(told(check(library, light=True))) == {"c.webp"}
        assert library.photos.get(path="c.webp").missing_since is not None

    def test_a_disk_that_is_not_there_makes_nothing_missing(self, library: Library) -> None:
        Path(library.path).rename(Path(library.path).with_name("elsewhere"))
        job = check(library)
        assert job.state == "failed"
        assert "disk connected" in job.error
        assert not library.photos.exclude(missing_since=None).exists()

    def test_a_face_without_embedding_has_its_photo_scanned_again(self, library: Library) -> None:
        Embedding.objects.all().delete()
        job = check(library, light=True)
        assert "Embeddings are missing" in told(job)["a.jpg"][1]
        assert library.photos.get(path="a.jpg").state == Photo.State.PENDING

    def test_what_cannot_be_repaired_is_told_as_failed(self, library: Library) -> None:
        thumbnail(library, "a.jpg").unlink()
        photo = library.photos.get(path="a.jpg")
        photo.file.write_bytes(b"no picture")
        status = photo.file.stat()
        Photo.objects.filter(pk=photo.pk).update(
            size=status.st_size, modified_ns=status.st_mtime_ns, digest=""
        )
        job = check(library)
        assert (job.failed, told(job)["a.jpg"][0]) == (1, "failed")

    def test_pictures_that_belong_to_nobody_go_unless_they_are_young(
        self, library: Library
    ) -> None:
        names = ["thumbnails/000777/777123.webp", "crops/000777/777123.webp"]
        for name in (*names, "crops/000777/777124.webp"):
            default_storage.save(name, ContentFile(b"x"))
        for name in names:
            os.utime(default_storage.path(name), (0, 0))
        job = check(library, light=True)
        assert set(told(job)) == set(names)
        assert default_storage.exists("crops/000777/777124.webp")
        assert default_storage.exists(Face.objects.get().crop_name)

    def test_a_check_goes_on_where_another_worker_left_it(self, library: Library) -> None:
        for path in ("a.jpg", "b.png"):
            thumbnail(library, path).unlink()
        job = start_check(library=library, requested_by=library.owner)
        first = library.photos.order_by("pk")[0]
        Job.objects.filter(pk=job.pk).update(
            state="running", planned_at=timezone.now(), position=first.pk, done=1, total=3
        )
        assert (done(job).done, set(told(job))) == (3, {"b.png"})

    def test_a_photo_that_ended_a_worker_is_told_and_left_alone(self, library: Library) -> None:
        for path in ("a.jpg", "b.png"):
            thumbnail(library, path).unlink()
        job = start_check(library=library, requested_by=library.owner)
        first = library.photos.order_by("pk")[0]
        Job.objects.filter(pk=job.pk).update(
            state="running", planned_at=timezone.now(), position=-first.pk, total=3
        )
        done(job)
        assert (job.done, job.failed) == (3, 1)
        assert {name: outcome for name, (outcome, _) in told(job).items()} == {
            "a.jpg": "failed",
            "b.png": "repaired",
        }

    def test_a_photo_at_which_it_is_paused_is_looked_at_again(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        thumbnail(library, "b.png").unlink()
        job = start_check(library=library, requested_by=library.owner)
        with monkeypatch.context() as interrupted:

            def pause(photo: Photo, *, light: bool) -> list[Finding]:
                if photo.path == "b.png":
                    pause_job(job)
                    raise JobCancelled
                return []

            interrupted.setattr("photos.upkeep.check_photo", pause)
            assert (done(job).state, job.done) == ("paused", 1)
        resume_job(job)
        assert (done(job).done, set(told(job))) == (3, {"b.png"})

    def test_a_check_of_another_kind_is_not_taken_for_it(self, library: Library) -> None:
        start_check(library=library, requested_by=library.owner, light=True)
        with pytest.raises(JobUnderWayError):
            start_check(library=library, requested_by=library.owner)
        with pytest.raises(JobUnderWayError):
            start_pictures(library=library, requested_by=library.owner)


class TestPictures:
    def test_what_is_missing_is_made(self, library: Library) -> None:
        thumbnail(library, "a.jpg").unlink()
        kept = thumbnail(library, "b.png")
        os.utime(kept, (5, 5))
        job = done(start_pictures(library=library, requested_by=library.owner))
        assert (job.done, job.repaired) == (3, 1)
        assert thumbnail(library, "a.jpg").exists()
        assert kept.stat().st_mtime == 5

    def test_all_are_made_anew_where_that_is_asked(self, library: Library) -> None:
        photo = library.photos.get(path="a.jpg")
        default_storage.save(photo.preview_name, ContentFile(b"x"))
        pictures = [
            *(thumbnail(library, path) for path in ("a.jpg", "b.png", "c.webp")),
            Path(default_storage.path(Face.objects.get().crop_name)),
            Path(default_storage.path(photo.preview_name)),
        ]
        for picture in pictures:
            picture.write_bytes(b"old")
        job = done(start_pictures(library=library, requested_by=library.owner, anew=True))
        assert told(job) == {}
        for picture in pictures:
            Image.open(picture).load()


class TestNight:
    @pytest.fixture(autouse=True)
    def staff(self, settings: Settings) -> None:
        settings.TIME_ZONE = "UTC"
        bob = make_user("bob", is_staff=True)
        change_preferences(bob, {"nightly": True, "nightly_at": "03:00"})

    def test_it_scans_trains_checks_and_ends(self, library: Library) -> None:
        Image.new("RGB", (30, 20), "blue").save(Path(library.path) / "new.png")
        night = start_night(requested_by=make_user("bob"))
        kinds = []
        for _ in range(12):
            done(night)
            if not night.is_active:
                break
            for job in Job.objects.filter(state="queued").order_by("pk"):
                kinds.append(job.kind)
                done(job)
        assert (night.state, night.error) == ("done", "")
        assert library.photos.filter(path="new.png").exists()
        assert kinds[0] == "scan"
        assert kinds[-1] == "verify"
        assert Job.objects.get(kind="verify").parameters["light"] is True

    def test_it_waits_for_what_it_has_begun_but_not_for_what_is_paused(
        self, library: Library
    ) -> None:
        night = start_night(requested_by=make_user("bob"))
        for _ in range(2):
            assert done(night).state == "running"
        scan = Job.objects.get(kind="scan", state="queued")
        assert not Job.objects.filter(kind="train").exists()
        Job.objects.filter(pk=scan.pk).update(state="paused")
        done(night)
        assert Job.objects.filter(kind="train").exists()

    def test_it_begins_once_a_night(self) -> None:
        begin_night()
        begin_night()
        (night,) = Job.objects.filter(kind="nightly")
        cancel_job(night)
        begin_night()
        assert Job.objects.filter(kind="nightly").count() == 1

    def test_it_does_not_begin_where_it_is_not_wanted(self) -> None:
        change_preferences(make_user("bob"), {"nightly": False})
        begin_night()
        make_up_for_night()
        assert not Job.objects.exists()
        assert night_as_cron() is None

    def test_cron_and_the_last_time_follow_the_settings(self) -> None:
        change_preferences(make_user("bob"), {"nightly_at": "23:45"})
        assert night_as_cron() == "45 23 * * *"
        assert last_due(datetime(2026, 3, 2, 12, tzinfo=UTC)) == datetime(
            2026, 3, 1, 23, 45, tzinfo=UTC
        )
        assert last_due(datetime(2026, 3, 2, 23, 45, tzinfo=UTC)) == datetime(
            2026, 3, 2, 23, 45, tzinfo=UTC
        )

    @pytest.mark.parametrize(("hours", "begun"), [(1, 1), (4, 0)])
    def test_what_was_missed_is_made_up_for_a_while(self, hours: int, begun: int) -> None:
        at = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%H:%M")
        change_preferences(make_user("bob"), {"nightly_at": at})
        make_up_for_night()
        make_up_for_night()
        assert Job.objects.filter(kind="nightly").count() == begun


def test_the_api_starts_them_for_whom_they_are(alice: APIClient, charlie: APIClient) -> None:
    library = make_library()
    for address, asked in (("check", {"light": True}), ("pictures", {"anew": True})):
        place = f"/api/libraries/{library.pk}/{address}/"
        assert charlie.post(place, asked, format="json").status_code == 404
        answer = alice.post(place, asked, format="json")
        assert answer.status_code == 202
        assert asked.items() <= answer.json()["parameters"].items()
        cancel_job(Job.objects.get(pk=answer.json()["id"]))
    assert alice.post("/api/night/").status_code == 403
    alice.force_login(make_user("bob", is_staff=True))
    assert alice.post("/api/night/").json()["kind"] == "nightly"
