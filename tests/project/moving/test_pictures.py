"""Pictures on their way to another storage: compared, gone on with, and waited for."""

import threading
from pathlib import Path
from typing import cast

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from project.moving.database import MovingError
from project.moving.pictures import MARK, copy_pictures
from project.storage.address import storage_of
from project.storage.base import Pictures
from project.storage.folder import WholeFiles
from tests.buckets import BucketServer


@pytest.fixture
def source(tmp_path: Path) -> Pictures:
    """The storage that is left, with three pictures."""
    folder = WholeFiles(location=tmp_path / "media", allow_overwrite=True)
    for number in range(3):
        folder.put(f"crops/000000/{number}.webp", ContentFile(b"a crop %d" % number))
    return folder


def storage(server: BucketServer, folder: str, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    for name, value in server.keys.items():
        monkeypatch.setenv(name, value)
    return cast(Pictures, storages.create_storage(storage_of(server.address(folder))))


def test_a_heap_is_told_apart_by_names_and_contents(
    source: Pictures, bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = storage(bucket_server, "heap", monkeypatch)
    heap = copy_pictures(source, target, owner="ann")
    assert (heap.files, heap.size) == (3, 24)
    assert copy_pictures(source, target, owner="ann") == heap
    source.put("crops/000000/1.webp", ContentFile(b"another "))
    changed = copy_pictures(source, target, owner="ann")
    assert (changed.files, changed.size) == (3, 24)
    assert changed.checksum != heap.checksum
    assert bucket_server.files("heap")["crops/000000/1.webp"] == b"another "


def test_what_was_deleted_since_an_earlier_try_is_deleted_there(
    source: Pictures, bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = storage(bucket_server, "deleted", monkeypatch)
    copy_pictures(source, target, owner="ann")
    source.delete("crops/000000/2.webp")
    assert copy_pictures(source, target, owner="ann").files == 2
    assert set(bucket_server.files("deleted")) == {
        "crops/000000/0.webp",
        "crops/000000/1.webp",
        MARK,
    }


def test_pictures_of_somebody_else_are_left_alone(
    source: Pictures, bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = storage(bucket_server, "bens", monkeypatch)
    copy_pictures(source, target, owner="ben")
    before = bucket_server.files("bens")
    source.put("crops/000000/0.webp", ContentFile(b"of ann"))
    with pytest.raises(MovingError, match="KITH_STORAGE: there is something already"):
        copy_pictures(source, target, owner="ann")
    assert bucket_server.files("bens") == before


def test_a_service_that_does_not_answer_for_a_while_is_waited_for(
    source: Pictures, bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = storage(bucket_server, "away", monkeypatch)
    names = source.names

    def names_then_away(folder: str = "") -> list[str]:
        found = list(names(folder))
        bucket_server.stop()
        threading.Timer(3, bucket_server.start).start()
        return found

    monkeypatch.setattr(source, "names", names_then_away)
    assert copy_pictures(source, target, owner="ann").files == 3
    assert len(bucket_server.files("away")) == 4
