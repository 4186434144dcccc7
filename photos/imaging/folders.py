"""Walking a folder for image and video files."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".heic", ".heif", ".hif", ".avif", ".tif", ".tiff"}
)
VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".3gp", ".avi", ".mkv", ".webm"),
        *(".mts", ".m2ts", ".mpg", ".mpeg", ".wmv"),
    }
)
RAW_SUFFIXES = frozenset(
    {
        *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".orf", ".rw2"),
        *(".raf", ".pef", ".srw", ".3fr", ".iiq", ".erf", ".mos", ".mrw", ".kdc", ".dcr", ".x3f"),
    }
)
SUFFIXES = PHOTO_SUFFIXES | RAW_SUFFIXES | VIDEO_SUFFIXES
# Folders in which NAS systems keep thumbnails and deleted files of their own.
SYSTEM_FOLDERS = frozenset({"@eaDir", "#recycle", "#snapshot", "$RECYCLE.BIN", "lost+found"})
# Bytes of a path; PostgreSQL's index of paths takes at most 2704.
LONGEST_PATH = 2500


@dataclass(frozen=True)
class FoundFile:
    """A picture or video; ``path`` is relative to the walked folder, parts parted by ``/``."""

    path: str
    size: int  # bytes
    modified_ns: int  # nanoseconds since the epoch
    sidecars_ns: int = 0  # the same of the XMP files beside it, added up


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that was not taken, and why."""

    path: str
    reason: str
    by_choice: bool  # False where something is wrong with it


def walk_images(root: Path, *, but: Path | None = None) -> Iterator[FoundFile | LeftOut]:
    """Yield every image file below ``root``, and what was left out and why.

    Symbolic links are not followed, so a loop of them ends here. The folder ``but`` is left out.
    Files that don't look like images are passed over in silence. Raises OSError if ``root`` itself
    cannot be listed.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise
            yield LeftOut(_printable(folder), _why_unreadable(error), by_choice=False)
            continue
        beside = {each.name: each for each in entries if each.name.lower().endswith(".xmp")}
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            left_out = _reason_to_leave(entry, path, but)
            if left_out is not None:
                yield LeftOut(_printable(path), *left_out)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif PurePosixPath(entry.name).suffix.lower() in SUFFIXES:
                yield _found(entry, path, beside)


def sidecar_names(name: str) -> list[str]:
    """Return what an image's XMP files may be called, ``photo.jpg.xmp`` before ``photo.xmp``."""
    stems = (name, PurePosixPath(name).stem)
    return [stem + suffix for stem in stems for suffix in (".xmp", ".XMP")]


def _reason_to_leave(
    entry: os.DirEntry[str], path: str, but: Path | None
) -> tuple[str, bool] | None:
    """Return (reason, by choice), or None for what is to be taken or passed over."""
    checks = (
        (entry.name.startswith("."), "Hidden: its name begins with a dot.", True),
        (entry.name in SYSTEM_FOLDERS, "A folder of the storage system, not of yours.", True),
        (entry.path == str(but), "Pictures that Kith has made.", True),
        (entry.is_symlink(), "A symbolic link: links are not followed.", True),
        (
            entry.name != _printable(entry.name),
            "Its name is not valid UTF-8: rename it to have it scanned.",
            False,
        ),
        (
            len(os.fsencode(path)) > LONGEST_PATH,
            f"Its path is longer than {LONGEST_PATH} bytes.",
            False,
        ),
    )
    return next(((reason, choice) for holds, reason, choice in checks if holds), None)


def _found(
    entry: os.DirEntry[str], path: str, beside: dict[str, os.DirEntry[str]]
) -> FoundFile | LeftOut:
    sidecars = [beside[name] for name in sidecar_names(entry.name) if name in beside]
    try:
        status = entry.stat(follow_symlinks=False)
        sidecars_ns = sum(each.stat(follow_symlinks=False).st_mtime_ns for each in sidecars)
    except OSError as error:
        return LeftOut(path, _why_unreadable(error), by_choice=False)
    if not stat.S_ISREG(status.st_mode):  # to open a pipe is to wait for ever
        return LeftOut(path, "This is no ordinary file.", by_choice=False)
    return FoundFile(path, status.st_size, status.st_mtime_ns, sidecars_ns)


def _why_unreadable(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Kith may not read this: check its permissions."
    return f"This cannot be read: {error.strerror}."


def _printable(name: str) -> str:
    """Return the name with bytes that are no UTF-8 replaced, fit for a database."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
