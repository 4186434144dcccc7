"""Decoding in a process of its own: what goes wrong there stays there."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photos.imaging.apart import check_apart, details_apart, preview_apart
from photos.imaging.decoding import UnreadableImageError
from photos.imaging.exif import read_details
from photos.imaging.limited import run_limited
from tests.files import inside
from tests.videos import make_video, plain


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.new("RGB", (400, 300), "red").save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


# What the process is asked to do; each is called there.


def stand_still(file: object) -> bytes:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    while True:
        time.sleep(1)


def take_all_memory(file: object) -> bytes:
    return bytes(len([bytearray(10_000_000) for _ in range(1000)]))


def crash(file: object) -> bytes:
    os.abort()


def write(file: object, path: str) -> bytes:
    Path(path).write_bytes(b"x" * 10_000)
    return b"written"


def look_around(file: object) -> bytes:
    return repr(dict(os.environ)).encode()


def call_out(file: object, port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return b"there"


def talk(file: object) -> bytes:
    os.write(1, b"+decoders talk")
    return b"answer"


def test_a_preview_is_the_same_as_without(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b.webp").write_bytes(preview_apart(inside(photo), 200))
    assert Image.open(tmp_path / "b.webp").size == (200, 150)


def test_details_are_the_same_as_without(shared: Path) -> None:
    for path in sorted((shared / "photos" / "album").iterdir())[:2]:
        assert details_apart(inside(path)) == read_details(path)


def test_a_video_is_checked_to(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", [plain("red")] * 3)
    check_apart(inside(tmp_path / "a.mp4"))


def test_what_is_no_picture_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"<html>")
    with pytest.raises(UnreadableImageError, match="no picture that Kith knows"):
        check_apart(inside(tmp_path / "a.jpg"))
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    with pytest.raises(UnreadableImageError, match="links are not followed"):
        check_apart(inside(tmp_path / "b.jpg"))


def test_what_hangs_is_ended(photo: Path) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableImageError, match="longer than 0.5 seconds"):
        run_limited(stand_still, inside(photo), seconds=0.5)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("harm", "reason"), [(take_all_memory, "memory"), (crash, "no end")])
def test_what_takes_all_memory_or_crashes_ends_nobody_else(
    photo: Path, harm: Callable[[object], bytes], reason: str
) -> None:
    with pytest.raises(UnreadableImageError, match=reason):
        run_limited(harm, inside(photo), megabytes=500)


def test_nothing_can_be_written(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError):
        run_limited(write, inside(photo), path=str(tmp_path / "b.jpg"))
    with pytest.raises(UnreadableImageError):
        run_limited(write, inside(photo), path=str(photo))
    assert not any(each.stat().st_size for each in tmp_path.glob("b.*"))


def test_no_secret_is_passed_on(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_SECRET_KEY", "secret-of-ours")
    monkeypatch.setenv("DATABASE_URL", "postgres://kith:secret-of-ours@host/kith")
    assert b"secret-of-ours" not in run_limited(look_around, inside(photo))


def test_nobody_can_be_called(photo: Path) -> None:
    program, how = shutil.which("unshare"), "-n" if os.geteuid() == 0 else "-Un"
    if not program or subprocess.run([program, how, "true"], check=False).returncode:
        pytest.skip("needs a kernel that lets a process leave the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
        with pytest.raises(UnreadableImageError):
            run_limited(call_out, inside(photo), port=port)


def test_what_decoders_print_is_no_answer(photo: Path) -> None:
    assert run_limited(talk, inside(photo)) == b"answer"


def test_a_picture_of_too_many_pixels_is_refused_by_what_it_says(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableImageError, match="200 megapixels"):
        check_apart(inside(tmp_path / "a.png"))


def test_a_large_picture_that_is_allowed_fits(tmp_path: Path) -> None:
    Image.new("RGB", (14_000, 10_000), "red").save(tmp_path / "a.png", compress_level=1)
    check_apart(inside(tmp_path / "a.png"))
