"""Watching libraries: what changes is scanned, and nothing else."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from PIL import Image

from photos import watching
from photos.jobs import start_scan
from photos.models import Library
from photos.watching import Watch, watched_folders
from project.jobs.models import Job
from project.preferences.changing import change_preferences
from tests.factories import make_library, make_user

LONG = 1e9  # seconds


def wait_until(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def path_jobs() -> list[Job]:
    return list(Job.objects.filter(scope__startswith="paths:").order_by("pk"))


@pytest.mark.django_db
class TestFolders:
    def test_only_those_that_are_there_and_only_if_it_is_wanted(self, tmp_path: Path) -> None:
        folder = tmp_path / "photos"
        folder.mkdir()
        (folder / "a.jpg").touch()
        library = make_library(path=folder)
        make_library()
        assert watched_folders() == {}
        bob = make_user("bob", is_staff=True)
        change_preferences(bob, {"watch": True})
        assert watched_folders() == {str(folder): library.pk}
        (folder / "a.jpg").unlink()  # as if its disk was gone
        assert watched_folders() == {}


@pytest.mark.django_db
class TestLooking:
    @pytest.fixture
    def library(self, tmp_path: Path) -> Library:
        return make_library(path=tmp_path)

    def test_a_file_is_scanned_when_it_is_whole(self, library: Library) -> None:
        watch = Watch({library.path: library.pk})
        file = Path(library.path) / "a.jpg"
        file.write_bytes(b"half")
        watch.look({str(file)}, now=10)
        watch.look(set(), now=12)
        assert path_jobs() == []
        watch.look(set(), now=14)
        (job,) = path_jobs()
        assert job.parameters["paths"] == ["a.jpg"]

    def test_what_comes_while_others_are_looked_at_waits(self, library: Library) -> None:
        watch = Watch({library.path: library.pk})
        watch.look({f"{library.path}/a.jpg"}, now=0)
        watch.look({f"{library.path}/b.jpg"}, now=LONG)
        watch.look(set(), now=2 * LONG)
        (first,) = path_jobs()
        Job.objects.filter(pk=first.pk).update(state="done")
        watch.look(set(), now=2 * LONG + 1)
        assert [job.parameters["paths"] for job in path_jobs()] == [["a.jpg"], ["b.jpg"]]

    def test_very_many_are_sooner_found_by_a_walk(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watching, "MOST_PATHS", 2)
        watch = Watch({library.path: library.pk})
        watch.look({f"{library.path}/{number}.jpg" for number in range(3)}, now=0)
        watch.look(set(), now=LONG)
        assert path_jobs() == []
        assert Job.objects.get().parameters == {"library": library.pk}

    def test_a_walk_that_has_begun_may_have_passed_them_already(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watching, "MOST_PATHS", 2)
        before = start_scan(library=library, requested_by=library.owner)
        Job.objects.filter(pk=before.pk).update(state="running")
        watch = Watch({library.path: library.pk})
        watch.look({f"{library.path}/{number}.jpg" for number in range(3)}, now=0)
        watch.look(set(), now=LONG)
        assert Job.objects.get() == before
        Job.objects.filter(pk=before.pk).update(state="done")
        watch.look(set(), now=LONG + 1)
        assert Job.objects.exclude(pk=before.pk).get().parameters == {"library": library.pk}
        watch.look(set(), now=LONG + 2)
        assert Job.objects.count() == 2

    def test_a_folder_of_two_libraries_is_scanned_for_both(self, library: Library) -> None:
        other = make_library(make_user("charlie"), Path(library.path).parent)
        watch = Watch({library.path: library.pk, other.path: other.pk})
        watch.look({f"{library.path}/a.jpg"}, now=0)
        watch.look(set(), now=LONG)
        assert {job.requested_by.username for job in path_jobs()} == {"alice", "charlie"}


@pytest.mark.django_db(transaction=True)
def test_new_moved_and_deleted_files_are_noticed_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "STILL", 0.5)
    monkeypatch.setattr(watching, "LOOK_AT_SETTINGS", 0.5)
    root = tmp_path / "photos"
    (root / "2004").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(root / "old.jpg")
    library = make_library(path=root)
    bob = make_user("bob", is_staff=True)
    change_preferences(bob, {"watch": True})
    watch = threading.Thread(target=_watch, args=({str(root): library.pk},))
    watch.start()
    try:
        wait_until(lambda: Job.objects.filter(scope=f"library:{library.pk}").exists())
        Image.new("RGB", (30, 20)).save(root / "2004" / "new.jpg")
        wait_until(lambda: paths() == {"2004/new.jpg"})
        Job.objects.update(state="done")
        shutil.move(root / "old.jpg", root / "moved.jpg")
        wait_until(lambda: {"old.jpg", "moved.jpg"} <= paths())
    finally:
        change_preferences(bob, {"watch": False})
        watch.join(15)
    assert not watch.is_alive()


def paths() -> set[str]:
    return {path for job in path_jobs() for path in job.parameters["paths"] if path != "2004"}


def _watch(folders: dict[str, int]) -> None:
    try:
        Watch(folders).run()
    finally:
        connections.close_all()
