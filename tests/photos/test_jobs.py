"""Scan and rescan, run in this process: what they find, count and report."""

import errno
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import django_rq
import pytest
from django.core.files.storage import FileSystemStorage
from django.dispatch import receiver
from django.test import override_settings
from django.utils import timezone
from PIL import Image
from redis import Redis
from rq import Worker

from faces.models import Dismissal
from photos.jobs import (
    start_rescan,
    start_rescan_of_photos,
    start_scan,
    start_scan_of_paths,
)
from photos.models import Library, Photo
from photos.signals import photo_decoded, photos_outdated, rescan_planned
from project.jobs.controlling import cancel_job, retry_items, retry_job
from project.jobs.limits import BITE, KILLED_ITS_WORKER, MAX_ATTEMPTS
from project.jobs.models import Job, JobEvent, JobItem
from project.jobs.presence import worker_token
from project.jobs.queueing import DISK_FULL, JobUnderWayError
from project.jobs.running import execute
from tests.factories import make_face, make_library, make_person, make_user
from tests.project.jobs.conftest import redis as redis  # noqa: PLC0414 - a fixture

pytestmark = pytest.mark.django_db
PENDING, SCANNED, FAILED = Photo.State.PENDING, Photo.State.SCANNED, Photo.State.FAILED


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library of three small photos without faces."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.jpg", "b.png", "sub/c.webp"):
        Image.new("RGB", (60, 40), "red").save(folder / name)
    return make_library(path=folder)


def scan(library: Library) -> Job:
    return done(start_scan(library=library, requested_by=library.owner))


def done(job: Job) -> Job:
    execute(job.pk)
    job.refresh_from_db()
    return job


def states(library: Library) -> dict[str, str]:
    return dict(library.photos.values_list("path", "state"))


def test_a_scan_finds_and_reads_every_photo(library: Library) -> None:
    job = scan(library)
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert states(library) == {"a.jpg": SCANNED, "b.png": SCANNED, "sub/c.webp": SCANNED}
    assert (job.done, job.total, job.failed, job.skipped) == (3, 3, 0, 0)


def test_scanning_twice_equals_scanning_once(library: Library) -> None:
    scan(library)
    once = list(library.photos.order_by("pk").values())
    again = scan(library)
    assert list(library.photos.order_by("pk").values()) == once
    assert (again.state, again.done, again.total) == (Job.State.DONE, 0, 0)


def test_a_message_that_comes_after_the_end_changes_nothing(library: Library) -> None:
    job = scan(library)
    before = Job.objects.filter(pk=job.pk).values().get()
    execute(job.pk)
    assert Job.objects.filter(pk=job.pk).values().get() == before


def test_a_scan_looks_at_new_and_changed_photos_only(library: Library) -> None:
    scan(library)
    seen: list[str] = []

    @receiver(photo_decoded)
    def look(photo: Photo, **kwargs: object) -> object:
        seen.append(photo.path)
        return lambda: None

    folder = Path(library.path)
    Image.new("RGB", (30, 20), "blue").save(folder / "a.jpg")
    Image.new("RGB", (30, 20), "green").save(folder / "new.png")
    try:
        job = scan(library)
    finally:
        photo_decoded.disconnect(look)
    assert sorted(seen) == ["a.jpg", "new.png"]
    assert job.total == 2
    assert library.photos.get(path="a.jpg").width == 30


def test_what_is_marked_is_looked_at_without_comparing_the_library_with_the_disk(
    library: Library,
) -> None:
    scan(library)
    library.photos.filter(path="a.jpg").update(state=PENDING)
    Image.new("RGB", (30, 20), "green").save(Path(library.path) / "new.png")
    whole = start_scan(library=library, requested_by=library.owner)
    photos_outdated.send(sender=Library, library=library)
    marked = Job.objects.exclude(pk=whole.pk).latest("pk")
    assert (done(marked).state, marked.total) == (Job.State.DONE, 1)
    assert states(library) == {"a.jpg": SCANNED, "b.png": SCANNED, "sub/c.webp": SCANNED}
    assert done(whole).total == 1
    assert states(library)["new.png"] == SCANNED


