"""Taking over a file of people: of whatever program, from the command line or the API."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User

from faces.actions.elsewhere import import_elsewhere
from faces.actions.importing import import_kith
from faces.interchange.elsewhere import PROGRAMS, ElsewhereError, read_elsewhere
from faces.interchange.kith import ExportError
from faces.models import Mention
from photos.models import Library

KITH = "kith"
SOURCES = {KITH: "Kith", **{name: str(Mention.Source(name).label) for name in PROGRAMS}}
# What is wrong with a file, and no fault of Kith's.
UNREADABLE = (ExportError, ElsewhereError, UnicodeDecodeError)
KEPT_SECONDS = 24 * 3600  # of a file that nobody took over


@dataclass(frozen=True)
class People:
    """What came of a file."""

    photos: int  # that are here
    missing: list[str]  # paths of photos that are not
    counts: dict[str, int] = field(default_factory=dict)  # of what was done, in words


def import_people(
    *,
    owner: User,
    program: str,
    file: IO[str],
    library: Library | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
    keep_going: Callable[[], None] = lambda: None,
) -> People:
    """Take over what a program says; twice is once. One of UNREADABLE for what it does not say.

    ``report`` is told how many photos are done, of how many, where each is taken over by itself;
    ``keep_going`` may end it by an exception.
    """
    if program == KITH:
        imported = import_kith(owner=owner, file=file, library=library, keep_going=keep_going)
        return People(imported.photos, imported.missing, dict(imported.rows))
    found = import_elsewhere(
        owner=owner,
        source=Mention.Source(program),
        photos=list(read_elsewhere(program, file.read())),
        library=library,
        report=report,
    )
    taken = found.taken
    counts = {
        "names that were not known yet": found.names,
        "faces labelled": taken.labelled,
        "left, as people have said otherwise here": taken.left,
        "names whose face is not known": taken.hints,
        "photos to be scanned for a face at a box": found.scanned,
    }
    return People(found.photos, found.missing, counts)


def keep_file(pieces: Iterable[bytes]) -> str:
    """Put a file aside until it is taken over; return its name there."""
    name = f"{uuid4().hex}.json"
    kept_file(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with kept_file(name).open("xb") as file:
        file.writelines(pieces)
    return name


def kept_file(name: str) -> Path:
    """Return where a file lies that was put aside."""
    return Path(settings.UPLOADS_ROOT) / ".imports" / Path(name).name


def drop_file(name: str) -> None:
    """Forget a file that was put aside."""
    kept_file(name).unlink(missing_ok=True)


def drop_stale_files(names_wanted: Iterable[str]) -> None:
    """Forget files that nobody takes over any more, but for those that are still wanted."""
    folder, wanted = kept_file("any").parent, set(names_wanted)
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name not in wanted and file.stat().st_mtime < time.time() - KEPT_SECONDS:
            file.unlink(missing_ok=True)
