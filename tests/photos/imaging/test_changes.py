"""Changes in folders: what concerns photos, and when a file is whole."""

from pathlib import Path

import pytest

from photos.imaging.changes import Settling, concerns_photos


@pytest.mark.parametrize(
    ("path", "concerns"),
    [
        ("a.jpg", True),
        ("2004/b.MOV", True),
        ("a.jpg.xmp", True),
        ("gone-folder", True),
        ("notes.txt", False),
        ("a.jpg.part", False),
        ("a.jpg.crdownload", False),
        (".a.jpg.x7Qs2", False),
        (".trash/a.jpg", False),
        ("@eaDir/a.jpg", False),
        ("../elsewhere.jpg", False),
    ],
)
def test_what_concerns_photos(tmp_path: Path, path: str, concerns: bool) -> None:
    root = tmp_path / "root"
    (root / "2004").mkdir(parents=True)
    for name in ("notes.txt", "a.jpg.part", "a.jpg.crdownload", ".a.jpg.x7Qs2"):
        (root / name).touch()
    assert concerns_photos(str(root / path), str(root)) is concerns
    assert concerns_photos(str(root / "2004"), str(root))


def test_a_file_is_ripe_when_it_has_been_still(tmp_path: Path) -> None:
    file, settling = tmp_path / "a.jpg", Settling(3)
    file.write_bytes(b"half")
    settling.note([str(file)], now=10)
    assert settling.ripe(now=12) == set()
    file.write_bytes(b"half and more")  # and nobody has told
    assert settling.ripe(now=13) == set()
    assert settling.ripe(now=15) == set()
    assert settling.ripe(now=16) == {str(file)}
    assert settling.ripe(now=99) == set()


def test_what_is_gone_is_ripe_after_a_while(tmp_path: Path) -> None:
    settling = Settling(3)
    settling.note([str(tmp_path / "gone.jpg")], now=10)
    assert settling.ripe(now=11) == set()
    assert settling.ripe(now=13) == {str(tmp_path / "gone.jpg")}


def test_a_folder_is_ripe_when_all_in_it_is(tmp_path: Path) -> None:
    folder, settling = tmp_path / "new" / "2004", Settling(3)
    folder.mkdir(parents=True)
    film = folder / "long.mp4"
    settling.note([str(folder.parent), str(folder), str(film)], now=10)
    for second in range(11, 20):
        film.write_bytes(b"more" * second)
        assert settling.ripe(now=second) == set()
    assert settling.ripe(now=22) == {str(folder.parent), str(folder), str(film)}