def test_a_rescan_looks_at_every_photo(library: Library) -> None:
    scan(library)
    Photo.objects.update(width=1)
    job = done(start_rescan(library=library, requested_by=library.owner))
    assert (job.state, job.done, job.total) == (Job.State.DONE, 3, 3)
    assert set(library.photos.values_list("width", flat=True)) == {60}


def test_a_rescan_looks_also_at_a_photo_that_is_back(library: Library) -> None:
    scan(library)
    Photo.objects.filter(path="a.jpg").update(missing_since=timezone.now(), width=1)
    assert done(start_rescan(library=library, requested_by=library.owner)).done == 3
    assert library.photos.get(path="a.jpg").width == 60


def test_a_rescan_is_refused_while_another_job_is_at_the_library(library: Library) -> None:
    start_scan(library=library, requested_by=library.owner)
    with pytest.raises(JobUnderWayError, match="Scan of Pictures is under way"):
        start_rescan(library=library, requested_by=library.owner)


def test_a_rescan_under_way_is_returned_only_for_the_same_options(library: Library) -> None:
    first = start_rescan(library=library, requested_by=library.owner)
    assert start_rescan(library=library, requested_by=library.owner) == first
    with pytest.raises(JobUnderWayError):
        start_rescan(
            library=library, requested_by=library.owner, options={"restore_dismissed": True}
        )


def test_a_photo_that_killed_its_worker_several_times_is_set_aside(library: Library) -> None:
    scan(library)
    Photo.objects.filter(path="a.jpg").update(state=PENDING, attempts=MAX_ATTEMPTS)
    job = scan(library)
    assert (job.state, job.failed, job.done) == (Job.State.DONE, 1, 1)
    assert job.items.get().reason == KILLED_ITS_WORKER
    assert library.photos.get(path="a.jpg").problem == KILLED_ITS_WORKER
    retry_job(job, requested_by=library.owner)
    done(Job.objects.latest("id"))
    assert states(library)["a.jpg"] == SCANNED


def test_a_full_disk_is_no_fault_of_the_photos(library: Library, media: Path) -> None:
    media.mkdir()
    (media / "thumbnails").write_text("in the way: no thumbnail can be written")
    assert scan(library).state == Job.State.FAILED
    assert not library.photos.exclude(state=PENDING, attempts=0).exists()
    (media / "thumbnails").unlink()
    assert scan(library).state == Job.State.DONE
    assert set(states(library).values()) == {SCANNED}


def test_an_error_that_nobody_foresaw_sets_one_photo_aside(library: Library) -> None:
    @receiver(photo_decoded)
    def stumble(photo: Photo, **kwargs: object) -> object:
        if photo.path == "b.png":
            raise RuntimeError("cannot compute")
        return lambda: None

    try:
        job = scan(library)
    finally:
        photo_decoded.disconnect(stumble)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, 3, 1)
    assert states(library) == {"a.jpg": SCANNED, "b.png": FAILED, "sub/c.webp": SCANNED}
    assert "cannot compute" in library.photos.get(path="b.png").problem


def test_a_rescan_passes_its_options_on(library: Library) -> None:
    heard: list[object] = []

    @receiver(rescan_planned)
    def hear(library: Library, options: dict[str, object], **kwargs: object) -> None:
        heard.append((library.pk, options))

    options: dict[str, object] = {"restore_dismissed": True}
    try:
        done(start_rescan(library=library, requested_by=library.owner, options=options))
    finally:
        rescan_planned.disconnect(hear)
    assert heard == [(library.pk, options)]


