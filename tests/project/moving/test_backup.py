"""Backups: whole and of one moment while Kith is written to, and back in an empty place."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from faces.actions.indexing import LargeOwner, drop_index, make_index
from faces.models import Face
from faces.nearest import index_name
from project.audit.models import AuditEntry, Verb
from project.embedded import Postgres
from project.moving import backup, database
from project.moving.database import MovingError
from tests.factories import make_embedding, make_face, make_library, make_person, make_photo
from tests.services import temporary_home

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty() -> Iterator[Path]:
    """A data folder in which nothing is yet."""
    with temporary_home() as folder:
        yield folder


@pytest.fixture
def upload() -> Iterator[Path]:
    """A file that somebody uploaded."""
    file = Path(settings.UPLOADS_ROOT) / "1" / "é photo.jpg"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"a photo")
    yield file
    file.unlink()


def restore(folder: Path, home: Path) -> str:
    """Run the command as the user of another machine does; return what it says."""
    ours = ("DATABASE_URL", "REDIS_URL", "KITH_SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", folder],
        env={**environment, "KITH_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def rows_of(home: Path, query: str) -> list[tuple[object, ...]]:
    with (
        Postgres(home) as server,
        psycopg.connect(
            host=str(server.sockets), port=5432, user="kith", dbname="kith"
        ) as restored,
    ):
        return restored.execute(query).fetchall()


def test_everything_comes_back_in_an_empty_place(tmp_path: Path, empty: Path, upload: Path) -> None:
    make_library(path=str(upload.parent.resolve()))
    face = make_face(person=make_person("Zoë"))
    make_embedding(face, [0.1, -2e-7, 3.0], "tiny")
    default_storage.save(face.crop_name, ContentFile(b"a crop"))
    call_command("backup", str(tmp_path / "backup"))
    assert AuditEntry.objects.get(verb=Verb.EXPORTED).subject == "everything, by a backup"

    files = [file for file in (tmp_path / "backup").rglob("*") if file.is_file()]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}

    assert "the same as they were" in restore(tmp_path / "backup", empty)

    query = """SELECT name, vector::text FROM faces_person
        JOIN faces_face ON person_id = faces_person.id
        JOIN faces_embedding ON face_id = faces_face.id"""
    assert rows_of(empty, query) == [("Zoë", "[0.1,-2e-07,3]")]
    # Where uploads lie is where they lie now.
    libraries = rows_of(empty, "SELECT path FROM photos_library")
    assert (str((empty / "uploads" / "1").resolve()),) in libraries
    assert rows_of(empty, "SELECT count(*) FROM changes_change") == [(0,)]
    assert (empty / "media" / face.crop_name).read_bytes() == b"a crop"
    assert (empty / "uploads" / "1" / upload.name).read_bytes() == b"a photo"
    assert (empty / "secret_key").read_text() == settings.SECRET_KEY
    assert (empty / "secret_key").stat().st_mode & 0o077 == 0
    default_storage.delete(face.crop_name)


def test_indexes_of_similar_faces_are_left_to_their_job(tmp_path: Path, empty: Path) -> None:
    face = make_face()
    make_embedding(face, [0.1, -2e-7, 3.0], "tiny")
    owner = face.photo.library.owner_id
    similar = index_name(owner, "tiny")
    make_index(LargeOwner(owner, "tiny", 3, 1), report=lambda _: None)
    query = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = set(cursor.fetchall())
    try:
        call_command("backup", str(tmp_path / "backup"))
    finally:
        drop_index(similar)
    assert "the same as they were" in restore(tmp_path / "backup", empty)
    assert there - set(rows_of(empty, query)) == {(similar,)}


def test_a_place_of_another_postgresql_is_one_line(tmp_path: Path, empty: Path) -> None:
    (empty / "postgres").mkdir()
    (empty / "postgres" / "PG_VERSION").write_text("12")
    call_command("backup", str(tmp_path / "backup"))
    said = restore(tmp_path / "backup", empty)
    assert said.startswith("CommandError: ")
    assert "was made by PostgreSQL 12" in said


def test_rows_are_of_one_moment_while_others_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_photo()
    make_face(photo)
    dump = database.dump

    def write_then_dump(file: Path, *, moment: str) -> None:
        def write() -> None:
            make_face(photo)
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        dump(file, moment=moment)

    monkeypatch.setattr(database, "dump", write_then_dump)
    held = backup.make_backup(tmp_path / "backup")
    assert Face.objects.count() == 2
    assert held["faces_face"].rows == 1


def test_what_tables_hold_is_told_apart_by_more_than_its_number() -> None:
    person = make_person("Ann")
    with database.frozen():
        before = database.contents()
    person.name = "Anne"
    person.save()
    with database.frozen():
        after = database.contents()
    # And the log of changes, in which it stands.
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"faces_person", "changes_change"}
    assert before["faces_person"].rows == after["faces_person"].rows


def test_a_backup_that_breaks_off_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_file: Path, *, moment: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(database, "dump", break_off)
    with pytest.raises(CommandError, match="cannot be written: No space left on device"):
        call_command("backup", str(tmp_path / "backup"))
    assert list(tmp_path.iterdir()) == []


def test_a_backup_replaces_no_other(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is there already: name a new folder"):
        call_command("backup", str(tmp_path))


def test_pictures_can_be_left_out(tmp_path: Path, upload: Path) -> None:
    default_storage.save("thumbnails/one.webp", ContentFile(b"a thumbnail"))
    call_command("backup", str(tmp_path / "backup"), "--without-pictures")
    assert not (tmp_path / "backup" / "media").exists()
    assert (tmp_path / "backup" / "uploads" / "1" / upload.name).exists()
    default_storage.delete("thumbnails/one.webp")


def test_a_file_that_changed_or_is_missing_is_refused_before_anything_is_written(
    tmp_path: Path, empty: Path
) -> None:
    make_library()
    call_command("backup", str(tmp_path / "backup"))
    dump = tmp_path / "backup" / "database.dump"
    with dump.open("r+b") as file:
        file.seek(100)
        file.write(b"X")
    assert "has changed since the backup was made" in restore(tmp_path / "backup", empty)
    dump.unlink()
    assert "database.dump is missing" in restore(tmp_path / "backup", empty)
    assert "is no backup" in restore(tmp_path, empty)
    assert not (empty / "postgres").exists()


def test_nothing_is_restored_where_there_is_data(tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "backup"))
    with pytest.raises(MovingError, match="There is data already"):
        backup.restore_backup(tmp_path / "backup")
