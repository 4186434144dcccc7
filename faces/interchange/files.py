"""Putting XMP beside a photo, or into it, so that nothing else of it can be lost."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PIL import Image

from photos.imaging.decoding import FORMATS

PATIENCE = 120  # seconds that exiftool may take for one file
# What fits in one segment of a JPEG with room for its head.
MOST_EMBEDDED = 60_000  # bytes


class WriteError(Exception):
    """Nothing was changed; the message says why."""


def exiftool() -> str | None:
    """Return where the program lies, None where it is not installed."""
    return shutil.which("exiftool")


def refuse_unwritable(folder: Path) -> None:
    """Raise WriteError unless files can be made in a folder."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".kith-"):
            pass
    except OSError as error:
        raise WriteError(f"Kith may not write in {folder}: {error.strerror}.") from None


def write_sidecar(
    path: Path, packet: bytes, *, before: bytes | None = None, photo: Path | None = None
) -> None:
    """Write an XMP file in one step: what is there stays whole until the new one is.

    It stays altogether where it is not what the packet was made of, ``before`` (nothing: no file),
    any more: another program has written to it. Who may read the ``photo`` may read a new one.
    """
    try:
        with _aside(path, of=path if path.exists() else None) as new:
            new.write_bytes(packet)
            if photo is not None and not path.exists():
                status = photo.stat()
                new.chmod(status.st_mode & 0o666 | 0o600)
                _give_to(new, status)
            if before is not None and before != (path.read_bytes() if path.exists() else b""):
                raise WriteError(f"{path.name} was changed meanwhile, and left as it was.")
            _take_place(new, path)
    except OSError as error:
        raise WriteError(f"{path.name} cannot be written: {error.strerror}.") from error


def write_into(path: Path, packet: bytes, check: Callable[[Path], None]) -> None:
    """Put an XMP packet into an image file; the picture in it stays as it is, bit by bit.

    exiftool works on a copy, which takes the file's place once its picture has proved to be the
    same and ``check`` has not raised WriteError about it.
    """
    program = exiftool()
    if program is None:
        raise WriteError("exiftool is not installed: write into sidecars, or install it.")
    if len(packet) > MOST_EMBEDDED:
        raise WriteError("Its XMP is too large to be written by exiftool: write a sidecar.")
    try:
        before = _stamp(path)
        with _aside(path, of=path) as new:
            _run(program, packet, new)
            if _picture(new) != _picture(path):
                raise WriteError("exiftool changed the picture: the file was left as it was.")
            check(new)
            if _stamp(path) != before:
                raise WriteError("The file was changed meanwhile, and left as it was.")
            _take_place(new, path)
    except OSError as error:
        raise WriteError(f"{path.name} cannot be written: {error.strerror or error}.") from error


class _aside:
    """A file beside another, for its successor: hidden, with its rights; gone at the end."""

    def __init__(self, path: Path, *, of: Path | None) -> None:
        self.path = path.with_name(f".kith-{os.getpid()}-{path.name}")
        self.of = of

    def __enter__(self) -> Path:
        if self.of is not None:
            shutil.copy2(self.of, self.path)
            _give_to(self.path, self.of.stat())
        return self.path

    def __exit__(self, *exception: object) -> None:
        self.path.unlink(missing_ok=True)


def _give_to(path: Path, status: os.stat_result) -> None:
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)


def _take_place(new: Path, path: Path) -> None:
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.replace(path)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _run(program: str, packet: bytes, path: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".xmp") as source:
        source.write(packet)
        source.flush()
        # No configuration of the account's, no warnings: what came of it is looked at.
        command = [program, "-config", "", "-q", "-q", "-m", "-overwrite_original"]
        try:
            ended = subprocess.run(
                [*command, f"-xmp<={source.name}", str(path)],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WriteError("exiftool did not come to an end with this file.") from None
    if ended.returncode:
        said = " ".join(ended.stderr.split()) or "it did not say why"
        raise WriteError(f"exiftool could not write into this file: {said[:300]}.")


def _picture(path: Path) -> str:
    """Return a hash of the pixels as they are stored."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            digest = hashlib.sha256(repr((image.mode, image.size)).encode())
            digest.update(image.tobytes())
            return digest.hexdigest()
    except Exception as error:  # decoders raise whatever they like
        raise WriteError(f"The picture cannot be read: {error}.") from None
