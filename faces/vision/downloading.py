"""Downloading weights: resumed where it was cut off, verified before it counts."""

import errno
import fcntl
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from faces.vision.weights import Weights, WeightsError, verify, verify_bytes

Progress = Callable[[int, int], None]  # bytes that are here, bytes in all

CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30.0  # without a byte
WAIT_SECONDS = 0.5  # between looks at another process's download


def fetch(weights: Weights, folder: Path, progress: Progress = lambda done, total: None) -> Path:
    """Download weights into a folder, unless they are there, and return their path.

    Sources are tried in turn. What arrives is kept beside, as ``….part``, from which the next
    attempt goes on; it gets its name when every byte is verified. Where another process is at it,
    its download is waited for. WeightsError, which says what to do, when it cannot be had.
    """
    target = folder / weights.file
    if target.exists():
        verify(target, weights)
        return target
    if not weights.sources:
        raise WeightsError(
            f"Kith knows no address of {weights.name}: put the file into any folder"
            " and have Kith take it from there."
        )
    part = folder / f"{weights.file}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _held(part, weights, progress):
            if not target.exists():  # whoever was waited for may have brought it
                _refuse_if_full(folder, weights.size - _size(part))
                _download(weights, part, progress)
                verify(part, weights)
                part.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)
        raise WeightsError(f"{folder} cannot be written: {error.strerror}.") from error
    return target


@contextmanager
def _held(part: Path, weights: Weights, progress: Progress) -> Iterator[None]:
    """Have the half-done file, made if need be, for oneself; an empty one does not stay."""
    while True:
        with part.open("ab") as file:
            if _lock(file) and _is_at(file, part):
                try:
                    yield
                finally:
                    if _size(part) == 0:
                        part.unlink(missing_ok=True)
                return
        progress(_size(part), weights.size)
        time.sleep(WAIT_SECONDS)


def _lock(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed, also by a kill; False if another process has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Return whether an open file still has this name: who had it before may have renamed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


class _NotServedError(Exception):
    """A source did not give the file; the message says why."""


def _download(weights: Weights, part: Path, progress: Progress) -> None:
    failures = []
    for source in weights.sources:
        try:
            _download_whole(source, weights, part, progress)
            return
        except _NotServedError as error:
            failures.append(f"{urlsplit(source).netloc} {error}")
    arrived = _size(part)
    rest = f" {arrived:,} of {weights.size:,} bytes are here and will be kept." if arrived else ""
    raise WeightsError(
        f"{weights.name} could not be downloaded: {'; '.join(failures)}.{rest}"
        " Try again later, or have Kith take the file from a folder."
    )


def _download_whole(source: str, weights: Weights, part: Path, progress: Progress) -> None:
    """Leave the verified file at ``part``; while a cut connection has helped, it is made anew."""
    leftover = _size(part) > 0
    while _size(part) < weights.size:
        before = _size(part)
        _go_on(source, weights, part, progress)
        if _size(part) <= before:
            raise _NotServedError("cut the connection")
    try:
        verify_bytes(part, weights)
    except WeightsError as error:
        os.truncate(part, 0)  # not deleted: the lock is on this very file
        if not leftover:
            raise _NotServedError("gave another file than Kith knows") from error
        _download_whole(source, weights, part, progress)


def _go_on(source: str, weights: Weights, part: Path, progress: Progress) -> None:
    """Add to ``part`` what one connection gives of what is missing."""
    start = _size(part)
    request = urllib.request.Request(source, headers={"User-Agent": "Kith"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with _answer(request) as answer:
        # A server that knows no ranges begins anew.
        goes_on = answer.status == http.client.PARTIAL_CONTENT
        promised = (answer.length or 0) + (start if goes_on else 0)
        if answer.length is not None and promised != weights.size:
            raise _NotServedError(f"has another file, of {promised:,} bytes")
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in _chunks(answer):
                file.write(chunk)
                progress(file.tell(), weights.size)
                if file.tell() > weights.size:
                    return  # it is another file, perhaps an endless one


def _answer(request: urllib.request.Request) -> http.client.HTTPResponse:
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        raise _NotServedError(f"answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise _NotServedError(f"was not reached ({reason})") from error


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield what arrives, until the end or until the connection breaks."""
    with suppress(OSError, http.client.HTTPException):
        while chunk := answer.read1(CHUNK_BYTES):
            yield chunk


def _refuse_if_full(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing:
        raise WeightsError(
            f"The disk of {folder} is full: {missing:,} bytes are needed and {free:,} free."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
