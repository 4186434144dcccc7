"""Backups: a folder with the database, the pictures, uploads and the secret key."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from photos.models import Library
from project.audit.recording import Verb, record
from project.changes.log import empty_log
from project.embedded import Postgres
from project.home import make_home
from project.moving import database
from project.moving.database import Content, MovingError
from project.moving.files import (
    bring_pictures,
    check_checksums,
    copy_folder,
    fetch_pictures,
    for_us_alone,
    write_checksums,
)
from project.run.checks import RunError, sole_use
from project.storage.base import pictures

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"


@for_us_alone()
def make_backup(target: Path, *, with_pictures: bool = True) -> dict[str, Content]:
    """Write a backup into a new folder, also while Kith runs; return what the tables hold.

    The folder has its name only once it is whole. Rows are as they were at one moment; files are
    copied after it, so that all that the rows name is there, but for what was deleted meanwhile.
    """
    if target.exists():
        raise MovingError(f"{target} is there already: name a new folder")
    draft = target.with_name(f"{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(mode=0o700, parents=True)
        with _database(), database.frozen() as moment:
            database.dump(draft / DUMP, moment=moment)
            held = database.contents()
        digests = _named("uploads", copy_folder(_uploads(), draft / "uploads"))
        if with_pictures:
            digests |= _named("media", fetch_pictures(pictures(), draft / "media"))
        (draft / "secret_key").write_text(settings.SECRET_KEY, encoding="utf-8")
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(),
            "uploads": str(_uploads()),
            "tables": {name: asdict(content) for name, content in held.items()},
        }
        (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        write_checksums(draft, digests)
        with _database():
            record(actor=None, verb=Verb.EXPORTED, subject="everything, by a backup")
        draft.rename(target)
    except OSError as error:
        raise MovingError(f"{target} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return held


@for_us_alone()
def restore_backup(source: Path) -> dict[str, Content]:
    """Bring a backup back into an empty installation; return what its tables hold.

    Refuses one that is not empty, and a backup that is not what it was. The database comes last:
    until it is there, whatever was interrupted can be done again.
    """
    check_checksums(source)
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise MovingError(f"{source} was made by a newer Kith: restore it with that one")
    expected = {name: Content(**content) for name, content in manifest["tables"].items()}
    with _database(alone=True):
        if not database.is_empty():
            raise MovingError("There is data already: restore with KITH_HOME at an empty folder")
        copy_folder(source / "uploads", _uploads())
        bring_pictures(source / "media", pictures())
        _put_secret_key((source / "secret_key").read_text(encoding="utf-8"))
        database.load(source / DUMP)
        found = database.contents()
        if found != expected:
            wrong = sorted(name for name in expected if found.get(name) != expected[name])
            raise MovingError(f"Not all rows came back, in: {', '.join(wrong)}")
        call_command("migrate", verbosity=0, interactive=False)
        _lead_uploads_here(manifest["uploads"])
        empty_log()
    return found


def _named(folder: str, digests: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": digest for name, digest in digests.items()}


def _uploads() -> Path:
    return Path(settings.UPLOADS_ROOT).resolve()


def _lead_uploads_here(before: str) -> None:
    """Have the libraries of uploads lead to where these lie now; others are the user's folders."""
    for library in Library.objects.filter(path__startswith=f"{before}/"):
        library.path = str(_uploads() / Path(library.path).relative_to(before))
        library.save(update_fields=["path"])


@contextmanager
def _database(*, alone: bool = False) -> Iterator[None]:
    """Have the database answer; ``alone`` refuses while Kith runs.

    The embedded one is started where it is not there, and nobody may start Kith meanwhile.
    """
    with ExitStack() as stack:
        server = Postgres(settings.KITH_HOME)
        starts = not os.environ.get("DATABASE_URL") and not server.running()
        if alone or starts:
            stack.enter_context(while_stopped())
        if starts:
            stack.enter_context(server)
        stack.callback(connection.close)
        yield


@contextmanager
def while_stopped() -> Iterator[None]:
    """Refuse while Kith runs, and keep it from starting meanwhile."""
    try:
        with sole_use(settings.KITH_HOME):
            yield
    except RunError as error:
        raise MovingError(str(error)) from None


def _put_secret_key(key: str) -> None:
    make_home(settings.KITH_HOME)
    draft = settings.KITH_HOME / "secret_key.part"
    draft.touch(mode=0o600)
    draft.write_text(key, encoding="utf-8")
    draft.replace(settings.KITH_HOME / "secret_key")
