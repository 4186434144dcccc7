"""Files of a library, opened so that no path leads out of its folder.

Between a scan and the moment when a file is read or written, somebody may have put a symbolic link
in the place of any of its folders. So each part of a path, that of the library's folder included,
is opened below the one before, and none may be a link.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Literal

# To pass through a folder takes no right to list it; macOS knows no such way of opening.
PASSING = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe in the place of a file must not be waited for.
READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class LeadsOutsideError(OSError):
    """A path that is none of the library's, or is no ordinary file; says so without naming it."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.ELOOP, reason)


@dataclass(frozen=True)
class InsideFile:
    """A file below a folder; it may be used where a Path is only read."""

    root: Path  # absolute, without links
    path: str  # relative, parts parted by "/"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """What follows the last dot, with it."""
        return PurePosixPath(self.path).suffix

    @property
    def place(self) -> Path:
        """The whole path, to be named; who opens it follows links."""
        return self.root / self.path

    def with_name(self, name: str) -> "InsideFile":
        """Return another file in the same folder."""
        return InsideFile(self.root, str(PurePosixPath(self.path).with_name(name)))

    def open(self, mode: Literal["rb"] = "rb") -> BufferedReader:
        """Open it for reading; OSError where it is not there, LeadsOutsideError for a link."""
        with self.folder() as folder:
            _refuse_all_but_files(self._status(folder))
            descriptor = os.open(self.name, READING, dir_fd=folder)
        file = os.fdopen(descriptor, mode)
        try:
            _refuse_all_but_files(os.fstat(descriptor))  # it may be another since the first look
        except OSError:
            file.close()
            raise
        return file

    def read_bytes(self) -> bytes:
        """Return all that is in it; raises as ``open``."""
        with self.open() as file:
            return file.read()

    def stat(self) -> os.stat_result:
        """Return what the disk says of it; raises as ``open``, but not for folders and pipes."""
        with self.folder() as folder:
            status = self._status(folder)
        if stat.S_ISLNK(status.st_mode):
            raise LeadsOutsideError(_LINK)
        return status

    def is_file(self) -> bool:
        """Return whether there is an ordinary file."""
        try:
            return stat.S_ISREG(self.stat().st_mode)
        except OSError:
            return False

    @contextmanager
    def folder(self) -> Iterator[int]:
        """Hold the folder that it lies in; yields a descriptor for functions with ``dir_fd``."""
        if not self.path:
            raise LeadsOutsideError(_NO_PATH)
        above = _parts(self.path)[:-1]
        with opened_folder(self.root, "/".join(above)) as folder:
            yield folder

    def _status(self, folder: int) -> os.stat_result:
        return os.stat(self.name, dir_fd=folder, follow_symlinks=False)


_LINK = "a symbolic link is in its path, and links are not followed"
_NO_FILE = "this is no ordinary file"
_NO_PATH = "this is no path of a library"


def _refuse_all_but_files(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise LeadsOutsideError(_LINK)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise LeadsOutsideError(_NO_FILE)


@contextmanager
def opened_folder(root: Path, path: str = "") -> Iterator[int]:
    """Hold a folder below ``root``, or that itself; raises as ``InsideFile.open``.

    The descriptor is for functions with ``dir_fd``: what lies in the folder cannot be listed by it.
    """
    if not root.is_absolute():
        raise LeadsOutsideError(_NO_PATH)
    folder = os.open(root.anchor, PASSING)
    try:
        for part in (*root.parts[1:], *_parts(path)):
            folder = _entered(folder, part)
        yield folder
    finally:
        os.close(folder)


@contextmanager
def listed_folder(root: Path, path: str = "") -> Iterator[int]:
    """Hold a folder as ``opened_folder`` does, with the right to list it."""
    with opened_folder(root, path) as folder:
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _entered(folder: int, part: str) -> int:
    """Return a folder in a folder, which is closed."""
    if part in ("", ".", "..") or "\0" in part:
        raise LeadsOutsideError(_NO_PATH)
    try:
        entered = os.open(part, PASSING, dir_fd=folder)
    except OSError:
        if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise LeadsOutsideError(_LINK) from None
        raise
    os.close(folder)
    return entered


def _parts(path: str) -> list[str]:
    """Return the parts of a relative path; LeadsOutsideError for one that is not."""
    if not path:
        return []
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise LeadsOutsideError(_NO_PATH)
    return parts


# What decoders and hashes read: a file of a library, or one of our own.
File = Path | InsideFile
