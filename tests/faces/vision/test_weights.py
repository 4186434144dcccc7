"""Weights: the registry keeps to its rules, and a file counts by its bytes alone."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from faces.vision.weights import (
    WEIGHTS,
    Weights,
    WeightsError,
    is_installed,
    take_from,
    verify,
    weights_named,
)
from tests.faces.vision.model_server import small_model, weights_of

CONTENT = small_model()
# Which file of ../shared/models is which.
SHARED = {
    "yunet-2023mar": "face_detection_yunet_2023mar.onnx",
    "scrfd-500m": "scrfd_500m.onnx",
    "scrfd-2.5g": "scrfd_2.5g.onnx",
    "w600k-mbf-int8": "w600k_mbf_int8_512.onnx",
    "mobilefacenet": "mobilefacenet_128.onnx",
}


def made_up(content: bytes = b"no model at all") -> Weights:
    digest = hashlib.sha256(content).hexdigest()
    return Weights("test", "", "yunet", len(content), digest, "MIT", True, ())


@pytest.fixture
def models(shared: Path) -> Path:
    if not (shared / "models").is_dir():
        pytest.skip("needs ../shared/models")
    return shared / "models"


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_every_entry_is_whole(weights: Weights) -> None:
    assert len(bytes.fromhex(weights.sha256)) == 32
    assert weights.size > 100_000
    assert all(each.startswith("https://") for each in weights.sources)
    assert (weights.dimension > 0) == (weights.kind == "embedder")
    assert weights.commercial == (weights.licence in ("MIT", "Apache-2.0"))


def test_no_two_entries_are_the_same_file() -> None:
    assert len({each.sha256 for each in WEIGHTS.values()}) == len(WEIGHTS)
    assert len({each.file for each in WEIGHTS.values()}) == len(WEIGHTS)


def test_what_may_be_used_commercially_makes_an_engine() -> None:
    assert {each.kind for each in WEIGHTS.values() if each.commercial} == {"detector", "embedder"}


@pytest.mark.parametrize("name", SHARED)
def test_real_files_are_what_the_registry_says(models: Path, name: str) -> None:
    verify(models / SHARED[name], weights_named(name))


def test_a_space_is_named_after_model_and_dimension() -> None:
    assert weights_named("w600k-mbf").model == "w600k-mbf-512"
    assert weights_named("mobilefacenet").model == "mobilefacenet-128"


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(WeightsError, match="'resnet'.*yunet-2023mar, scrfd-500m"):
        weights_named("resnet")


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not installed"):
        verify(tmp_path / "test.onnx", made_up())


def test_a_folder_in_its_place_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        verify(tmp_path, replace(made_up(), size=tmp_path.stat().st_size))


@pytest.mark.parametrize(
    ("content", "reason"), [(b"no model", "8 bytes.*15"), (b"No model at all", "SHA-256")]
)
def test_other_bytes_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "test.onnx"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=reason):
        verify(path, made_up())


def test_the_right_bytes_that_are_no_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.onnx"
    path.write_bytes(b"no model at all")
    with pytest.raises(WeightsError, match="cannot open"):
        verify(path, made_up())


@pytest.mark.parametrize("change", [{"architecture": "scrfd"}, {"dimension": 7}])
def test_a_model_of_another_make_is_refused(models: Path, change: dict[str, object]) -> None:
    other = replace(WEIGHTS["yunet-2023mar"], **change)  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match="not made as"):
        verify(models / SHARED["yunet-2023mar"], other)


def test_weights_are_taken_from_a_folder_whatever_they_are_called(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "made" / "weights"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "model(1).bin").write_bytes(CONTENT)
    (source / "same size.onnx").write_bytes(b"!" + CONTENT[1:])
    (source / "empty").touch()
    weights = weights_of(CONTENT)
    assert not is_installed(weights, folder)
    assert take_from(source, folder, [weights]) == [weights]
    assert is_installed(weights, folder)
    assert [path.name for path in folder.iterdir()] == ["small.onnx"]
    assert take_from(source, folder, [weights]) == []


def test_two_copies_are_taken_once(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(CONTENT)
    assert take_from(tmp_path, tmp_path / "weights", [weights_of(CONTENT)]) == [weights_of(CONTENT)]


def test_a_half_done_download_is_left_alone(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "weights"
    source.mkdir()
    folder.mkdir()
    (source / "model").write_bytes(CONTENT)
    part = folder / "small.onnx.part"
    part.write_bytes(CONTENT[:100])
    take_from(source, folder, [weights_of(CONTENT)])
    assert part.read_bytes() == CONTENT[:100]


def test_a_copy_that_went_wrong_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, folder = tmp_path / "source", tmp_path / "weights"
    source.mkdir()
    (source / "model").write_bytes(CONTENT)
    monkeypatch.setattr(shutil, "copyfile", lambda _, to: to.write_bytes(CONTENT[:-1] + b"!"))
    with pytest.raises(WeightsError, match="damaged"):
        take_from(source, folder, [weights_of(CONTENT)])
    assert list(folder.iterdir()) == []


def test_taking_from_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is no folder"):
        take_from(tmp_path / "nowhere", tmp_path)


def test_taking_into_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"no model at all")
    with pytest.raises(WeightsError, match="a/weights"):
        take_from(tmp_path, tmp_path / "a" / "weights", [made_up()])


def test_the_real_folder_is_taken_whole(models: Path, tmp_path: Path) -> None:
    taken = take_from(models, tmp_path)
    assert {each.name for each in taken} == set(SHARED)
    for each in taken:
        verify(tmp_path / each.file, each)