def test_what_cannot_be_read_is_reported_and_the_scan_goes_on(library: Library) -> None:
    folder = Path(library.path)
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("Dear diary")
    (folder / ".hidden.jpg").touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.jpg")).touch()
    job = scan(library)
    assert (job.state, job.done, job.total) == (Job.State.DONE, 5, 5)
    assert (job.failed, job.skipped) == (3, 1)
    reported = {item.name: (item.outcome, item.reason) for item in job.items.all()}
    assert {name: outcome for name, (outcome, _) in reported.items()} == {
        "empty.jpg": JobItem.Outcome.FAILED,
        "text.jpg": JobItem.Outcome.FAILED,
        "\ufffd.jpg": JobItem.Outcome.FAILED,
        ".hidden.jpg": JobItem.Outcome.SKIPPED,
    }
    assert reported["empty.jpg"][1] == library.photos.get(path="empty.jpg").problem
    assert states(library)["a.jpg"] == SCANNED


def test_a_library_whose_folder_is_gone_fails_with_advice_and_loses_nothing(
    library: Library,
) -> None:
    scan(library)
    shutil.rmtree(library.path)
    job = scan(library)
    assert job.state == Job.State.FAILED
    assert library.path in job.error
    assert "disk connected" in job.error
    assert not library.photos.exclude(missing_since=None, state=SCANNED).exists()


@pytest.fixture
def another_host(redis: Redis) -> Worker:
    """A worker of another host, which takes no messages here."""
    worker = Worker([django_rq.get_queue("bulk")], connection=redis)
    worker.hostname = "another"
    worker.register_birth()  # type: ignore[no-untyped-call]
    return worker


@pytest.mark.parametrize("empty", [False, True])
def test_a_library_that_this_host_does_not_see_is_left_to_another(
    library: Library, another_host: Worker, empty: bool
) -> None:
    folder = Path(library.path)
    away = folder.rename(folder.with_name("away"))
    if empty:  # what a disk is mounted on
        folder.mkdir()
    job = scan(library)
    assert (job.state, job.planned_at) == (Job.State.RUNNING, None)
    scan(library)
    waited = job.events.get(verb=JobEvent.Verb.WAITED)
    assert waited.detail.startswith(f"{socket.gethostname()}: The folder {folder}")
    if empty:
        folder.rmdir()
    away.rename(folder)  # this is the other host now
    assert scan(library).state == Job.State.DONE
    assert set(states(library).values()) == {SCANNED}


def test_a_library_that_no_host_sees_ends_the_job_with_advice(
    library: Library, another_host: Worker
) -> None:
    shutil.rmtree(library.path)
    assert scan(library).state == Job.State.RUNNING
    another_host.register_death()  # type: ignore[no-untyped-call]
    job = scan(library)
    assert job.state == Job.State.FAILED
    assert "disk connected" in job.error


def test_photos_whose_disk_goes_in_the_middle_stay_as_they_are(
    library: Library, another_host: Worker
) -> None:
    folder = Path(library.path)

    @receiver(photo_decoded)
    def pull_the_plug(**kwargs: object) -> Callable[[], None]:
        folder.rename(folder.with_name("away"))
        return lambda: None

    try:
        job = scan(library)
    finally:
        photo_decoded.disconnect(pull_the_plug)
    assert (job.state, job.done, job.failed) == (Job.State.RUNNING, 1, 0)
    left = library.photos.filter(state=PENDING)
    assert (
        list(left.values_list("missing_since", "claimed_by", "attempts")) == [(None, None, 0)] * 2
    )


def test_an_empty_folder_is_scanned_and_its_photos_are_missing_with_their_labels(
    library: Library,
) -> None:
    scan(library)
    face = make_face(library.photos.get(path="a.jpg"), person=make_person("Ann"))
    shutil.rmtree(library.path)
    Path(library.path).mkdir()
    assert scan(library).state == Job.State.DONE
    assert library.photos.exclude(missing_since=None).count() == 3
    face.refresh_from_db()
    assert face.person is not None


