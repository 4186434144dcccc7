"""Pictures in the storage: whole or not there, whatever happens to who writes them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from project.jobs.run import JobCancelled
from project.pictures import remove_strays

NAME = "thumbnails/000001/1234.webp"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


class Interrupted(ContentFile):  # type: ignore[type-arg]
    """A file whose writer is ended in the middle."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise JobCancelled


def test_a_picture_replaces_the_one_before(media: Path) -> None:
    for content in (b"a long one", b"short"):
        assert default_storage.save(NAME, ContentFile(content)) == NAME
        assert (media / NAME).read_bytes() == content
    assert [file.name for file in (media / NAME).parent.iterdir()] == ["1234.webp"]


def test_who_is_ended_while_writing_leaves_the_picture_before(media: Path) -> None:
    default_storage.save(NAME, ContentFile(b"before"))
    with pytest.raises(JobCancelled):
        default_storage.save(NAME, Interrupted(b""))
    assert (media / NAME).read_bytes() == b"before"
    assert [file.name for file in (media / NAME).parent.iterdir()] == ["1234.webp"]


def test_what_a_killed_worker_left_aside_goes_when_it_is_old(media: Path) -> None:
    default_storage.save(NAME, ContentFile(b"x"))
    old, young = ((media / NAME).with_name(f".aside-{age}") for age in ("old", "young"))
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    assert remove_strays("thumbnails", lambda ids: ids) == []
    assert (old.exists(), young.exists(), (media / NAME).exists()) == (False, True, True)
