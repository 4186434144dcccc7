"""Watching the folders of libraries: what is new in them is scanned at once."""

import logging
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.db import Error, close_old_connections
from watchfiles import watch

from photos.imaging.changes import Settling, concerns_photos
from photos.imaging.folders import holds_anything
from photos.jobs import start_scan, start_scan_of_paths
from photos.models import Library
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError
from project.preferences.reading import value

logger = logging.getLogger(__name__)

STILL = 3.0  # seconds that a file stays as it is before it is looked into
LOOK_MS = 1_000  # between two looks at what has become still
LOOK_AT_SETTINGS = 5.0  # seconds
AFTER_FAILURE = 60.0  # seconds
MOST_PATHS = 2_000  # more are sooner found by a walk
WHOLE = "."  # the path of a library's folder itself


def watch_for_ever() -> None:
    """Watch while the settings say so; whatever goes wrong, try again later."""
    while True:
        try:
            close_old_connections()
            folders = watched_folders()
            if folders:
                Watch(folders).run()
            else:
                time.sleep(LOOK_AT_SETTINGS)
        except Error as error:
            logger.warning("The database cannot be reached, trying again: %s", error)
            time.sleep(LOOK_AT_SETTINGS)
        except (OSError, RuntimeError) as error:  # watchfiles raises either
            logger.warning("Folders cannot be watched, trying again in a minute: %s", error)
            time.sleep(AFTER_FAILURE)


def watched_folders() -> dict[str, int]:
    """Return {folder: library's id} of what is to be watched, and is there.

    An empty folder is what a disk leaves that is not connected; its disk is another one to watch.
    """
    if not value("watch"):
        return {}
    libraries = Library.objects.order_by("pk").values_list("path", "pk")
    return {path: pk for path, pk in libraries if holds_anything(Path(path))}


class Watch:
    """Scans what changes in folders, for as long as they are those to be watched."""

    def __init__(self, folders: dict[str, int]) -> None:
        self._folders = folders
        self._settling = Settling(STILL)
        self._waiting: dict[int, set[str]] = defaultdict(set)  # paths by library
        self._asked_at = time.monotonic()

    def run(self) -> None:
        """Watch until other folders are to be watched; each is scanned as a whole at first."""
        changes = _changes(list(self._folders))
        next(changes)  # from here on nothing is missed
        for library in Library.objects.filter(pk__in=self._folders.values()):
            self._waiting[library.pk].add(WHOLE)
        for paths in changes:
            close_old_connections()
            self.look(paths, time.monotonic())
            if self._is_over():
                return

    def look(self, changed: set[str], now: float) -> None:
        """Take notice of absolute paths that have changed, and scan what has become still."""
        self._settling.note(changed, now)
        ripe = self._settling.ripe(now)
        for folder, library in self._folders.items():
            for path in ripe:
                if concerns_photos(path, folder):
                    self._waiting[library].add(os.path.relpath(path, folder))
        for each in Library.objects.filter(pk__in=self._waiting.keys()).select_related("owner"):
            if _scan(each, self._waiting[each.pk]):
                del self._waiting[each.pk]

    def _is_over(self) -> bool:
        if time.monotonic() - self._asked_at < LOOK_AT_SETTINGS:
            return False
        self._asked_at = time.monotonic()
        return watched_folders() != self._folders


def _changes(folders: list[str]) -> Iterator[set[str]]:
    """Yield the paths that have changed, every second, at first none."""
    for changes in watch(
        *folders,
        watch_filter=None,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        yield {path for _, path in changes}


def _scan(library: Library, paths: set[str]) -> bool:
    """Scan these paths of a library; return False where they have to wait."""
    try:
        if len(paths) > MOST_PATHS or WHOLE in paths:
            scan = start_scan(library=library, requested_by=library.owner)
            # One that was at work before may have walked past them already.
            return scan.state == Job.State.QUEUED
        _, started = start_scan_of_paths(library=library, requested_by=library.owner, paths=paths)
        return started  # else the one before looks at others
    except JobUnderWayError:
        return False