def test_a_retry_tries_again_what_failed(library: Library) -> None:
    scan(library)
    Photo.objects.filter(path="a.jpg").update(state=FAILED, problem="The disk was tired.")
    job = scan(library)
    assert states(library)["a.jpg"] == FAILED
    again = done(retry_job(job, requested_by=library.owner))
    assert again.pk != job.pk
    assert (again.state, again.done) == (Job.State.DONE, 1)
    assert states(library)["a.jpg"] == SCANNED


def test_a_cancelled_scan_stops_and_the_next_goes_on(library: Library) -> None:
    folder = Path(library.path)
    for number in range(2 * BITE):
        shutil.copy(folder / "a.jpg", folder / f"{number}.jpg")
    job = start_scan(library=library, requested_by=library.owner)

    @receiver(photo_decoded)
    def change_of_mind(**kwargs: object) -> object:
        cancel_job(job)
        return lambda: None

    try:
        execute(job.pk)
    finally:
        photo_decoded.disconnect(change_of_mind)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert library.photos.filter(state=SCANNED).count() == BITE
    assert not library.photos.filter(state=PENDING, attempts__gt=0).exists()
    assert scan(library).state == Job.State.DONE
    assert not library.photos.exclude(state=SCANNED).exists()


def test_a_library_deleted_before_its_scan_begins_ends_the_job_with_a_reason(
    library: Library,
) -> None:
    job = start_scan(library=library, requested_by=library.owner)
    library.delete()
    assert done(job).state == Job.State.FAILED
    assert job.error == "This library has been removed."


def test_a_library_deleted_during_its_scan_ends_the_job(library: Library) -> None:
    job = start_scan(library=library, requested_by=library.owner)

    @receiver(photo_decoded)
    def remove(**kwargs: object) -> object:
        Library.objects.filter(pk=library.pk).delete()
        return lambda: None

    try:
        execute(job.pk)
    finally:
        photo_decoded.disconnect(remove)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert not Photo.objects.exists()


def test_a_second_scan_of_the_same_library_is_the_first(library: Library) -> None:
    first = start_scan(library=library, requested_by=library.owner)
    assert start_scan(library=library, requested_by=library.owner) == first
    assert Job.objects.count() == 1


