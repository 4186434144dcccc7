"""Putting XMP beside a photo, or into it, so that nothing else of it can be lost."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from PIL import Image

from photos.imaging.decoding import FORMATS
from photos.imaging.inside import File, InsideFile, opened_folder

PATIENCE = 120  # seconds that exiftool may take for one file
# What fits in one segment of a JPEG with room for its head.
MOST_EMBEDDED = 60_000  # bytes
PRIVATE = 0o600


class WriteError(Exception):
    """Nothing was changed; the message says why."""


def exiftool() -> str | None:
    """Return where the program lies, None where it is not installed."""
    return shutil.which("exiftool")


def refuse_unwritable(folder: Path) -> None:
    """Raise WriteError unless files can be made in a folder."""
    try:
        with opened_folder(folder) as held, _Successor(held, "trial"):
            pass
    except OSError as error:
        raise WriteError(f"Kith may not write in {folder}: {error.strerror}.") from None


def write_sidecar(
    file: InsideFile, packet: bytes, *, before: bytes | None = None, photo: InsideFile | None = None
) -> None:
    """Write an XMP file in one step: what is there stays whole until the new one is.

    It stays altogether where it is not what the packet was made of, ``before`` (nothing: no file),
    any more: another program has written to it. Who may read the ``photo`` may read a new one.
    Nothing is written where a link leads outside.
    """
    try:
        with file.folder() as folder, _Successor(folder, file.name) as new:
            new.file.write(packet)
            is_there = file.is_file()
            if before is not None and before != (file.read_bytes() if is_there else b""):
                raise WriteError(f"{file.name} was changed meanwhile, and left as it was.")
            if is_there:
                new.take_place(rights=file.stat())
            elif photo is not None:
                new.take_place(rights=photo.stat(), executable=False)
            else:
                new.take_place()
    except OSError as error:
        raise WriteError(f"{file.name} cannot be written: {error.strerror}.") from error


def write_into(file: InsideFile, packet: bytes, check: Callable[[Path], None]) -> None:
    """Put an XMP packet into an image file; the picture in it stays as it is, bit by bit.

    exiftool works on a copy in a folder of our own, whose content takes the file's place once its
    picture has proved to be the same and ``check`` has not raised WriteError about it.
    """
    program = exiftool()
    if program is None:
        raise WriteError("exiftool is not installed: write into sidecars, or install it.")
    if len(packet) > MOST_EMBEDDED:
        raise WriteError("Its XMP is too large to be written by exiftool: write a sidecar.")
    try:
        before = file.stat()
        with tempfile.TemporaryDirectory(prefix="kith-") as aside:
            copy = Path(aside, f"photo{file.suffix.lower()}")
            with file.open() as source, copy.open("xb") as target:
                shutil.copyfileobj(source, target)
            _run(program, packet, copy)
            if _picture(copy) != _picture(file):
                raise WriteError("exiftool changed the picture: the file was left as it was.")
            check(copy)
            with file.folder() as folder, _Successor(folder, file.name) as new:
                with copy.open("rb") as source:
                    shutil.copyfileobj(source, new.file)
                if _stamp(file.stat()) != _stamp(before):
                    raise WriteError("The file was changed meanwhile, and left as it was.")
                new.take_place(rights=before)
    except OSError as error:
        raise WriteError(f"{file.name} cannot be written: {error.strerror or error}.") from error


class _Successor:
    """A file in a folder that is held, hidden until it takes the place of another, or goes."""

    def __init__(self, folder: int, name: str) -> None:
        self._folder, self._name = folder, name
        self._aside = f".kith-{os.getpid()}-{name}"

    def __enter__(self) -> Self:
        self._remove()  # of a process that was killed
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.file = os.fdopen(os.open(self._aside, flags, PRIVATE, dir_fd=self._folder), "w+b")
        return self

    def __exit__(self, *exception: object) -> None:
        with suppress(OSError):  # of what could not be written there is still something to be said
            self.file.close()
        self._remove()

    def take_place(self, *, rights: os.stat_result | None = None, executable: bool = True) -> None:
        """Put it in its place for good; the owner and rights are those of another file."""
        descriptor = self.file.fileno()
        if rights is not None:
            with suppress(PermissionError):
                os.fchown(descriptor, rights.st_uid, rights.st_gid)
            mode = stat.S_IMODE(rights.st_mode)
            os.fchmod(descriptor, mode if executable else mode & 0o666 | PRIVATE)
        self.file.flush()
        os.fsync(descriptor)
        os.replace(self._aside, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)  # noqa: PTH105

    def _remove(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._aside, dir_fd=self._folder)  # noqa: PTH108


def _stamp(status: os.stat_result) -> tuple[int, int]:
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


def _picture(path: File) -> str:
    """Return a hash of the pixels as they are stored."""
    try:
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            digest = hashlib.sha256(repr((image.mode, image.size)).encode())
            digest.update(image.tobytes())
            return digest.hexdigest()
    except Exception as error:  # decoders raise whatever they like
        raise WriteError(f"The picture cannot be read: {error}.") from None
