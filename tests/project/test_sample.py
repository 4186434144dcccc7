"""The sample album: what is taken from the archive, and what happens without a network."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from project.run import sample
from project.run.sample import SampleError, sample_album


def make_archive(path: Path, *members: tarfile.TarInfo) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = 5 if member.isfile() else 0
            archive.addfile(member, io.BytesIO(b"photo"))


def test_only_photos_leave_the_archive_and_none_leaves_the_folder(tmp_path: Path) -> None:
    link = tarfile.TarInfo("package/link.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    names = ["package/photos/ann.jpg", "../../outside.jpg", "/absolute.jpg", "package/setup.py"]
    make_archive(tmp_path / "archive.tar.gz", *map(tarfile.TarInfo, names), link)
    album = tmp_path / "one" / "two" / "album"
    album.mkdir(parents=True)

    sample._unpack_photos(tmp_path / "archive.tar.gz", album)

    found = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.jpg"))
    assert [path.name for path in found] == ["absolute.jpg", "ann.jpg", "outside.jpg"]
    assert all(path.parts[:3] == ("one", "two", "album") for path in found)


def test_an_index_that_cannot_be_reached_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(SampleError, match=r"\Apip could not fetch face_recognition==1.3.0\Z"):
        sample_album(tmp_path)
    assert not (tmp_path / "sample").exists()


def test_another_archive_than_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    archive = links / "face_recognition-1.3.0.tar.gz"
    make_archive(archive, tarfile.TarInfo("face_recognition-1.3.0/ann.jpg"))
    assert hashlib.sha256(archive.read_bytes()).hexdigest() != sample.SHA256
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    with pytest.raises(SampleError):
        sample_album(tmp_path)


def test_an_album_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    assert sample_album(tmp_path) == tmp_path / "sample"