def test_libraries_are_scanned_independently(library: Library, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(Path(library.path) / "a.jpg", tmp_path / "other/a.jpg")
    other = make_library(make_user("bob"), tmp_path / "other")
    first = start_scan(library=library, requested_by=library.owner)
    second = start_scan(library=other, requested_by=other.owner)
    assert done(second).state == Job.State.DONE
    assert states(other) == {"a.jpg": SCANNED}
    assert states(library) == {}
    assert done(first).state == Job.State.DONE


def test_a_photo_that_is_held_by_another_worker_is_left_to_it(library: Library) -> None:
    scan(library)
    with worker_token() as other:
        Photo.objects.filter(path="a.jpg").update(state=PENDING, claimed_by=other)
        job = start_scan(library=library, requested_by=library.owner)
        execute(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.RUNNING
        assert states(library)["a.jpg"] == PENDING
    assert done(job).state == Job.State.DONE
    assert states(library)["a.jpg"] == SCANNED


def test_a_scan_waits_for_space_on_a_full_disk_and_keeps_what_was_done(
    library: Library, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    scan(library)
    photo = library.photos.get(path="a.jpg")
    before = (media / photo.thumbnail_name).read_bytes()
    Photo.objects.filter(pk=photo.pk).update(state=PENDING)
    with monkeypatch.context() as disk:
        disk.setattr(FileSystemStorage, "_save", no_space)
        job = scan(library)
    assert (job.state, job.error) == (Job.State.RUNNING, DISK_FULL)
    assert states(library) == {"a.jpg": PENDING, "b.png": SCANNED, "sub/c.webp": SCANNED}
    assert (media / photo.thumbnail_name).read_bytes() == before
    assert done(job).state == Job.State.DONE
    assert job.error == ""
    assert states(library)["a.jpg"] == SCANNED


class TestSomePhotos:
    def of_paths(self, library: Library, *paths: str) -> Job:
        job, _ = start_scan_of_paths(library=library, requested_by=library.owner, paths=paths)
        return done(job)

    def test_a_scan_of_paths_looks_at_nothing_else(self, library: Library) -> None:
        scan(library)
        folder = Path(library.path)
        for name in ("a.jpg", "new.jpg", "unasked.jpg", "later/f.jpg", "later/g.jpg"):
            (folder / name).parent.mkdir(exist_ok=True)
            Image.new("RGB", (30, 20), name_colour(name)).save(folder / name)
        (folder / "b.png").unlink()
        shutil.rmtree(folder / "sub")
        job = self.of_paths(library, "a.jpg", "new.jpg", "sub", "later")
        assert (job.state, job.total) == (Job.State.DONE, 4)
        missing = library.photos.exclude(missing_since=None).values_list("path", flat=True)
        assert list(missing) == ["sub/c.webp"]  # nobody asked for b.png
        assert "unasked.jpg" not in states(library)
        assert library.photos.get(path="a.jpg").width == 30

    def test_a_file_that_was_moved_keeps_its_row(self, library: Library) -> None:
        scan(library)
        before = library.photos.get(path="sub/c.webp").pk
        (Path(library.path) / "sub/c.webp").rename(Path(library.path) / "d.webp")
        self.of_paths(library, "sub/c.webp", "d.webp")
        assert library.photos.get(path="d.webp").pk == before
        assert library.photos.count() == 3

    def test_what_failed_is_tried_again_without_a_walk(self, library: Library) -> None:
        folder = Path(library.path)
        for name in ("empty.jpg", "other.jpg"):
            (folder / name).touch()
        first = scan(library)
        assert first.failed == 2
        Image.new("RGB", (30, 20), "green").save(folder / "empty.jpg")
        Image.new("RGB", (30, 20), "blue").save(folder / "unasked.jpg")
        again = done(retry_items(first, requested_by=library.owner))
        assert (again.total, again.failed) == (2, 1)
        assert states(library)["empty.jpg"] == SCANNED
        assert "unasked.jpg" not in states(library)
        Image.new("RGB", (30, 20), "yellow").save(folder / "other.jpg")
        item = first.items.get(name="other.jpg")
        one = done(retry_items(first, requested_by=library.owner, item=item))
        assert (one.total, one.failed) == (1, 0)

    def test_chosen_photos_are_rescanned_alone(self, library: Library) -> None:
        scan(library)
        photo = library.photos.get(path="a.jpg")
        before = dict(library.photos.values_list("path", "scanned_at"))
        chosen = Photo.objects.filter(pk=photo.pk)
        (job,) = start_rescan_of_photos(photos=chosen, requested_by=library.owner)
        with pytest.raises(JobUnderWayError):
            start_rescan_of_photos(photos=chosen, requested_by=library.owner)
        assert (done(job).kind, job.total) == (Job.Kind.RESCAN, 1)
        after = dict(library.photos.values_list("path", "scanned_at"))
        assert {path for path in after if after[path] != before[path]} == {"a.jpg"}

    def test_deleted_faces_come_back_in_chosen_photos_alone(self, library: Library) -> None:
        scan(library)
        one, other = library.photos.order_by("pk")[:2]
        for photo in (one, other):
            Dismissal.objects.create(photo=photo, left=0, top=0, width=1, height=1)
        (job,) = start_rescan_of_photos(
            photos=Photo.objects.filter(pk=one.pk),
            requested_by=library.owner,
            options={"restore_dismissed": True},
        )
        done(job)
        assert [each.photo for each in Dismissal.objects.all()] == [other]


def name_colour(name: str) -> tuple[int, int, int]:
    """A colour of its own for each name, lest the files be copies."""
    return (sum(name.encode()) % 256, len(name) * 9 % 256, 7)
