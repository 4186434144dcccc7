"""Walking a folder: what is taken, what is left out, and why."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from photos.imaging.folders import LONGEST_PATH, FoundFile, LeftOut, walk_images
from photos.imaging.inside import LeadsOutsideError
from tests.account import ordinary_user
from tests.services import temporary_home


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter and list; pytest's own are root's alone."""
    with temporary_home() as home:
        folder = home / "pictures"
        folder.mkdir()
        folder.chmod(0o755)
        yield folder


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def found(folder: Path) -> list[str]:
    return [entry.path for entry in walk_images(folder) if isinstance(entry, FoundFile)]


def left_out(folder: Path) -> dict[str, LeftOut]:
    return {entry.path: entry for entry in walk_images(folder) if isinstance(entry, LeftOut)}


def test_every_image_of_the_tree_is_found_with_its_size_and_time(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "2004/Ünï/b.HEIC", "2004/c.webp")
    os.utime(tmp_path / "a.jpg", ns=(5, 1_000_000_007))
    entries = {entry.path: entry for entry in walk_images(tmp_path)}
    assert set(entries) == {"a.jpg", "2004/Ünï/b.HEIC", "2004/c.webp"}
    assert entries["a.jpg"] == FoundFile("a.jpg", size=1, modified_ns=1_000_000_007)


@pytest.mark.parametrize(
    "suffix", ["jpg", "JPEG", "jpe", "png", "webp", "heic", "heif", "hif", "avif", "tif", "TIFF"]
)
def test_a_photo_is_known_by_its_suffix_in_any_case(tmp_path: Path, suffix: str) -> None:
    put(tmp_path, f"a.{suffix}")
    assert found(tmp_path) == [f"a.{suffix}"]


def test_files_that_are_no_images_are_passed_over_in_silence(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", "clip.mp3", "photo.jpg.xmp", "jpg", "README")
    assert list(walk_images(tmp_path)) == []


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert list(walk_images(tmp_path)) == []


def test_a_folder_whose_name_looks_like_a_photo_is_walked(tmp_path: Path) -> None:
    put(tmp_path, "album.jpg/a.png")
    assert found(tmp_path) == ["album.jpg/a.png"]


def test_hidden_files_and_folders_are_left_out_by_choice(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.jpg", ".trash/a.jpg", "seen.jpg")
    reports = left_out(tmp_path)
    assert found(tmp_path) == ["seen.jpg"]
    assert set(reports) == {".hidden.jpg", ".trash"}
    assert all(report.by_choice and "Hidden" in report.reason for report in reports.values())


def test_folders_of_the_storage_system_are_left_out_by_choice(tmp_path: Path) -> None:
    put(tmp_path, "@eaDir/a.jpg", "sub/#recycle/b.jpg", "mine/c.jpg")
    reports = left_out(tmp_path)
    assert found(tmp_path) == ["mine/c.jpg"]
    assert set(reports) == {"@eaDir", "sub/#recycle"}
    assert all(report.by_choice for report in reports.values())


def test_a_loop_of_symbolic_links_ends(tmp_path: Path) -> None:
    put(tmp_path, "a/b/photo.jpg")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "self").symlink_to("self")
    reports = left_out(tmp_path)
    assert found(tmp_path) == ["a/b/photo.jpg"]
    assert set(reports) == {"a/b/up", "self"}
    assert all("link" in report.reason for report in reports.values())


def test_links_to_files_outside_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "secret.jpg", "library/own.jpg")
    (tmp_path / "library/link.jpg").symlink_to(tmp_path / "secret.jpg")
    assert found(tmp_path / "library") == ["own.jpg"]


def test_a_root_that_has_become_a_link_is_not_walked(tmp_path: Path) -> None:
    put(tmp_path, "real/a.jpg", "library/sub/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(LeadsOutsideError):
        found(tmp_path / "link")
    (tmp_path / "way").symlink_to(tmp_path / "library")
    with pytest.raises(LeadsOutsideError):
        found(tmp_path / "way/sub")


def test_a_folder_that_becomes_a_link_while_it_is_walked_is_told(tmp_path: Path) -> None:
    put(tmp_path, "secret/a.jpg", "library/2004/b.jpg", "library/a.jpg")
    walk = walk_images(tmp_path / "library")
    first = next(walk)
    (tmp_path / "library/2004").rename(tmp_path / "elsewhere")
    (tmp_path / "library/2004").symlink_to(tmp_path / "secret")
    rest = list(walk)
    assert isinstance(first, FoundFile)
    assert first.path == "a.jpg"
    assert [(each.path, type(each)) for each in rest] == [("2004", LeftOut)]
    assert "link" in str(rest)


def test_a_file_that_says_it_is_larger_than_any_camera_writes_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b.mp4")
    for name in ("a.jpg", "b.mp4"):
        os.truncate(tmp_path / name, 5 * 10**9)  # no such space is taken
    assert found(tmp_path) == ["b.mp4"]
    assert left_out(tmp_path)["a.jpg"].reason == "It is larger than 4 GB."


def test_a_name_that_is_no_utf8_is_reported_in_printable_form(tmp_path: Path) -> None:
    name = b"caf\xe9.jpg"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    put(tmp_path, "café.jpg")
    reports = left_out(tmp_path)
    assert found(tmp_path) == ["café.jpg"]
    assert set(reports) == {"caf\ufffd.jpg"}
    assert "UTF-8" in reports["caf\ufffd.jpg"].reason
    assert not reports["caf\ufffd.jpg"].by_choice


def test_a_folder_whose_name_is_no_utf8_is_reported_once(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))
    put(folder, "a.jpg", "b.jpg")
    assert list(left_out(tmp_path)) == ["\ufffd\ufffd"]
    assert found(tmp_path) == []


