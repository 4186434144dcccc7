"""onnxruntime sessions: made once, quiet, and good in a forked process."""

import os
from pathlib import Path

import numpy as np
import pytest

from faces.vision import sessions
from faces.vision.sessions import hardware, new_session, preload, session
from tests.faces.vision.conftest import Weights

SCRFD = "scrfd_500m.onnx"


def scores(path: Path) -> float:
    opened = session(path)
    pixels = np.full((1, 3, 64, 96), 0.5, dtype=np.float32)
    return float(opened.run(None, {opened.get_inputs()[0].name: pixels})[0].sum())


@pytest.fixture
def on_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where onnxruntime offers a graphics card."""
    monkeypatch.setattr(sessions, "hardware", lambda: ("CUDAExecutionProvider",))


def test_a_session_is_made_once(weights_file: Weights) -> None:
    path = weights_file(SCRFD)
    assert session(path) is session(path)
    assert new_session(path) is not session(path)


def test_bytes_do_as_well_as_their_file(weights_file: Weights) -> None:
    path = weights_file(SCRFD)
    (of_file,), (of_bytes,) = (
        [each.name for each in new_session(model).get_inputs()]
        for model in (path, path.read_bytes())
    )
    assert of_file == of_bytes


def test_a_session_runs_on_one_thread(weights_file: Weights) -> None:
    options = session(weights_file(SCRFD)).get_session_options()
    assert options.intra_op_num_threads == 1
    assert options.inter_op_num_threads == 1


def test_a_session_made_before_a_fork_is_good_after_it(weights_file: Weights) -> None:
    path = weights_file(SCRFD)
    preload(path)
    before = scores(path)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(scores(path)).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert float(os.read(reader, 100)) == before


def test_files_that_work_are_opened_and_run_without_a_word(
    weights_file: Weights, capfd: pytest.CaptureFixture[str]
) -> None:
    """SCRFD's file promises shapes for one size of input; onnxruntime warns of any other."""
    opened = new_session(weights_file(SCRFD))
    pixels = np.zeros((1, 3, 64, 96), dtype=np.float32)
    opened.run(None, {opened.get_inputs()[0].name: pixels})
    assert capfd.readouterr() == ("", "")


def test_the_cpu_comes_after_what_other_hardware_there_is(weights_file: Weights) -> None:
    providers = session(weights_file(SCRFD)).get_providers()
    assert providers == [*hardware(), "CPUExecutionProvider"]


@pytest.mark.usefixtures("on_hardware")
def test_hardware_is_not_started_before_a_fork(tmp_path: Path) -> None:
    preload(tmp_path / "there is none.onnx")


@pytest.mark.usefixtures("on_hardware")
def test_on_hardware_a_forked_process_makes_a_session_of_its_own(
    weights_file: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "new_session", lambda model: object())
    model = Path("a model of this test")
    parents = session(model)
    assert session(model) is parents
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert session(model) is not parents


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "page.onnx"
    file.write_text("<html>Not found</html>")
    with pytest.raises(Exception, match="page.onnx"):
        new_session(file)
