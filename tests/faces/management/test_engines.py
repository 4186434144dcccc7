"""``manage.py engines``: lists, downloads, verifies and takes in weights, and says what went on."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from faces.queries.engines import engine_in_force
from faces.vision.weights import WEIGHTS
from project.jobs.models import Job
from tests.faces.vision.model_server import ModelServer, serving, small_model, weights_of
from tests.factories import make_face, make_user

CONTENT = small_model()


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.WEIGHTS_ROOT = tmp_path / "home" / "weights"
    return tmp_path / "home"


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A server with weights called small, which the registry knows."""
    with serving(CONTENT) as served:
        monkeypatch.setitem(WEIGHTS, "small", weights_of(CONTENT, served.address))
        yield served


def engines(*arguments: str) -> str:
    output = StringIO()
    call_command("engines", *arguments, stdout=output)
    return output.getvalue()


def test_weights_are_listed_with_size_licence_and_use(home: Path) -> None:
    listed = engines()
    assert all(name in listed for name in WEIGHTS)
    (yunet,) = [line for line in listed.splitlines() if line.startswith("yunet-2023mar")]
    assert " ".join(yunet.split()) == "yunet-2023mar detector 0.2 MB - MIT; commercial use"
    (resnet,) = [line for line in listed.splitlines() if line.startswith("w600k-r50")]
    assert "174.4 MB" in resnet
    assert "no commercial use" in resnet
    assert str(home / "weights") in listed


def test_listing_makes_no_folder(home: Path) -> None:
    engines()
    assert not home.exists()


def test_a_download_says_how_far_it_is_and_is_listed_then(server: ModelServer, home: Path) -> None:
    said = engines("download", "small").splitlines()
    assert said[-2:] == ["small: 100% of 0.3 MB", "small is installed. Its licence: MIT."]
    assert len(said) <= 11
    assert (home / "weights" / "small.onnx").read_bytes() == CONTENT
    assert "small           detector    0.3 MB  installed" in engines()


def test_nothing_is_downloaded_when_a_name_is_wrong(server: ModelServer, home: Path) -> None:
    with pytest.raises(CommandError, match="no weights 'large'"):
        engines("download", "small", "large")
    assert server.ranges == []


def test_a_failed_download_is_told_in_one_sentence(server: ModelServer, home: Path) -> None:
    server.status = 404
    with pytest.raises(CommandError, match="small could not be downloaded.*404"):
        engines("download", "small")


def test_what_is_installed_is_verified(server: ModelServer, home: Path) -> None:
    assert engines("verify") == "No weights are installed.\n"
    engines("download", "small")
    assert engines("verify") == "small is whole.\n"


def test_a_damaged_file_is_found(server: ModelServer, home: Path) -> None:
    engines("download", "small")
    (home / "weights" / "small.onnx").write_bytes(b"!" + CONTENT[1:])
    with pytest.raises(CommandError, match="damaged.*delete it"):
        engines("verify")


def test_weights_are_taken_from_a_folder(server: ModelServer, home: Path, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "x.bin").write_bytes(CONTENT)
    said = engines("take", str(tmp_path / "copies"))
    assert said == "small is installed. Its licence: MIT.\n"
    assert "no weights that are missing" in engines("take", str(tmp_path / "copies"))
    assert server.ranges == []


def test_taking_from_no_folder_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        engines("take", str(tmp_path / "nowhere"))


def test_an_engine_is_used_at_once_where_there_are_no_faces(home: Path, db: None) -> None:
    make_user("admin", is_staff=True)
    assert "dlib-cnn is in force." in engines("use", "dlib-cnn")
    assert engine_in_force() == "dlib-cnn"
    assert "dlib-cnn is in force already." in engines("use", "dlib-cnn")


def test_where_there_are_faces_an_engine_looks_into_all_photos_first(home: Path, db: None) -> None:
    make_face()
    make_user("admin", is_staff=True)
    assert "looks into all photos" in engines("use", "dlib-cnn")
    assert engine_in_force() == "dlib-hog"
    assert Job.objects.get().kind == Job.Kind.PREPARE


def test_no_engine_of_that_name_can_be_used(home: Path, db: None) -> None:
    make_user("admin", is_staff=True)
    with pytest.raises(CommandError, match="no engine mtcnn"):
        engines("use", "mtcnn")