def test_a_folder_without_permission_is_reported_and_the_walk_goes_on(open_folder: Path) -> None:
    put(open_folder, "closed/a.jpg", "open/b.jpg")
    (open_folder / "closed").chmod(0)
    try:
        with ordinary_user():
            entries = list(walk_images(open_folder))
    finally:
        (open_folder / "closed").chmod(0o755)
    assert [entry.path for entry in entries if isinstance(entry, FoundFile)] == ["open/b.jpg"]
    (report,) = [entry for entry in entries if isinstance(entry, LeftOut)]
    assert report.path == "closed"
    assert "permission" in report.reason
    assert not report.by_choice


def test_a_folder_that_lists_but_does_not_open_is_reported(open_folder: Path) -> None:
    put(open_folder, "listed/a.jpg")
    (open_folder / "listed").chmod(0o444)
    try:
        with ordinary_user():
            entries = list(walk_images(open_folder))
    finally:
        (open_folder / "listed").chmod(0o755)
    (report,) = entries
    assert isinstance(report, LeftOut)
    assert (report.path, report.by_choice) == ("listed", False)
    assert "permission" in report.reason


def test_a_root_that_is_gone_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(walk_images(tmp_path / "gone"))


def test_a_root_without_permission_raises(open_folder: Path) -> None:
    open_folder.chmod(0)
    with pytest.raises(PermissionError), ordinary_user():
        list(walk_images(open_folder))


def test_a_tree_deeper_than_recursion_allows_is_walked(tmp_path: Path) -> None:
    deepest = tmp_path.joinpath(*["d"] * 800)
    deepest.mkdir(parents=True)
    (deepest / "a.jpg").write_bytes(b"x")
    assert found(tmp_path) == ["d/" * 800 + "a.jpg"]


def test_a_path_too_long_for_the_database_is_reported(tmp_path: Path) -> None:
    folder = tmp_path
    while len(os.fsencode(folder.relative_to(tmp_path))) <= LONGEST_PATH:
        folder = folder / ("ä" * 100)
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"x")
    put(tmp_path, "short.jpg")
    (report,) = left_out(tmp_path).values()
    assert found(tmp_path) == ["short.jpg"]
    assert "long" in report.reason
    assert not report.by_choice


def test_what_only_looks_like_a_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert stat.S_ISFIFO((tmp_path / "pipe.jpg").stat().st_mode)
    (report,) = left_out(tmp_path).values()
    assert found(tmp_path) == []
    assert (report.path, report.by_choice) == ("pipe.jpg", False)


def test_a_folder_that_goes_during_the_walk_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "b/2.jpg", "top.jpg")
    walk = walk_images(tmp_path)
    first = next(walk)
    (tmp_path / "a/1.jpg").unlink()
    (tmp_path / "a").rmdir()
    rest = list(walk)
    assert [first.path, *(each.path for each in rest if isinstance(each, FoundFile))] == [
        "top.jpg",
        "b/2.jpg",
    ]
    assert [each.path for each in rest if isinstance(each, LeftOut)] == ["a"]


def test_the_order_does_not_depend_on_the_disk(tmp_path: Path) -> None:
    put(tmp_path, "c.jpg", "a.jpg", "b.jpg")
    assert found(tmp_path) == ["a.jpg", "b.jpg", "c.jpg"]


def test_the_pictures_of_our_own_making_are_left_out(tmp_path: Path) -> None:
    for name in ("kith/media/crops/1.webp", "kith/sample/a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    found = list(walk_images(tmp_path, but=[tmp_path / "kith/media"]))
    assert [entry.path for entry in found if isinstance(entry, FoundFile)] == ["kith/sample/a.jpg"]


class TestOnlySomePaths:
    def paths(self, folder: Path, *only: str) -> list[str]:
        entries = walk_images(folder, only=only)
        return sorted(entry.path for entry in entries if isinstance(entry, FoundFile))

    def test_nothing_but_these_files_and_folders_is_looked_at(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jpg", "b.jpg", "2004/c.jpg", "2004/sub/d.jpg", "2005/e.jpg")
        assert self.paths(tmp_path, "a.jpg", "2004", "2004/c.jpg", "gone.jpg", "gone/f.jpg") == [
            "2004/c.jpg",
            "2004/sub/d.jpg",
            "a.jpg",
        ]

    def test_what_lies_beside_a_photo_brings_it_along(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jpg", "a.jpg.xmp", "b.jpg")
        assert self.paths(tmp_path, "a.jpg.xmp") == ["a.jpg"]

    def test_what_is_out_of_bounds_stays_there(self, tmp_path: Path) -> None:
        put(tmp_path, ".trash/a.jpg", "@eaDir/b.jpg", "real/c.jpg", ".d.jpg")
        (tmp_path / "link").symlink_to("real")
        asked = (".trash/a.jpg", ".trash", "@eaDir/b.jpg", "link/c.jpg", "link", ".d.jpg")
        assert self.paths(tmp_path, *asked) == []

    def test_a_disk_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            list(walk_images(tmp_path / "gone", only=["a.jpg"]))
