"""Downloading: whole and verified or not at all, from a server on this machine."""

import errno
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest

from faces.vision.downloading import fetch
from faces.vision.weights import Weights, WeightsError, is_installed
from tests.faces.vision.model_server import ModelServer, serving, small_model, weights_of

CONTENT = small_model()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(CONTENT) as served:
        yield served


@pytest.fixture
def weights(server: ModelServer) -> Weights:
    return weights_of(CONTENT, server.address)


@pytest.fixture
def part(tmp_path: Path, weights: Weights) -> Path:
    """Where an unfinished download lies."""
    return tmp_path / f"{weights.file}.part"


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/model.onnx"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_weights_are_downloaded_under_their_name(weights: Weights, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "weights"
    said: list[tuple[int, int]] = []
    path = fetch(weights, folder, lambda done, total: said.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["small.onnx"]
    assert is_installed(weights, folder)
    assert said == sorted(said)
    assert said[-1] == (weights.size, weights.size)


def test_what_is_there_is_not_downloaded_again(
    weights: Weights, server: ModelServer, tmp_path: Path
) -> None:
    fetch(weights, tmp_path)
    fetch(weights, tmp_path)
    assert len(server.ranges) == 1


def test_what_is_there_and_damaged_is_not_passed_over(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / weights.file).write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsError, match="delete it and download it again"):
        fetch(weights, tmp_path)


def test_a_download_goes_on_where_it_stopped(
    weights: Weights, server: ModelServer, tmp_path: Path, part: Path
) -> None:
    part.write_bytes(CONTENT[:1000])
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_cut_connection_is_made_anew_as_long_as_it_helps(
    weights: Weights, server: ModelServer, tmp_path: Path
) -> None:
    server.cut_after = [100_000, 50_000]
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_what_arrived_before_the_connection_broke_for_good_is_kept_aside(
    weights: Weights, server: ModelServer, tmp_path: Path, part: Path
) -> None:
    server.cut_after = [100_000, 0]
    with pytest.raises(WeightsError, match="cut the connection.*100,000 of.*kept"):
        fetch(weights, tmp_path)
    assert names(tmp_path) == [part.name]
    assert not is_installed(weights, tmp_path)
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert not part.exists()


def test_a_server_without_ranges_begins_anew(
    weights: Weights, server: ModelServer, tmp_path: Path, part: Path
) -> None:
    server.knows_ranges = False
    part.write_bytes(b"something else")
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_a_server_that_does_not_say_the_length_will_do(
    weights: Weights, server: ModelServer, tmp_path: Path
) -> None:
    server.says_length = False
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_a_damaged_beginning_is_thrown_away(
    weights: Weights, server: ModelServer, tmp_path: Path, part: Path
) -> None:
    part.write_bytes(b"!" * 1000)
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("says_length", [True, False])
@pytest.mark.parametrize("content", [b"!" + CONTENT[1:], CONTENT + b"!", b"<html>Sign in</html>"])
def test_another_file_is_refused_and_nothing_left(
    weights: Weights, server: ModelServer, tmp_path: Path, content: bytes, says_length: bool
) -> None:
    server.content, server.says_length = content, says_length
    with pytest.raises(WeightsError, match="127.0.0.1.*(another file|cut the connection|416)"):
        fetch(weights, tmp_path)
    assert not is_installed(weights, tmp_path)
    # Whatever lies there now, the next attempt is none the worse for it.
    server.content = CONTENT
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_a_file_that_is_gone_is_said_to_be(
    weights: Weights, server: ModelServer, tmp_path: Path
) -> None:
    server.status = 404
    with pytest.raises(WeightsError, match="answered 404.*take the file from a folder"):
        fetch(weights, tmp_path)
    assert names(tmp_path) == []


def test_without_network_that_is_said(nobody: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not reached.*refused"):
        fetch(weights_of(CONTENT, nobody), tmp_path)


def test_the_next_source_goes_on_where_one_failed(
    server: ModelServer, nobody: str, tmp_path: Path
) -> None:
    server.cut_after = [100_000, 0]
    weights = weights_of(CONTENT, nobody, server.address, server.address)
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=100000-"]


def test_weights_without_a_source_are_to_be_brought(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="knows no address"):
        fetch(weights_of(CONTENT), tmp_path)


def test_too_little_room_is_said_before_anything_is_asked_for(
    weights: Weights, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(WeightsError, match="full: .* 1,000 free"):
        fetch(weights, tmp_path)
    assert server.ranges == []


def test_a_disk_that_fills_up_meanwhile_is_cleared(weights: Weights, tmp_path: Path) -> None:
    def full(done: int, total: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WeightsError, match="No space left"):
        fetch(weights, tmp_path, full)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_said(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WeightsError, match="file/weights cannot be written"):
        fetch(weights, tmp_path / "file" / "weights")


def test_who_stops_a_download_can_go_on_later(weights: Weights, tmp_path: Path, part: Path) -> None:
    def stop(done: int, total: int) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(weights, tmp_path, stop)
    assert names(tmp_path) == [part.name]
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_right_bytes_that_are_no_model_are_not_called_whole(tmp_path: Path) -> None:
    with serving(b"no model") as server:
        weights = weights_of(b"no model", server.address)
        with pytest.raises(WeightsError, match="cannot open"):
            fetch(weights, tmp_path)
    assert not is_installed(weights, tmp_path)


def test_who_comes_second_waits_for_the_first_and_downloads_nothing(
    weights: Weights, server: ModelServer, tmp_path: Path
) -> None:
    said: list[int] = []
    second = Thread(target=fetch, args=(weights, tmp_path, lambda done, total: said.append(done)))

    def meanwhile(done: int, total: int) -> None:
        if not second.is_alive() and not said:
            second.start()
            while not said:  # until it has seen that it must wait
                time.sleep(0.01)

    path = fetch(weights, tmp_path, meanwhile)
    second.join(20)
    assert not second.is_alive()
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == ["small.onnx"]
    assert server.ranges == [None]
