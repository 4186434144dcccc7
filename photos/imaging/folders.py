"""Walking a folder for image and video files."""

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from photos.imaging.inside import LeadsOutsideError, listed_folder

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
# No camera writes more: files that only say that they are so large cost hours all the same.
MOST_GIGABYTES, MOST_GIGABYTES_OF_VIDEO = 4, 400


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


def walk_images(
    root: Path, *, but: Collection[Path] = (), only: Collection[str] | None = None
) -> Iterator[FoundFile | LeftOut]:
    """Yield every image file below ``root``, and what was left out and why.

    Symbolic links are not followed, ``root`` itself included, so a loop of them ends here. The
    folders ``but`` are left out. Files that don't look like images are passed over in silence.
    With ``only``, paths relative to ``root``, nothing but these files and what is below these
    folders is looked at; of a path where there is nothing, nothing is said. Raises OSError if
    ``root`` itself cannot be listed.
    """
    waiting = _places(root, only)
    while waiting:
        folder, names = waiting.pop()
        with _listed(root, folder) as entries:
            if isinstance(entries, LeftOut):
                yield entries
                continue
            beside = {each.name: each for each in entries if each.name.lower().endswith(".xmp")}
            for entry in _those_of(entries, names):
                path = f"{folder}/{entry.name}" if folder else entry.name
                left_out = _reason_to_leave(entry, path, (root / path) in but)
                if left_out is not None:
                    yield LeftOut(_printable(path), *left_out)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((path, None))
                elif PurePosixPath(entry.name).suffix.lower() in SUFFIXES:
                    yield _found(entry, path, beside)


def holds_anything(root: Path) -> bool:
    """Return whether a folder can be listed and is not empty."""
    try:
        with listed_folder(root) as folder, os.scandir(folder) as listing:
            return any(True for _ in listing)
    except OSError:
        return False


def is_out_of_bounds(path: str) -> bool:
    """Return whether a path, relative to a library's folder, lies where nobody looks."""
    return any(part.startswith(".") or part in SYSTEM_FOLDERS for part in PurePosixPath(path).parts)


def _places(root: Path, only: Collection[str] | None) -> list[tuple[str, set[str] | None]]:
    """Return the folders to list, and what to take there; None for all of it."""
    if only is None:
        return [("", None)]
    with listed_folder(root):  # a disk that is not connected has lost no file
        pass
    names: dict[str, set[str]] = defaultdict(set)
    asked = set(only)
    for path in asked:
        above = [str(each) for each in PurePosixPath(path).parents][:-1]  # all but "."
        if asked.intersection(above) or any(map(is_out_of_bounds, above)) or path.startswith("/"):
            continue
        if not any((root / each).is_symlink() for each in above):
            names[above[0] if above else ""].add(PurePosixPath(path).name)
    # What is gone is missed by whoever compares.
    return [(folder, wanted) for folder, wanted in names.items() if (root / folder).is_dir()]


@contextmanager
def _listed(root: Path, folder: str) -> Iterator[list[os.DirEntry[str]] | LeftOut]:
    """Hold a folder and what lies in it, or why that cannot be told; OSError for the root."""
    entries: list[os.DirEntry[str]] | LeftOut
    with ExitStack() as held:
        try:
            descriptor = held.enter_context(listed_folder(root, folder))
            with os.scandir(descriptor) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise
            entries = LeftOut(_printable(folder), _why_unreadable(error), by_choice=False)
        yield entries


def _those_of(entries: list[os.DirEntry[str]], names: set[str] | None) -> list[os.DirEntry[str]]:
    """Return the entries that are named, or beside which something is; all without names."""
    if names is None:
        return entries
    return [
        each
        for each in entries
        if each.name in names or not names.isdisjoint(sidecar_names(each.name))
    ]


def sidecar_names(name: str) -> list[str]:
    """Return what an image's XMP files may be called, ``photo.jpg.xmp`` before ``photo.xmp``."""
    stems = (name, PurePosixPath(name).stem)
    return [stem + suffix for stem in stems for suffix in (".xmp", ".XMP")]


def _reason_to_leave(entry: os.DirEntry[str], path: str, is_ours: bool) -> tuple[str, bool] | None:
    """Return (reason, by choice), or None for what is to be taken or passed over."""
    checks = (
        (entry.name.startswith("."), "Hidden: its name begins with a dot.", True),
        (entry.name in SYSTEM_FOLDERS, "A folder of the storage system, not of yours.", True),
        (is_ours, "Pictures that Kith keeps.", True),
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
    most = most_gigabytes(path)
    if status.st_size > most * 10**9:
        return LeftOut(path, f"It is larger than {most} GB.", by_choice=False)
    return FoundFile(path, status.st_size, status.st_mtime_ns, sidecars_ns)


def most_gigabytes(name: str) -> int:
    """Return how large a file of this name may be."""
    is_video = PurePosixPath(name).suffix.lower() in VIDEO_SUFFIXES
    return MOST_GIGABYTES_OF_VIDEO if is_video else MOST_GIGABYTES


def _why_unreadable(error: OSError) -> str:
    if isinstance(error, LeadsOutsideError):
        return "A symbolic link: links are not followed."
    if isinstance(error, PermissionError):
        return "Kith may not read this: check its permissions."
    return f"This cannot be read: {error.strerror}."


def _printable(name: str) -> str:
    """Return the name with bytes that are no UTF-8 replaced, fit for a database."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
