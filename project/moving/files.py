"""Folders of files, copied with their checksums while others may write there."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.moving.database import MovingError

CHECKSUMS = "checksums.txt"


@contextmanager
def for_us_alone() -> Iterator[None]:
    """Make files that nobody else on this machine can read: they show and name people."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def copy_folder(source: Path, target: Path) -> int:
    """Copy what is there; return the number of files. What goes meanwhile is left out."""
    copied = 0
    for file in _files(source):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, place)
        except FileNotFoundError:
            place.unlink(missing_ok=True)
        else:
            copied += 1
    return copied


def write_checksums(folder: Path) -> None:
    """Write down the SHA-256 of every file, in the form that ``sha256sum --check`` reads."""
    lines = [f"{_digest(file)}  {file.relative_to(folder)}\n" for file in _files(folder)]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def check_checksums(folder: Path) -> None:
    """Refuse a folder in which a file is missing or is not what it was."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise MovingError(f"{folder} is no backup: {CHECKSUMS} is not there") from None
    for line in lines:
        digest, _, name = line.partition("  ")
        file = folder / name
        if not file.is_file():
            raise MovingError(f"{file} is missing: take another backup")
        if _digest(file) != digest:
            raise MovingError(f"{file} has changed since the backup was made: take another one")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the plain files below a folder, in the order of their names."""
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
