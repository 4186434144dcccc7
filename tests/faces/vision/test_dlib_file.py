"""dlib's file of its face ResNet: read as dlib tells of it, and refused when it is another."""

from pathlib import Path

import face_recognition_models
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from faces.vision.dlib_file import read_layers

RESNET = Path(face_recognition_models.face_recognition_model_location())
STORED = RESNET.read_bytes()
REFUSED = "network.dat is not dlib's face ResNet"

in_one_folder = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(folder: Path, content: bytes) -> None:
    file = folder / "network.dat"
    file.write_bytes(content)
    read_layers(file)


def test_the_file_holds_what_dlib_tells_of_its_network() -> None:
    """29 convolutions, pictures of 150 pixels, dlib's mean colour, 128 numbers from 256."""
    layers = read_layers(RESNET)
    assert [layer.name for layer in layers].count("con_4") == 29
    assert layers[0].integers == [150, 150]
    assert layers[0].reals == pytest.approx([122.782, 117.001, 104.298], abs=1e-5)
    assert layers[-1].parts[0].shape == (256, 128, 1, 1)


def test_nearly_all_bytes_are_weights() -> None:
    weights = sum(part.nbytes for layer in read_layers(RESNET) for part in layer.parts)
    assert 0.99 < weights / len(STORED) < 1


@pytest.mark.parametrize(
    "other",
    [
        face_recognition_models.cnn_face_detector_model_location(),
        face_recognition_models.pose_predictor_five_point_model_location(),
    ],
)
def test_other_files_of_dlib_are_refused_by_name(other: str) -> None:
    with pytest.raises(ValueError, match=f"{Path(other).name} is not dlib's face ResNet"):
        read_layers(Path(other))


@in_one_folder
@given(st.binary())
@example(b"<html>Not found</html>")
@example(STORED[:2] + b"\x8f" + b"\xff" * 40)
def test_files_of_anything_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        read(tmp_path, content)


@in_one_folder
@given(st.integers(0, len(STORED) - 1))
@example(len(STORED) - 1)
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        read(tmp_path, STORED[:size])


def test_a_file_that_goes_on_after_its_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        read(tmp_path, STORED + b"\0")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"\xf5\x81\x11", b"\xf5\x02\xff\xff", "range"),  # a mean of 2 ** 65535
        (b"con_4", b"con_9", "con_9"),  # a layer of another version
        (b"max_pool_2", b"avg_pool_2", "another order"),
        (b"\x01\x96\x01\x96", b"\x01\x96\x01\x95", "another size"),  # 150 × 149 pixels
        (b"fc_2\x01\x80", b"fc_2\x01\x40", "another size"),  # 64 numbers
        (b"\x01\x02\x02\x80\x12", b"\x01\x03\x02\x80\x12", "version 3"),  # a tensor's
        (b"\x01\x02\x02\x80\x12", b"\x01\x02\x82\x80\x12", "shape"),  # less than no numbers
        (b"\x01\x20\x01\x03\x01\x07", b"\x01\x21\x01\x03\x01\x07", "4851 numbers"),  # 33 filters
    ],
)
def test_another_network_is_refused_with_the_reason(
    tmp_path: Path, old: bytes, new: bytes, reason: str
) -> None:
    assert old in STORED
    with pytest.raises(ValueError, match=f"{REFUSED}: .*{reason}"):
        read(tmp_path, STORED.replace(old, new, 1))
