"""Files copied with their checksums while others may write there: folders, and pictures."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TypeVar

from django.core.files.base import File
from django.utils._os import safe_join

from project.moving.database import MovingError
from project.storage.base import Pictures, StorageAwayError

Result = TypeVar("Result")

CHECKSUMS = "checksums.txt"
PIECE = 1 << 20  # bytes of a file that are in memory at a time
# Pictures are small, and a storage may be far away: so many are on their way at a time, and waited
# for together.
AT_ONCE, TOGETHER = 8, 1000


@contextmanager
def for_us_alone() -> Iterator[None]:
    """Make files that nobody else on this machine can read: they show and name people."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def copy_folder(source: Path, target: Path) -> dict[str, str]:
    """Copy what is there; return names and SHA-256. What goes meanwhile is left out."""
    copied = {}
    for file in _files(source):
        name = str(file.relative_to(source))
        try:
            with file.open("rb") as content:
                copied[name] = _write(content, target / name)
        except FileNotFoundError:
            continue
    return copied


def fetch_pictures(storage: Pictures, target: Path) -> dict[str, str]:
    """Copy a storage into a folder; return names and SHA-256. What goes meanwhile is left out."""

    def fetch(name: str) -> str | None:
        try:
            with storage.open(name) as content:
                return _write(content, Path(safe_join(target, name)))
        except FileNotFoundError:
            return None

    with answering():
        copied = dict(together(fetch, storage.names()))
    return {name: digest for name, digest in copied.items() if digest is not None}


def bring_pictures(source: Path, storage: Pictures) -> None:
    """Copy a folder into a storage, in which nothing else may be: it belongs to somebody."""

    def bring(name: str) -> None:
        with (source / name).open("rb") as content:
            storage.put(name, File(content))

    names = {str(file.relative_to(source)) for file in _files(source)}
    with answering():
        foreign = next((name for name in storage.names() if name not in names), None)
        if foreign is not None:
            raise MovingError(f"There are other pictures already, such as {foreign}")
        for _ in together(bring, sorted(names)):
            pass


def write_checksums(folder: Path, known: Mapping[str, str]) -> None:
    """Write down the SHA-256 of every file, in the form that ``sha256sum --check`` reads.

    Of those in ``known`` it was taken when they were written.
    """
    names = (str(file.relative_to(folder)) for file in _files(folder))
    lines = [f"{known.get(name) or _digest(folder / name)}  {name}\n" for name in names]
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


def together(do: Callable[[str], Result], names: Iterable[str]) -> Iterator[tuple[str, Result]]:
    """Do something with each name, several at a time; yield names and what it gave."""
    left = iter(names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while batch := list(islice(left, TOGETHER)):
            yield from zip(batch, pool.map(do, batch), strict=True)


@contextmanager
def answering() -> Iterator[None]:
    """Refuse where the storage of pictures goes away meanwhile."""
    try:
        yield
    except StorageAwayError as error:
        raise MovingError(f"{error}. Nothing is lost: try again once it does") from None


def _write(content: IO[bytes], place: Path) -> str:
    """Write what can be read, piece by piece; return its SHA-256."""
    digest = hashlib.sha256()
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the plain files below a folder, in the order of their names."""
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
