"""dlib's face ResNet in onnxruntime: the vectors that dlib computes."""

from functools import cache

import dlib
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faces.vision.resnet import INPUT, onnx_resnet
from faces.vision.sessions import session
from tests.faces.vision.conftest import Open
from tests.faces.vision.test_detectors import AT_THE_BORDER, ONE_FACE, PLAIN, THREE_FACES
from tests.faces.vision.test_dlib_file import RESNET

Pixels = NDArray[np.uint8]


@cache
def model() -> bytes:
    return onnx_resnet(RESNET)


@cache
def dlibs_own() -> dlib.face_recognition_model_v1:
    return dlib.face_recognition_model_v1(str(RESNET))


def in_onnxruntime(chips: Pixels) -> NDArray[np.float32]:
    (vectors,) = session(RESNET, onnx_resnet).run(None, {INPUT: chips})
    assert isinstance(vectors, np.ndarray)
    return vectors


def in_dlib(chips: Pixels) -> NDArray[np.float64]:
    return np.array([dlibs_own().compute_face_descriptor(chip) for chip in chips])


def assert_alike(chips: Pixels) -> None:
    """Vectors are the same but for the order in which 32-bit floats were added."""
    found, expected = in_onnxruntime(chips), in_dlib(chips)
    assert found.dtype == np.float32
    assert found.shape == expected.shape == (len(chips), 128)
    assert np.abs(found - expected).max() < 2e-5
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    assert np.all((found * expected).sum(axis=1) / lengths > 0.9999)


@pytest.mark.parametrize("name", [THREE_FACES, AT_THE_BORDER, ONE_FACE, PLAIN])
def test_squares_of_photos_have_dlibs_vectors(photo: Open, name: str) -> None:
    image = photo(name)
    corners = [(0, 0), (image.width // 3, 20), (image.width // 2, image.height // 4)]
    squares = [image.crop((x, y, x + 150, y + 150)) for x, y in corners]
    assert_alike(np.stack([np.asarray(each) for each in squares]))


@settings(max_examples=10, deadline=None)
@given(
    st.tuples(*[st.integers(0, 255)] * 3),
    st.integers(0, 255),
    st.integers(0, 2**32 - 1),
)
def test_any_pixels_have_dlibs_vectors(colour: tuple[int, int, int], noise: int, seed: int) -> None:
    """From one colour, where errors of rounding add up, to noise."""
    grain = np.random.default_rng(seed).integers(-noise, noise + 1, (1, 150, 150, 3))
    assert_alike(np.clip(grain + np.array(colour), 0, 255).astype(np.uint8))


def test_a_chip_has_the_same_vector_alone_and_among_others() -> None:
    chips = np.random.default_rng(0).integers(0, 256, (5, 150, 150, 3), dtype=np.uint8)
    alone = np.concatenate([in_onnxruntime(chip[np.newaxis]) for chip in chips])
    assert np.array_equal(in_onnxruntime(chips), alone)
    assert len({vector.tobytes() for vector in alone}) == 5


def test_the_model_is_good_onnx() -> None:
    onnx.checker.check_model(model(), full_check=True)


def test_the_same_file_gives_the_same_model() -> None:
    assert onnx_resnet(RESNET) == model()


@pytest.mark.parametrize("shape", [(1, 150, 149, 3), (1, 3, 150, 150), (1, 112, 112, 3)])
def test_pictures_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(Exception, match="chips"):
        in_onnxruntime(np.zeros(shape, dtype=np.uint8))
