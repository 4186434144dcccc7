"""dlib's face ResNet as an ONNX model, which gives the same vectors in a fraction of the time."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from faces.vision.dlib_file import DIMENSION, SIDE_PX, Layer, read_layers

INPUT = "chips"
PIXEL_SCALE = 256  # dlib/dnn/input.h divides pixels by it, after taking off their mean
OPSET, IR_VERSION = 15, 8  # ONNX of 2021, which every onnxruntime in use reads


def onnx_resnet(file: Path) -> bytes:
    """Return dlib_face_recognition_resnet_model_v1.dat as an ONNX model; takes 0.1 s.

    The model takes ``chips``, (n, 150, 150, 3) uint8 in RGB as ``dlib.get_face_chip`` cuts them
    with a padding of 0.25, and gives (n, 128) float32, as long as dlib makes them. Raises
    ValueError for a file that holds anything else.
    """
    return _Graph().model(read_layers(file))


@dataclass(frozen=True)
class _Values:
    """A result within the graph: pictures of so many channels, square, of so many pixels."""

    name: str
    channels: int
    side: int


class _Graph:
    """What layers compute, in ONNX's operators."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []

    def model(self, layers: list[Layer]) -> bytes:
        """Return the model that goes through all layers."""
        values = incoming = self._pixels(layers[0])
        for before, layer in pairwise(layers[:-2]):
            match layer.name:
                case "affine_":
                    values = self._convolved(values, before, layer)
                case "relu_":
                    values = _Values(self._add("Relu", values.name), values.channels, values.side)
                    incoming = values if before.name == "add_prev_" else incoming
                case "max_pool_2":
                    values = incoming = self._pooled("MaxPool", values, layer)
                case "avg_pool_2":  # of what came into a block, so that its result can be added
                    incoming = self._pooled("AveragePool", incoming, layer)
                case "add_prev_":
                    values = self._sum(values, incoming)
        means = self._add("Flatten", self._add("GlobalAveragePool", values.name))
        name = self._add("MatMul", means, layers[-1].parts[0].reshape(-1, DIMENSION))
        chips = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["n", SIDE_PX, SIDE_PX, 3])
        vectors = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", DIMENSION])
        graph = helper.make_graph(self._nodes, "resnet", [chips], [vectors], self._weights)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        ).SerializeToString()

    def _pixels(self, layer: Layer) -> _Values:
        pixels = self._add("Cast", INPUT, to=TensorProto.FLOAT)
        pixels = self._add("Transpose", pixels, perm=[0, 3, 1, 2])
        pixels = self._add("Sub", pixels, _float32(layer.reals).reshape(3, 1, 1))
        return _Values(self._add("Div", pixels, _float32(PIXEL_SCALE)), 3, SIDE_PX)

    def _convolved(self, values: _Values, convolution: Layer, affine: Layer) -> _Values:
        """Convolve; the scale and shift of each channel become part of the weights."""
        (weights, biases), (scales, shifts) = convolution.parts, affine.parts
        _, *window = convolution.integers
        name = self._add(
            "Conv",
            values.name,
            weights * scales.reshape(-1, 1, 1, 1),
            (biases * scales + shifts).ravel(),
            **_sliding(window),
        )
        return _Values(name, len(weights), _side(values, window))

    def _pooled(self, operator: str, values: _Values, layer: Layer) -> _Values:
        name = self._add(operator, values.name, **_sliding(layer.integers))
        return _Values(name, values.channels, _side(values, layer.integers))

    def _sum(self, one: _Values, other: _Values) -> _Values:
        """Add; dlib puts zeros around the smaller, after channels, below and at the right."""
        channels, side = max(one.channels, other.channels), max(one.side, other.side)
        padded = [self._padded(each, channels, side) for each in (one, other)]
        return _Values(self._add("Add", *padded), channels, side)

    def _padded(self, values: _Values, channels: int, side: int) -> str:
        more = [0, channels - values.channels, side - values.side, side - values.side]
        if not any(more):
            return values.name
        return self._add("Pad", values.name, np.array([0] * 4 + more, dtype=np.int64))

    def _add(
        self,
        operator: str,
        *inputs: str | NDArray[np.generic],
        **attributes: Any,
    ) -> str:
        """Add an operator on results and weights; return the name of its result."""
        output = f"{operator} {len(self._nodes)}"
        names = [each if isinstance(each, str) else self._weight(each) for each in inputs]
        self._nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def _weight(self, numbers: NDArray[np.generic]) -> str:
        name = f"weights {len(self._weights)}"
        self._weights.append(numpy_helper.from_array(numbers, name))
        return name


def _float32(numbers: ArrayLike) -> NDArray[np.float32]:
    return np.array(numbers, dtype=np.float32)


def _sliding(window: list[int]) -> dict[str, list[int]]:
    """Return ONNX's words for how a window of dlib's slides: its size, strides and borders."""
    size, strides, border = window[:2], window[2:4], window[4:]
    return {"kernel_shape": size, "strides": strides, "pads": border * 2}


def _side(values: _Values, window: list[int]) -> int:
    """Return how often a window of dlib's fits on its way."""
    size, _, stride, _, border, _ = window
    return (values.side + 2 * border - size) // stride + 1
