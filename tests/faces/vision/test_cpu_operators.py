"""Models rewritten for a CPU: the same numbers, in other operators."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from faces.vision import cpu_operators
from faces.vision.cpu_operators import quick_on_cpu
from faces.vision.sessions import Model, new_session
from tests.faces.vision.conftest import Weights

QUANTISED = "w600k_mbf_int8_512.onnx"


def rectifier(path: Path, slopes: NDArray[np.float32]) -> Path:
    """Write a model that is one PRelu."""
    pictures: list[str | int | None] = ["n", 4, 5, 5]
    graph = helper.make_graph(
        [helper.make_node("PRelu", ["in", "slopes"], ["out"])],
        "rectifier",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, pictures)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, pictures)],
        [numpy_helper.from_array(slopes, "slopes")],
    )
    opsets = [helper.make_opsetid("", 15)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def results(model: Model, values: NDArray[np.float32]) -> NDArray[np.float32]:
    opened = new_session(model)
    return np.concatenate(
        [opened.run(None, {opened.get_inputs()[0].name: each[None]})[0] for each in values]
    )


def operators(model: Model) -> set[str]:
    loaded = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(model)
    return {node.op_type for node in loaded.graph.node}


def random_values(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def test_a_rectifier_gives_the_same(tmp_path: Path) -> None:
    slopes = np.array([-0.8, 0, 0.3, 1], dtype=np.float32).reshape(4, 1, 1)
    path = rectifier(tmp_path / "rectifier.onnx", slopes)
    quick = quick_on_cpu(path)
    assert "PRelu" not in operators(quick)
    values = random_values(2, 4, 5, 5)
    assert results(quick, values) == pytest.approx(results(path, values), abs=1e-6)


@pytest.mark.parametrize("slopes", [np.full((4, 1, 1), 1.1), np.full((1, 4, 5, 5), 0.5)])
def test_other_rectifiers_are_left(tmp_path: Path, slopes: NDArray[np.float64]) -> None:
    path = rectifier(tmp_path / "rectifier.onnx", slopes.astype(np.float32))
    assert operators(quick_on_cpu(path)) == {"PRelu"}


def test_what_was_quantised_is_computed_in_real_numbers(weights_file: Weights) -> None:
    path = weights_file(QUANTISED)
    quick = quick_on_cpu(path)
    assert not any("Integer" in each or "Quantize" in each for each in operators(quick))
    values = random_values(3, 3, 112, 112)
    before, after = (
        each / np.linalg.norm(each, axis=1, keepdims=True)
        for each in (results(path, values), results(quick, values))
    )
    # All that differs is the noise of values quantised to 8 bits.
    assert (before * after).sum(axis=1).min() > 0.98


def test_a_model_without_such_operators_is_left_as_it_is(weights_file: Weights) -> None:
    path = weights_file("mobilefacenet_128.onnx")
    assert quick_on_cpu(path) == path


def test_a_large_model_is_left_as_it_is(
    weights_file: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = weights_file(QUANTISED)
    monkeypatch.setattr(cpu_operators, "LARGEST", 1_000_000)
    assert quick_on_cpu(path) == path
