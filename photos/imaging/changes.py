"""What changes in watched folders, told once it is whole."""

import os
from collections.abc import Iterable
from pathlib import PurePath, PurePosixPath

from photos.imaging.folders import SUFFIXES, is_out_of_bounds

Stamp = tuple[int, int]  # bytes, and nanoseconds since the epoch
GONE: Stamp = (-1, -1)


class Settling:
    """Paths in which something changes, until it has been still for a while.

    Files are copied in pieces, and a half-written photo is no photo: a path is ripe when its size
    and date have stayed the same for ``seconds``, or when it has been gone for so long, since what
    was moved is to be seen in both places at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[str, tuple[Stamp, float]] = {}

    def note(self, paths: Iterable[str], now: float) -> None:
        """Remember that something happened to these absolute paths; ``now`` in seconds."""
        for path in paths:
            self._waiting[path] = (_stamp(path), now)

    def ripe(self, now: float) -> set[str]:
        """Return, and forget, the paths that have been still for long enough."""
        ripe = set()
        for path, (stamp, since) in list(self._waiting.items()):
            fresh = _stamp(path)
            if fresh != stamp:
                self._waiting[path] = (fresh, now)
            elif now - since >= self._seconds:
                ripe.add(path)
        # A folder is as whole as what lies in it: who looks into it takes all of that.
        unripe = self._waiting.keys() - ripe
        ripe -= {str(above) for path in unripe for above in PurePath(path).parents}
        for path in ripe:
            del self._waiting[path]
        return ripe


def concerns_photos(path: str, root: str) -> bool:
    """Return whether a change at an absolute path below ``root`` may be one of photos.

    Folders and sidecars may be, too, and what is gone may have been a folder. Hidden files are not,
    nor are those that programs have not finished copying, such as ``a.jpg.part``.
    """
    relative = os.path.relpath(path, root)
    if relative.startswith("..") or (relative != "." and is_out_of_bounds(relative)):
        return False
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SUFFIXES or suffix == ".xmp":
        return True
    return os.path.isdir(path) or not os.path.lexists(path)  # noqa: PTH112


def _stamp(path: str) -> Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return GONE
    return status.st_size, status.st_mtime_ns
