"""Pictures, checks and the nightly round, run in this process."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings
from django.utils import timezone
from PIL import Image, ImageStat
from pytest_django import Settings
from rest_framework.test import APIClient

from faces.jobs.choices import chosen_model
from faces.models import Draft, Embedding, EngineChoice, Face, Rejection
from faces.recognition.geometry import Box
from photos.actions.checking import check_photo
from photos.imaging.decoding import DecodedImage
from photos.imaging.hashing import file_digest
from photos.imaging.opening import open_file
from photos.imaging.thumbnails import webp
from photos.imaging.video import DecodedVideo
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
from tests.factories import make_face, make_library, make_person, make_user
from tests.videos import make_video, plain

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


def fail_at(name: str) -> Callable[[Path], DecodedImage | DecodedVideo]:
    def decode(path: Path) -> DecodedImage | DecodedVideo:
        if path.name == name:
            raise ValueError("odd")
        return open_file(path)

    return decode


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
        photo.file.place.write_bytes(b"no picture")
        status = photo.file.stat()
        Photo.objects.filter(pk=photo.pk).update(
            size=status.st_size, modified_ns=status.st_mtime_ns, digest=""
        )
        job = check(library)
        assert (job.failed, told(job)["a.jpg"][0]) == (1, "failed")

    def test_pictures_that_belong_to_nobody_go_unless_they_are_young(
        self, library: Library
    ) -> None:
        names = [
            "thumbnails/000777/777123.webp",
            "crops/000777/777123.webp",
            "previews/000777/777123-large.webp",
        ]
        for name in (*names, "crops/000777/777124.webp"):
            default_storage.save(name, ContentFile(b"x"))
        for name in names:
            os.utime(default_storage.path(name), (0, 0))
        job = check(library, light=True)
        assert set(told(job)) == set(names)
        assert default_storage.exists("crops/000777/777124.webp")
        assert default_storage.exists(Face.objects.get().crop_name)

    def test_crops_of_no_draft_go_unless_they_are_young(self, library: Library) -> None:
        photo = library.photos.earliest("pk")
        engine = EngineChoice.objects.get_or_create(name="yunet-dlib")[0]
        here, gone, young = (f"drafts/{engine.pk}/000000/{photo.pk}-{n}.webp" for n in range(3))
        of_nobody = f"drafts/{engine.pk}/000777/777123-0.webp"
        Draft.objects.create(engine=engine, photo=photo, faces=[{"crop": here}])
        for name in (here, gone, young, of_nobody):
            default_storage.save(name, ContentFile(b"x"))
        for name in (here, gone, of_nobody):
            os.utime(default_storage.path(name), (0, 0))
        assert set(told(check(library, light=True))) == {gone, of_nobody}
        assert default_storage.exists(here)
        assert default_storage.exists(young)

    def test_a_check_goes_on_where_another_worker_left_it(self, library: Library) -> None:
        for path in ("a.jpg", "b.png"):
            thumbnail(library, path).unlink()
        job = start_check(library=library, requested_by=library.owner)
        first = library.photos.order_by("pk")[0]
        Job.objects.filter(pk=job.pk).update(
            state="running", planned_at=timezone.now(), position=first.pk, done=1, total=3
        )
        assert (done(job).done, set(told(job))) == (3, {"b.png"})

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_photo_that_ended_its_worker_twice_is_told_and_left_alone(
        self, library: Library, monkeypatch: pytest.MonkeyPatch, times: int
    ) -> None:
        for path in ("a.jpg", "b.png"):
            thumbnail(library, path).unlink()
        job = start_check(library=library, requested_by=library.owner)

        def end(photo: Photo, **_: Any) -> list[Finding]:
            traces.append(Job.objects.values_list("position", flat=True).get(pk=job.pk))
            return []

        traces: list[int] = []
        for _ in range(times):
            with monkeypatch.context() as ended:
                ended.setattr("photos.upkeep.check_photo", end)
                traces.clear()
                execute(job.pk)
            Job.objects.filter(pk=job.pk).update(  # as it was while the first was looked at
                state="running", position=traces[0], done=0, ended_at=None
            )
        done(job)
        if times == 1:
            assert {outcome for outcome, _ in told(job).values()} == {"repaired"}
            return
        assert (job.done, job.failed) == (3, 1)
        assert {name: outcome for name, (outcome, _) in told(job).items()} == {
            "a.jpg": "failed",
            "b.png": "repaired",
        }

    def test_whatever_goes_wrong_with_a_photo_the_check_goes_on(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for path in ("a.jpg", "b.png"):
            thumbnail(library, path).unlink()
        monkeypatch.setattr("photos.actions.checking.open_file", fail_at("a.jpg"))
        job = check(library)
        assert (job.state, job.done, job.failed, job.repaired) == ("done", 3, 1, 1)
        assert "Kith failed at this photo: odd" in told(job)["a.jpg"][1]

    def test_what_was_scanned_again_is_not_told_once_more(self, library: Library) -> None:
        Image.new("RGB", (30, 20), "green").save(Path(library.path) / "b.png")
        assert set(told(check(library, light=True))) == {"b.png"}
        done(Job.objects.get(scope=f"outdated:{library.pk}"))
        assert told(check(library, light=True)) == {}

    def test_a_photo_that_a_scan_has_moved_meanwhile_is_not_missing(self, library: Library) -> None:
        photo = library.photos.select_related("library").get(path="b.png")
        photo.file.place.rename(photo.file.place.with_name("moved.png"))
        library.photos.filter(pk=photo.pk).update(path="moved.png")
        assert check_photo(photo, seconds=9) == []
        assert library.photos.get(path="moved.png").missing_since is None

    @pytest.mark.parametrize("left", ["nothing", "an empty folder"])
    def test_a_disk_that_goes_meanwhile_makes_nothing_missing(
        self, library: Library, left: str
    ) -> None:
        Path(library.path).rename(Path(library.path).with_name("elsewhere"))
        if left == "an empty folder":
            Path(library.path).mkdir()
        job = start_check(library=library, requested_by=library.owner)
        Job.objects.filter(pk=job.pk).update(planned_at=timezone.now(), total=3)
        assert done(job).state == "failed"
        assert "disk connected" in job.error
        assert not library.photos.exclude(missing_since=None).exists()

    def test_reading_a_large_file_is_not_against_the_clock(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slowly(path: Path) -> str:
            assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
            return file_digest(path)

        monkeypatch.setattr("photos.actions.checking.file_digest", slowly)
        assert told(check(library)) == {}

    def test_a_face_that_no_scan_finds_is_not_looked_for_every_night(
        self, library: Library
    ) -> None:
        face = Face.objects.get()
        Rejection.objects.create(face=face, person=make_person("Ann"))
        Embedding.objects.all().delete()
        done(start_scan(library=library, requested_by=library.owner))
        assert told(check(library, light=True)) == {}
        Face.objects.update(person=make_person("Bea"))
        assert "Embeddings are missing" in told(check(library, light=True))["a.jpg"][1]

    def test_nothing_stays_of_a_face_that_is_deleted_meanwhile(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        face = Face.objects.get()
        Path(default_storage.path(face.crop_name)).unlink()

        def decode(path: Path) -> DecodedImage | DecodedVideo:
            Face.objects.all().delete()
            return open_file(path)

        monkeypatch.setattr("photos.actions.checking.open_file", decode)
        check(library)
        assert not default_storage.exists(face.crop_name)

    def test_a_photo_at_which_it_is_paused_is_looked_at_again(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        thumbnail(library, "b.png").unlink()
        job = start_check(library=library, requested_by=library.owner)
        with monkeypatch.context() as interrupted:

            def pause(photo: Photo, **_: Any) -> list[Finding]:
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

    def test_of_a_file_that_is_another_by_now_none_is_made(self, library: Library) -> None:
        crop = Path(default_storage.path(Face.objects.get().crop_name))
        pictures = [crop, thumbnail(library, "a.jpg"), thumbnail(library, "b.png")]
        before = [picture.read_bytes() for picture in pictures]
        a, b = (Path(library.path) / name for name in ("a.jpg", "b.png"))
        for one, other in ((a, a.with_name("x")), (b, a), (a.with_name("x"), b)):
            one.rename(other)
        job = done(start_pictures(library=library, requested_by=library.owner, anew=True))
        assert set(told(job)) == {"a.jpg", "b.png"}
        assert [picture.read_bytes() for picture in pictures] == before
        assert Job.objects.filter(kind="scan", state="queued").exists()

    def test_faces_of_a_video_are_cut_from_their_frames(self, library: Library) -> None:
        clip = make_video(Path(library.path) / "clip.mp4", [plain("red"), plain("blue")])
        done(start_scan(library=library, requested_by=library.owner))
        photo = library.photos.get(path=clip.name)
        Face.objects.filter(photo=photo).delete()
        boxes = [Box(0.1, 0.1, 0.5, 0.5, time=moment) for moment in (1.6, 0.6, 1.6)]
        faces = [make_face(photo, box=box) for box in boxes]
        done(start_pictures(library=library, requested_by=library.owner))
        channels = []
        for face in faces:
            with default_storage.open(face.crop_name) as file, Image.open(file) as crop:
                red, _, blue = ImageStat.Stat(crop.convert("RGB")).mean
            channels.append("red" if red > blue else "blue")
        assert channels == ["blue", "red", "blue"]

    def test_all_are_made_anew_where_that_is_asked(self, library: Library) -> None:
        photo = library.photos.get(path="a.jpg")
        for name in photo.preview_names:
            default_storage.save(name, ContentFile(b"x"))
        pictures = [
            *(thumbnail(library, path) for path in ("a.jpg", "b.png", "c.webp")),
            Path(default_storage.path(Face.objects.get().crop_name)),
            *(Path(default_storage.path(name)) for name in photo.preview_names),
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
