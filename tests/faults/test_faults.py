"""Scans by real worker processes on real photos, with everything that happens at home.

Short here; ``make test-faults`` takes more photos, rescans too, and prints the same table.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from django.core.files.storage import default_storage
from django.db import Error, connection
from django.dispatch import receiver
from django.test import override_settings
from PIL import Image
from redis import Redis

from faces.jobs.choices import chosen_engine
from faces.models import Embedding, Face
from photos.imaging.decoding import decode_image
from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo
from photos.signals import photo_decoded
from project.embedded import Postgres, Valkey
from project.embedded.account import unprivileged_account
from project.jobs.limits import KILLED_ITS_WORKER
from project.jobs.models import Job, JobItem
from project.jobs.presence import workers_present
from project.jobs.queueing import DISK_FULL, heal_jobs
from project.jobs.running import execute
from tests.account import ordinary_user
from tests.factories import make_library, make_person, make_user
from tests.faults.conftest import PHOTOS
from tests.services import SERVICES, temporary_home
from tests.workers import FAULTY_WORKER, Workers

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60.0 + 5 * PHOTOS  # seconds; a scan of a photo takes a third of one
SECONDS_OF_A_PHOTO = 8  # the time limit for one that hangs; others take a second at most


def wait_until(condition: Callable[[], bool], *, healing: bool = False) -> None:
    """Wait; with ``healing``, look after the jobs meanwhile, as the scheduler does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, list(Job.objects.values())
        if healing:
            with suppress(Error):  # it is about to come back
                heal_jobs()
        time.sleep(0.05)


def reread(job: Job) -> Job:
    job.refresh_from_db()
    return job


def has_ended(job: Job) -> bool:
    return not reread(job).is_active


def is_in_the_middle(library: Library) -> bool:
    """Whether some photos are done, and one that is not is in a worker's hands."""
    left = library.photos.filter(state=Photo.State.PENDING)
    return left.count() < PHOTOS and left.exclude(claimed_by=None).exists()


def faces_of(library: Library) -> list[Any]:
    """What a scan has found: the box and the embedding of each face of each photo."""
    rows = Face.objects.filter(photo__library=library).select_related("photo")
    vectors = dict(
        Embedding.objects.filter(face__in=rows).values_list("face", "vector"),
    )
    return sorted(
        (
            face.photo.path,
            [round(side, 5) for side in face.box.corners],
            np.round(vectors[face.pk], 4).tolist(),
        )
        for face in rows
    )


def scan_undisturbed(library: Library) -> None:
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: has_ended(job))
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)


@dataclass
class Scene:
    """What a fault can get at."""

    workers: Workers
    redis: Redis
    full: Path  # while it is there, the disk of the workers' pictures is full

    def start_workers(self) -> None:
        """Start two."""
        self.workers.start(2, FAULTY_WORKER, KITH_FULL=str(self.full))


@pytest.fixture
def scene(workers: Workers, redis: Redis, tmp_path: Path) -> Scene:
    return Scene(workers, redis, tmp_path / "full")


def kill_worker(scene: Scene) -> None:
    """Workers and what they have forked are killed; new ones come."""
    scene.workers.kill()
    scene.start_workers()


def kill_child(scene: Scene) -> None:
    """The workers live on; only what they have forked for the scan is killed."""
    for child in scene.workers.children():
        with suppress(psutil.NoSuchProcess):
            child.kill()


def empty_redis(scene: Scene) -> None:
    """The queue and all that RQ knows is gone."""
    scene.redis.flushall()


def kill_worker_and_empty_redis(scene: Scene) -> None:
    """Both, and the row knows for a while that nobody is at work."""
    scene.workers.kill()
    scene.redis.flushall()
    job = Job.objects.get(state=Job.State.RUNNING)
    wait_until(lambda: workers_present(job.pk) == 0)
    assert heal_jobs() >= 1
    scene.start_workers()


def restart_redis(scene: Scene) -> None:
    """Valkey ends and starts again."""
    valkey = Valkey(own("KITH_TEST_REDIS_URL"))
    valkey.stop()
    valkey.start()


def restart_postgres(scene: Scene) -> None:
    """PostgreSQL ends and starts again."""
    postgres = Postgres(own("KITH_TEST_DATABASE_URL"))
    postgres.stop()
    connection.close()
    postgres.start()


def cut_the_power(scene: Scene) -> None:
    """Everything is killed at once, and starts again."""
    servers = Postgres(own("KITH_TEST_DATABASE_URL")), Valkey(own("KITH_TEST_REDIS_URL"))
    for server in servers:
        process = server.find()
        assert process is not None
        process.kill()
    scene.workers.kill()
    connection.close()
    for server in servers:
        server.stop()  # waits for what is left of it
        server.start()
    scene.start_workers()


