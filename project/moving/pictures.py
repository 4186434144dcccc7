"""Pictures, copied into the storage of another service, and compared with what arrived."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.core.files.base import ContentFile

from project.moving.database import MovingError
from project.moving.files import together
from project.storage.base import Pictures, StorageAwayError

# Says whose pictures are on their way, so that what broke off can go on; gone at the end.
MARK = "moving-out.txt"
# Seconds until a service is asked again that does not answer, as some do when asked too often.
PATIENCE = (1.0, 6.0, 15.0, 30.0)


@dataclass(frozen=True)
class Heap:
    """What lies in a storage: files, their bytes, and the sum of all files' hashes."""

    files: int
    size: int
    checksum: str


def copy_pictures(source: Pictures, target: Pictures, *, owner: str) -> Heap:
    """Copy all pictures, but for those that are there already and the same; return what is there.

    The target must be empty, or hold what an earlier try of the same owner has brought. What has
    been deleted here since then is deleted there, too.
    """
    before = _take(target, owner)
    names = sorted(source.names())
    size, checksum = 0, 0
    bring = partial(_patiently, partial(_bring, source, target, before))
    for _, (length, digest) in together(bring, names):
        size += length
        checksum = (checksum + digest) % (1 << 64)
    gone = before.difference(names)
    target.delete_all(gone)
    there = set(target.names()) - {MARK}
    if there != set(names):
        wrong = sorted(there.symmetric_difference(names))
        raise MovingError(f"KITH_STORAGE: {wrong[0]} is not as it is here: begin again")
    return Heap(len(names), size, f"{checksum:016x}")


def _take(target: Pictures, owner: str) -> set[str]:
    """Write down whose pictures come; return what an earlier try has brought."""
    there = set(target.names())
    if MARK in there:
        with target.open(MARK) as mark:
            if mark.read() == owner.encode():
                return there - {MARK}
    if there:
        raise MovingError(
            f"KITH_STORAGE: there is something already, such as {min(there)}: name an empty folder"
        )
    target.put(MARK, ContentFile(owner.encode()))
    return set()


def _patiently(bring: Callable[[str], tuple[int, int]], name: str) -> tuple[int, int]:
    for seconds in PATIENCE:
        try:
            return bring(name)
        except StorageAwayError:
            time.sleep(seconds)
    return bring(name)


def _bring(source: Pictures, target: Pictures, before: set[str], name: str) -> tuple[int, int]:
    """Bring a picture; return its length and a number made of its name and content."""
    with source.open(name) as file:
        content = file.read()
    if name not in before or not _same(target, name, content):
        target.put(name, ContentFile(content))
        if not _same(target, name, content):
            raise MovingError(f"KITH_STORAGE: {name} arrived as another: begin again")
    digest = hashlib.sha256(name.encode() + b"\0" + content).digest()
    return len(content), int.from_bytes(digest[:8], "big")


def _same(target: Pictures, name: str, content: bytes) -> bool:
    """Whether a picture there is this one; most services say so by its MD5."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if target.version(name).strip('"') == md5:
        return True
    with target.open(name) as file:
        there: bytes = file.read()
        return there == content
