import os
import socket
import stat
from pathlib import Path

import pytest

from photos.imaging.inside import InsideFile, LeadsOutsideError, opened_folder

SECRET = b"somebody else's"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.jpg").write_bytes(SECRET)
    (tmp_path / "library/2004").mkdir(parents=True)
    (tmp_path / "library/2004/a.jpg").write_bytes(b"own")
    (tmp_path / "library/a.jpg").write_bytes(b"own")
    return tmp_path / "library"


def test_a_file_inside_is_read(library: Path) -> None:
    file = InsideFile(library, "2004/a.jpg")
    assert (file.name, file.suffix, file.place) == ("a.jpg", ".jpg", library / "2004/a.jpg")
    assert file.read_bytes() == b"own"
    assert file.stat().st_size == 3
    assert file.is_file()
    assert file.with_name("b.jpg") == InsideFile(library, "2004/b.jpg")


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.jpg",
        "2004/../../outside/secret.jpg",
        "..",
        ".",
        "",
        "2004/..",
        "2004//a.jpg",
        "./a.jpg",
        "a.jpg/",
        "/etc/passwd",
        "//etc/passwd",
        "a.jpg\0.png",
        "\0",
    ],
)
def test_no_way_of_writing_a_path_leads_out(library: Path, path: str) -> None:
    with pytest.raises(LeadsOutsideError):
        InsideFile(library, path).read_bytes()
    with pytest.raises(LeadsOutsideError):
        InsideFile(library, path).stat()
    assert not InsideFile(library, path).is_file()


@pytest.mark.parametrize(
    "path",
    [
        *("．．/outside/secret.jpg", "‥/outside/secret.jpg", "..／outside／secret.jpg"),
        *("..\\outside\\secret.jpg", "..%2foutside%2fsecret.jpg", "a\u202egpj.jpg"),
        *("..\udcc0\udcafoutside/secret.jpg", "..\udcc0\udcaf..\udcc0\udcafetc", "..;/outside/x"),
    ],
)
def test_signs_that_look_like_a_way_out_are_names_that_are_not_there(
    library: Path, path: str
) -> None:
    with pytest.raises(FileNotFoundError):
        InsideFile(library, path).read_bytes()


def test_composed_and_decomposed_names_are_two_files(library: Path) -> None:
    composed, decomposed = "caf\u00e9.jpg", "cafe\u0301.jpg"
    (library / composed).write_bytes(b"composed")
    assert InsideFile(library, composed).read_bytes() == b"composed"
    with pytest.raises(FileNotFoundError):
        InsideFile(library, decomposed).read_bytes()


def test_a_link_is_followed_nowhere_in_a_path(library: Path) -> None:
    (library / "link.jpg").symlink_to("../outside/secret.jpg")
    (library / "within.jpg").symlink_to("a.jpg")
    (library / "folder").symlink_to("../outside")
    (library.parent / "way").symlink_to(library)
    for file in (
        InsideFile(library, "link.jpg"),
        InsideFile(library, "within.jpg"),
        InsideFile(library, "folder/secret.jpg"),
        InsideFile(library.parent / "way", "a.jpg"),
        InsideFile(library.parent / "way/2004", "a.jpg"),
    ):
        with pytest.raises(LeadsOutsideError, match="links are not followed"):
            file.open()
        with pytest.raises(LeadsOutsideError, match="links are not followed"):
            file.stat()


def test_a_folder_that_is_exchanged_for_a_link_is_not_gone_through(library: Path) -> None:
    file = InsideFile(library, "2004/secret.jpg")
    with file.folder() as held:
        (library / "2004").rename(library / "2005")
        (library / "2004").symlink_to(library.parent / "outside")
        assert not os.path.samestat(os.fstat(held), (library.parent / "outside").stat())
        with pytest.raises(FileNotFoundError):
            os.stat("secret.jpg", dir_fd=held)
    with pytest.raises(LeadsOutsideError):
        file.open()


def test_what_is_no_ordinary_file_is_not_opened_and_not_waited_for(library: Path) -> None:
    os.mkfifo(library / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(library / "socket.jpg"))
        for name in ("pipe.jpg", "socket.jpg"):
            with pytest.raises(LeadsOutsideError, match="no ordinary file"):
                InsideFile(library, name).open()
            assert not InsideFile(library, name).is_file()
    with pytest.raises(IsADirectoryError):
        InsideFile(library, "2004").open()


def test_a_device_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(LeadsOutsideError):
        InsideFile(Path("/dev"), "zero").open()
    assert stat.S_ISCHR(InsideFile(Path("/dev"), "zero").stat().st_mode)


def test_a_root_must_be_given_whole(monkeypatch: pytest.MonkeyPatch, library: Path) -> None:
    monkeypatch.chdir(library)
    with pytest.raises(LeadsOutsideError), opened_folder(Path("2004")):
        pass


def test_nothing_stays_open(library: Path) -> None:
    (library / "link.jpg").symlink_to("../outside/secret.jpg")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for path in ("a.jpg", "2004/a.jpg", "gone/a.jpg", "link.jpg", "../x", "2004"):
        try:
            InsideFile(library, path).read_bytes()
        except OSError:
            continue
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
