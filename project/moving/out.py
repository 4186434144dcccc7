"""Moving out: the embedded installation is copied to the servers that the environment names."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.core.files.storage import storages
from django.db import connections
from django.db.utils import ConnectionHandler

from project.changes.models import Change
from project.embedded import Postgres
from project.moving import database
from project.moving.backup import while_stopped
from project.moving.database import Content, MovingError
from project.moving.files import answering, for_us_alone
from project.moving.pictures import MARK, Heap, copy_pictures
from project.moving.targets import check_database, check_pictures, check_queue
from project.run.children import marked_processes
from project.storage.address import storage_of
from project.storage.base import Pictures, pictures

EMBEDDED = "embedded"  # the database that is left, beside the one that becomes the default
DUMP = "moving-out.dump"
# The log of changes stays behind: its lines bear the transactions of the old server, and copies
# begin again at the new one.
LOG = Change._meta.db_table
NOTHING = Content(0, "0")
TARGETS = ("DATABASE_URL", "KITH_STORAGE", "REDIS_URL")


def targets() -> list[str]:
    """Return the variables that say where to; MovingError if none does."""
    named = [name for name in TARGETS if os.environ.get(name)]
    if not named:
        raise MovingError(f"Say where to, in the environment: {', '.join(TARGETS)}, or one of them")
    return named


@contextmanager
def leaving() -> Iterator[None]:
    """Hold the installation that is left: nobody else may be at it, nor start it meanwhile."""
    if not (Postgres(settings.KITH_HOME).data / "PG_VERSION").exists():
        raise MovingError(f"There is no installation in {settings.KITH_HOME}: name it by KITH_HOME")
    with while_stopped():
        if marked_processes(settings.KITH_HOME):
            raise MovingError("A Kith that was killed has left processes: start and stop it once")
        yield


def check_targets() -> str:
    """Raise MovingError for a server that cannot take what comes; return what to change there."""
    named = targets()
    if "DATABASE_URL" in named:
        check_database()
    if "KITH_STORAGE" in named:
        check_pictures()
    return check_queue() if "REDIS_URL" in named else ""


@for_us_alone()
def move_pictures() -> Heap:
    """Copy all pictures; begun again, it goes on. Until ``finish`` they are marked as on their way.

    MovingError where others lie there.
    """
    source = cast(Pictures, storages.create_storage(storage_of("")))
    owner = hashlib.sha256(f"moving out {settings.SECRET_KEY}".encode()).hexdigest()
    with answering():
        return copy_pictures(source, pictures(), owner=owner)


@for_us_alone()
def move_database() -> dict[str, Content]:
    """Copy all tables, or none; return what they hold.

    Where they have arrived before, they are compared alone. MovingError where others are there.
    """
    file = settings.KITH_HOME / DUMP
    try:
        with (
            Postgres(settings.KITH_HOME),
            _embedded_connection(),
            database.frozen(EMBEDDED) as moment,
        ):
            expected = {**database.contents(EMBEDDED), LOG: NOTHING}
            arrives = database.is_empty()
            if arrives:
                database.dump(file, moment=moment, using=EMBEDDED, without_rows_of=[LOG])
        if arrives:
            database.load(file)
    finally:
        file.unlink(missing_ok=True)
    found = database.contents()
    if found.keys() != expected.keys():
        strange = min(found.keys() ^ expected.keys())
        raise MovingError(
            f"DATABASE_URL: tables are there already, and {strange} tells that they"
            " are not Kith's, or another version's: name an empty database"
        )
    if found != expected:
        wrong = [table for table in expected if found[table] != expected[table]]
        raise MovingError(
            f"DATABASE_URL: what is there is not what is here, in {', '.join(wrong)}: name an"
            " empty database"
        )
    return found


def finish() -> None:
    """Take the mark from the pictures, once all has arrived."""
    with answering():
        pictures().delete(MARK)


@contextmanager
def _embedded_connection() -> Iterator[None]:
    connections[EMBEDDED] = ConnectionHandler({"default": settings.EMBEDDED_DATABASE})["default"]
    try:
        yield
    finally:
        connections[EMBEDDED].close()
        del connections[EMBEDDED]
