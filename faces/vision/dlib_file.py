"""What dlib's file of its face ResNet says: the layers and their weights."""

import re
from dataclasses import dataclass
from math import ldexp, prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 150  # of the square pictures of faces that the network looks at
DIMENSION = 128

# What dlib writes of a layer after its name (dlib/dnn/input.h, layers.h, loss.h): i a whole number,
# r a real number, t a tensor, p a part of the tensor. The flags f and the tensors at the end, which
# only training fills, are of any layer that computes (dlib/dnn/core.h).
FIELDS = {
    "loss_metric_2": "rr",
    "input_rgb_image_sized": "rrrii",
    "con_4": "tiiiiiiipprrrrfffttt",
    "affine_": "tppifffttt",
    "relu_": "fffttt",
    "max_pool_2": "iiiiiifffttt",
    "avg_pool_2": "iiiiiifffttt",
    "add_prev_": "fffttt",
    "fc_2": "iitppirrrrfffttt",
}
INNERMOST = 3  # the version of a layer that has only the input below it

# anet_type in dlib's tools/python/src/face_recognition.cpp, from the input on.
NETWORK = re.compile(
    "input_rgb_image_sized con_4 affine_ relu_ max_pool_2 "
    "(con_4 affine_ relu_ con_4 affine_ (avg_pool_2 )?add_prev_ relu_ )+"
    "avg_pool_2 fc_2"
)


@dataclass(frozen=True)
class Layer:
    """What is stored of a layer."""

    name: str
    integers: list[int]
    reals: list[float]
    parts: list[NDArray[np.float32]]  # its weights by what they are for, each of four dimensions


def read_layers(file: Path) -> list[Layer]:
    """Return the layers of dlib_face_recognition_resnet_model_v1.dat as pixels go through them.

    Raises ValueError for a file that holds anything else.
    """
    try:
        return _layers(_Stored(file.read_bytes()))
    except (_UnexpectedError, OverflowError) as error:
        raise ValueError(f"{file} is not dlib's face ResNet: {error}.") from error


class _UnexpectedError(Exception):
    """The file does not go on as the network's does."""


class _Stored:
    """Reads what dlib::serialize wrote (dlib/serialize.h, float_details.h, dnn/tensor.h)."""

    def __init__(self, data: bytes) -> None:
        self._left = memoryview(data)

    def __bool__(self) -> bool:
        return len(self._left) > 0

    def layer(self) -> Layer:
        """Return the next layer."""
        name = bytes(self._bytes(self.integer())).decode(errors="replace")
        if name not in FIELDS:
            raise _UnexpectedError(f"it holds {name[:40]!r}")
        layer = Layer(name, [], [], [])
        tensor = np.empty(0, dtype=np.float32)
        for field in FIELDS[name]:
            match field:
                case "i":
                    layer.integers.append(self.integer())
                case "r":
                    layer.reals.append(ldexp(self.integer(), self.integer()))
                case "t":
                    tensor = self._tensor()
                case "p":
                    part, tensor = self._part(tensor)
                    layer.parts.append(part)
                case "f":
                    self._bytes(1)
        return layer

    def integer(self) -> int:
        """Return a whole number: a byte with its sign and size, then its bytes from the low end."""
        (control,) = self._bytes(1)
        value = int.from_bytes(self._bytes(control & 0x0F), "little")
        return -value if control & 0x80 else value

    def _tensor(self) -> NDArray[np.float32]:
        return np.frombuffer(self._bytes(4 * prod(self._shape(version=2))), dtype="<f4")

    def _part(self, tensor: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        shape = self._shape(version=1)
        size = prod(shape)
        if size > len(tensor):
            raise _UnexpectedError(f"{size} numbers are taken from {len(tensor)}")
        return tensor[:size].reshape(shape), tensor[size:]

    def _shape(self, version: int) -> list[int]:
        found, *shape = [self.integer() for _ in range(5)]
        if found != version or min(shape) < 0:
            raise _UnexpectedError(f"it has a tensor of version {found} and shape {shape}")
        return shape

    def _bytes(self, size: int) -> memoryview:
        taken, self._left = self._left[:size], self._left[size:]
        if len(taken) != size:
            raise _UnexpectedError(f"it ends where {size} more bytes should come")
        return taken


def _layers(stored: _Stored) -> list[Layer]:
    """Return the layers from the input on, as pixels go through them.

    dlib writes nested layers: the versions of all, outermost first, then what each holds, innermost
    first. The loss is around them all and writes itself before its network.
    """
    stored.integer()
    stored.layer()
    while stored.integer() != INNERMOST:
        pass
    layers = [stored.layer(), stored.layer()]
    stored.integer()  # how many pictures the input makes of one
    while stored:
        layers.append(stored.layer())
    if not NETWORK.fullmatch(" ".join(layer.name for layer in layers)):
        raise _UnexpectedError("its layers are others or in another order")
    if layers[0].integers != [SIDE_PX, SIDE_PX] or layers[-1].integers[0] != DIMENSION:
        raise _UnexpectedError("its pictures or vectors have another size")
    return layers