def fill_disk(scene: Scene) -> None:
    """No picture can be written of the photos that are left; then there is room again."""
    scene.full.touch()
    job = Job.objects.get(state=Job.State.RUNNING)
    wait_until(lambda: reread(job).error == DISK_FULL)
    scene.full.unlink()


def own(variable: str) -> Path:
    """Return the data folder of the tests' own servers; skips where an outside one stands in."""
    if variable in os.environ:
        pytest.skip(f"{variable} names a server that is not ours to restart")
    return SERVICES.home


FAULTS = (
    kill_worker, kill_child, empty_redis, kill_worker_and_empty_redis, restart_redis,
    restart_postgres, cut_the_power, fill_disk,
)  # fmt: skip
SLOW = pytest.mark.slow
# The short form has those that differ most from one another; each takes some ten seconds.
SHORT = {kill_worker_and_empty_redis, cut_the_power}
_expected: dict[int, list[Any]] = {}


@pytest.fixture
def expected(album: Path, workers: Workers) -> list[Any]:
    """What a scan finds that nobody disturbs."""
    if PHOTOS not in _expected:
        workers.start(2)
        undisturbed = make_library(make_user("undisturbed"), album)
        scan_undisturbed(undisturbed)
        _expected[PHOTOS] = faces_of(undisturbed)
        workers.stop()
    found = _expected[PHOTOS]
    assert len(found) > PHOTOS
    return found


@pytest.mark.parametrize(
    "fault",
    [fault if fault in SHORT else pytest.param(fault, marks=SLOW) for fault in FAULTS],
    ids=lambda fault: fault.__name__,
)
def test_a_scan_ends_as_if_nothing_had_happened(
    fault: Callable[[Scene], None],
    album: Path,
    expected: list[Any],
    scene: Scene,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", fault.__name__.replace("_", " "))
    record_property("job", "scan")
    library = make_library(make_user("bob"), album)
    scene.start_workers()
    began = time.monotonic()
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: is_in_the_middle(library))
    fault(scene)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.error, job.failed) == (Job.State.DONE, "", 0)
    assert (job.done, job.total) == (PHOTOS, PHOTOS)
    assert faces_of(library) == expected
    assert_complete(library)
    say(record_property, "same rows", job, began)


@pytest.mark.parametrize(
    "fault",
    [fault if fault is kill_child else pytest.param(fault, marks=SLOW) for fault in FAULTS],
    ids=lambda fault: fault.__name__,
)
def test_a_rescan_leaves_rows_and_labels_whatever_happens(
    fault: Callable[[Scene], None],
    album: Path,
    scene: Scene,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", fault.__name__.replace("_", " "))
    record_property("job", "rescan")
    scene.start_workers()
    library = make_library(path=album)
    scan_undisturbed(library)
    people = [make_person(name) for name in ("Ann", "Bea")]
    for index, face in enumerate(Face.objects.order_by("pk")):
        if index % 3:
            Face.objects.filter(pk=face.pk).update(person=people[index % 3 - 1])
    labels = dict(Face.objects.values_list("pk", "person_id"))
    expected = faces_of(library)

    began = time.monotonic()
    job = start_rescan(library=library, requested_by=library.owner)
    wait_until(lambda: reread(job).planned_at is not None and is_in_the_middle(library))
    fault(scene)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)
    assert dict(Face.objects.values_list("pk", "person_id")) == labels
    assert faces_of(library) == expected
    assert_complete(library)
    say(record_property, "same rows and labels", job, began)


TOO_MUCH = {
    "hangs": KILLED_ITS_WORKER,
    "crashes": KILLED_ITS_WORKER,
    "devours": KILLED_ITS_WORKER,
    "refuses": "memory",
}


@pytest.mark.parametrize(
    "name",
    [name if name == "hangs" else pytest.param(name, marks=SLOW) for name in TOO_MUCH],
)
def test_a_photo_that_is_too_much_is_set_aside_and_the_scan_goes_on(
    name: str,
    album: Path,
    expected: list[Any],
    workers: Workers,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", f"a photo {name}")
    record_property("job", "scan")
    good = next(album.rglob("*.jpg"))
    with Image.open(good) as picture:  # another content: a copy would be known
        picture.rotate(180).save(album / f"{name}.jpg")
    library = make_library(path=album)
    workers.start(2, FAULTY_WORKER, KITH_TIME_LIMIT=str(SECONDS_OF_A_PHOTO))
    began = time.monotonic()
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS + 1, 1)
    item = job.items.get()
    assert item.name == f"{name}.jpg"
    assert TOO_MUCH[name] in item.reason
    assert library.photos.get(path=item.name).problem == item.reason
    assert faces_of(library) == expected
    say(record_property, "set aside, the others same", job, began)


def say(record: Callable[[str, object], None], outcome: str, job: Job, began: float) -> None:
    """Note what the table shows."""
    record("outcome", outcome)
    record("photos", f"{job.done}/{job.total}")
    record("seconds", round(time.monotonic() - began, 1))


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
