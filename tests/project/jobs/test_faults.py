"""Scans by real worker processes on real photos, killed and starved in the middle."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.dispatch import receiver
from django.test import override_settings
from PIL import Image
from redis import Redis

from faces.jobs import chosen_engine
from faces.models import Embedding, Face
from photos.imaging.decoding import decode_image
from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo
from photos.signals import photo_decoded
from project.embedded.account import unprivileged_account
from project.jobs.models import Job, JobItem
from project.jobs.presence import workers_present
from project.jobs.queueing import heal_jobs
from project.jobs.running import execute
from tests.account import ordinary_user
from tests.factories import make_library, make_person, make_user
from tests.services import temporary_home

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
PHOTOS = 12
PATIENCE = 60.0  # seconds; a scan of these photos takes five


def database_url() -> str:
    """The address of the tests' database, for other processes."""
    at = connection.settings_dict
    account = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    port = f":{at['PORT']}" if at["PORT"] else ""
    # A folder is the place of a socket.
    place = f"/{at['HOST']}" if at["HOST"].startswith("/") else f"{at['HOST']}{port}"
    return f"postgres://{account}@{place}/{at['NAME']}"


class Workers:
    """Worker processes as ``make run`` starts them."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, number: int) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "KITH_LOG_LEVEL": "ERROR",
        }
        for _ in range(number):
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", "worker"],
                    cwd=ROOT,
                    env=environment,
                    start_new_session=True,
                )
            )

    def children(self) -> list[psutil.Process]:
        """The processes that were forked for messages."""
        return [
            child
            for process in self.processes
            if process.poll() is None
            for child in psutil.Process(process.pid).children(recursive=True)
        ]

    def kill(self) -> None:
        """kill -9 of every worker and of its child."""
        doomed = self.children()
        for process in self.processes:
            process.kill()
        for child in doomed:
            child.kill()
        psutil.wait_procs(doomed, timeout=10)
        for process in self.processes:
            process.wait(10)
        self.processes.clear()

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)
        self.processes.clear()


@pytest.fixture
def workers(redis: Redis) -> Iterator[Workers]:
    team = Workers()
    yield team
    team.kill()


@pytest.fixture
def album(shared: Path, tmp_path: Path) -> Path:
    """A folder of a few real photos with several faces each."""
    folder = tmp_path / "album"
    every = sorted((shared / "photos/album").rglob("*.jpg"))
    for photo in every[:: len(every) // PHOTOS][:PHOTOS]:
        place = folder / photo.parent.name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, place / photo.name)
    return folder


def wait_until(condition: Callable[[], bool], *, healing: bool = False) -> None:
    """Wait; with ``healing``, look after the jobs meanwhile, as the scheduler does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, list(Job.objects.values())
        if healing:
            heal_jobs()
        time.sleep(0.05)


def has_ended(job: Job) -> bool:
    job.refresh_from_db()
    return not job.is_active


def is_in_the_middle(library: Library) -> bool:
    """Whether some photos are done, and one that is not is in a worker's hands."""
    left = library.photos.filter(state=Photo.State.PENDING)
    return left.count() < PHOTOS and left.exclude(claimed_by=None).exists()


def faces_of(library: Library) -> list[tuple[str, list[float]]]:
    rows = Face.objects.filter(photo__library=library).select_related("photo")
    return sorted((face.photo.path, [round(side, 5) for side in face.box.corners]) for face in rows)


def scan_undisturbed(workers: Workers, library: Library) -> None:
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: has_ended(job))
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)


def test_a_scan_survives_kill_9_and_an_emptied_redis(
    album: Path, workers: Workers, redis: Redis
) -> None:
    workers.start(2)
    undisturbed = make_library(make_user("alice"), album)
    scan_undisturbed(workers, undisturbed)
    expected = faces_of(undisturbed)
    assert len(expected) > PHOTOS

    library = make_library(make_user("bob"), album)
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: is_in_the_middle(library))
    workers.kill()
    redis.flushall()
    wait_until(lambda: workers_present(job.pk) == 0)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert library.photos.filter(state=Photo.State.PENDING).exists()

    assert heal_jobs() >= 1
    workers.start(2)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.total, job.failed) == (Job.State.DONE, PHOTOS, PHOTOS, 0)
    assert faces_of(library) == expected
    assert len({str(face) for face in expected}) == len(expected)
    assert_complete(library)


