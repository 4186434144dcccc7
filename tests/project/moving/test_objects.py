"""Backups of pictures in object storage, and of a folder, each brought back into the other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from project.moving.database import MovingError
from project.moving.files import bring_pictures, check_checksums, fetch_pictures
from project.storage.base import pictures
from project.storage.objects import WholeObjects
from tests.buckets import BucketServer
from tests.factories import make_face
from tests.services import temporary_home

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty() -> Iterator[Path]:
    """A data folder in which nothing is yet."""
    with temporary_home() as folder:
        yield folder


def restore(folder: Path, home: Path, storage: str = "") -> str:
    ours = ("DATABASE_URL", "REDIS_URL", "KITH_SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", folder],
        env={**environment, "KITH_HOME": str(home), "KITH_STORAGE": storage},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_backup_has_the_pictures_and_brings_them_back_to_either_storage(
    bucket_server: BucketServer, bucket: str, tmp_path: Path, empty: Path
) -> None:
    crop, small = make_face().crop_name, "crops/000000/9-64.avif"
    default_storage.save(crop, ContentFile(b"a crop"))
    default_storage.save("crops/000000/9.webp", ContentFile(b"another"))
    default_storage.save(small, ContentFile(b"smaller"))
    kept = bucket_server.files(bucket)
    assert set(kept) == {crop, "crops/000000/9.webp", small}
    folder = tmp_path / "backup"
    call_command("backup", str(folder))
    check_checksums(folder)
    assert {name: (folder / "media" / name).read_bytes() for name in kept} == kept

    elsewhere = bucket_server.address("another")
    assert "the same as they were" in restore(folder, empty, elsewhere)
    assert bucket_server.files("another") == kept
    assert not (empty / "media").exists()


def test_pictures_of_somebody_else_are_not_mixed_with_those_of_a_backup(
    bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1.webp").write_bytes(b"x")
    default_storage.save("1.webp", ContentFile(b"of an interrupted one"))
    bring_pictures(tmp_path / "media", pictures())
    default_storage.save("2.webp", ContentFile(b"of somebody"))
    with pytest.raises(MovingError, match=r"other pictures already, such as 2\.webp"):
        bring_pictures(tmp_path / "media", pictures())


def test_what_goes_meanwhile_is_left_out(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default_storage.save("1.webp", ContentFile(b"x"))
    monkeypatch.setattr(WholeObjects, "names", lambda _: iter(["1.webp", "2.webp"]))
    assert set(fetch_pictures(pictures(), tmp_path)) == {"1.webp"}


def test_a_backup_ends_in_one_line_where_the_storage_is_away(
    bucket_server: BucketServer, bucket: str, tmp_path: Path
) -> None:
    bucket_server.stop()
    try:
        with pytest.raises(CommandError, match="The storage of pictures does not answer"):
            call_command("backup", str(tmp_path / "backup"))
    finally:
        bucket_server.start()
    assert list(tmp_path.iterdir()) == []