def test_a_rescan_survives_too_and_leaves_rows_and_labels(
    album: Path, workers: Workers, redis: Redis
) -> None:
    workers.start(2)
    library = make_library(path=album)
    scan_undisturbed(workers, library)
    people = [make_person(name) for name in ("Ann", "Bea")]
    for index, face in enumerate(Face.objects.order_by("pk")):
        if index % 3:
            Face.objects.filter(pk=face.pk).update(person=people[index % 3 - 1])
    labels = dict(Face.objects.values_list("pk", "person_id"))
    expected = faces_of(library)

    job = start_rescan(library=library, requested_by=library.owner)
    wait_until(lambda: job_is_planned(job) and is_in_the_middle(library))
    # The workers live on; only what they have forked for the scan is killed.
    for child in workers.children():
        child.kill()
    redis.flushall()
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)
    assert dict(Face.objects.values_list("pk", "person_id")) == labels
    assert faces_of(library) == expected
    assert_complete(library)


def test_workers_stop_at_once_when_told_to_and_the_next_go_on(
    album: Path, workers: Workers
) -> None:
    workers.start(2)
    library = make_library(path=album)
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: is_in_the_middle(library))
    began = time.monotonic()
    workers.stop()
    assert time.monotonic() - began < 5
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    workers.start(1)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)
    assert_complete(library)


def job_is_planned(job: Job) -> bool:
    job.refresh_from_db()
    return job.planned_at is not None


def assert_complete(library: Library) -> None:
    """Every photo is scanned, and every face has its embedding and its crop."""
    assert not library.photos.exclude(state=Photo.State.SCANNED).exists()
    for photo in library.photos.all():
        assert default_storage.exists(photo.thumbnail_name)
    for face in Face.objects.filter(photo__library=library):
        assert Embedding.objects.filter(face=face).count() == 1
        assert default_storage.exists(face.crop_name)


@pytest.fixture
def hostile_folder(album: Path) -> Iterator[Path]:
    """Everything that the issue lists, beside good photos, where an ordinary user can get at it."""
    with temporary_home() as home:
        folder = home / "album"
        shutil.copytree(album, folder)
        good = next((folder / "friends").iterdir())
        (folder / "a-truncated.jpg").write_bytes(good.read_bytes()[:20_000])
        (folder / "a-empty.jpg").touch()
        (folder / "a-text.jpg").write_text("Dear diary")
        Image.new("1", (20_000, 20_000)).save(folder / "a-bomb.png")
        (folder / "closed").mkdir()
        for name in ("a-closed-file.jpg", "closed/never-seen.jpg", "summits/zz-soon-gone.jpg"):
            shutil.copyfile(good, folder / name)
        (folder / "loop").symlink_to(folder)
        (folder / ".hidden.jpg").touch()
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")).touch()
        (home / "media").mkdir()
        account = unprivileged_account()
        if account is not None:
            for place in (*folder.rglob("*"), folder, home / "media"):
                os.chown(place, account.user, account.group, follow_symlinks=False)
        (folder / "a-closed-file.jpg").chmod(0)
        (folder / "closed").chmod(0)
        with override_settings(MEDIA_ROOT=home / "media"):
            yield folder
        (folder / "closed").chmod(0o755)


def test_every_kind_of_bad_input_is_recorded_with_a_reason_and_the_scan_goes_on(
    hostile_folder: Path, redis: Redis
) -> None:
    # Loads what the ordinary user may not be able to read: models, and Pillow's plugins.
    good = next((hostile_folder / "friends").iterdir())
    Image.init()
    assert chosen_engine().find_faces(decode_image(good))
    library = make_library(path=hostile_folder)
    job = start_scan(library=library, requested_by=library.owner)

    @receiver(photo_decoded)
    def delete_one_that_was_listed(**kwargs: object) -> Callable[[], None]:
        (hostile_folder / "summits/zz-soon-gone.jpg").unlink(missing_ok=True)
        return lambda: None

    try:
        with ordinary_user():
            while not has_ended(job):
                execute(job.pk)
    finally:
        photo_decoded.disconnect(delete_one_that_was_listed)

    assert (job.state, job.error) == (Job.State.DONE, "")
    reasons = {
        "a-truncated.jpg": "ends too early",
        "a-empty.jpg": "0 bytes",
        "a-text.jpg": "no picture",
        "a-bomb.png": "megapixels",
        "a-closed-file.jpg": "permission",
        "summits/zz-soon-gone.jpg": "gone",
    }
    left_out = {
        "closed": "permission",
        "loop": "link",
        ".hidden.jpg": "Hidden",
        "caf\ufffd.jpg": "UTF-8",
    }
    items = dict(JobItem.objects.filter(job=job).values_list("name", "reason"))
    assert set(items) == set(reasons) | set(left_out)
    for name, reason in (reasons | left_out).items():
        assert reason in items[name], name
    for name, reason in reasons.items():
        photo = library.photos.get(path=name)
        assert photo.state == Photo.State.FAILED, name
        assert reason in photo.problem, name
    assert (job.failed, job.skipped) == (8, 2)
    assert (job.done, job.total) == (PHOTOS + 6, PHOTOS + 6)
    assert library.photos.filter(state=Photo.State.SCANNED).count() == PHOTOS
    assert Face.objects.filter(photo__library=library).count() > PHOTOS
