"""The command for any matrix: its JSON, and one line for what cannot be evaluated."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faces.recognition.evaluation.__main__ import main
from faces.recognition.evaluation.matrices import read_matrix
from faces.recognition.evaluation.measuring import draw_labels
from tests.embeddings import made_up_people


def saved(folder: Path, **changes: Any) -> Path:
    """Save a matrix of a dozen people; ``changes`` replace arrays, None leaves one out."""
    embedding, identity = made_up_people([12, 12, 10, *[4] * 5, *[1] * 20])
    arrays = {"embedding": embedding * 1.4, "identity": identity, "photo": np.arange(len(identity))}
    path = folder / "matrix.npz"
    np.savez(path, **{key: value for key, value in (arrays | changes).items() if value is not None})
    return path


def test_the_command_prints_one_object_with_every_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(saved(tmp_path, model="somebody's"))]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["n"], scores["people"]) == (74, 28)
    assert set(scores["cluster"]) == {
        *("bcubed_f", "bcubed_p", "bcubed_r", "pairwise_f"),
        *("unknown_persons", "seconds", "peak_mb"),
    }
    assert scores["cluster"]["bcubed_f"] > 0.9
    assert set(scores["classify"]) == {"1", "3", "5"}
    assert set(scores["classify"]["3"]) == {"dir_at_far1", "ece", "seconds"}
    assert scores["order_identical"] is True
    assert 0 <= scores["moved_by_one_percent"] <= 1
    assert set(scores["effort"]) == {"actions_per_person", "wrong_labels"}


def test_where_nobody_is_known_there_is_no_score_of_guesses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embedding, identity = made_up_people([2, 1])
    path = saved(tmp_path, embedding=embedding, identity=identity, photo=np.arange(3))
    assert main([str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["classify"]["1"]["dir_at_far1"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identity": None}, "no array 'identity'"),
        ({"photo": np.arange(3)}, "'photo' has the shape (3,), not (74,)"),
        ({"embedding": np.ones(74)}, "A matrix (n, d) is needed"),
        ({"embedding": np.full((74, 4), np.nan)}, "Row 0 is zero or not finite"),
        ({"embedding": np.array([["a"] * 4] * 74)}, "could not convert"),
        ({"embedding": np.ones((0, 4))}, "has no faces"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], reason: str
) -> None:
    assert main([str(saved(tmp_path, **changes))]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"", b"no matrix", b"PK\x03\x04 cut off"])
def test_files_that_are_no_matrix_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = tmp_path / "matrix.npz"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_single_array_is_no_matrix_of_known_faces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "matrix.npy"
    np.save(path, np.ones((3, 4)))
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_matrices_come_as_unit_vectors_with_people_from_1(tmp_path: Path) -> None:
    half = made_up_people([5, 5])[0].astype(np.float16)
    names = np.repeat(["b", "a"], 5)
    faces = read_matrix(saved(tmp_path, embedding=half, identity=names, photo=np.arange(10)))
    assert faces.embeddings.dtype == np.float32
    assert np.linalg.norm(faces.embeddings, axis=1) == pytest.approx(1)
    assert faces.identities.tolist() == [2] * 5 + [1] * 5
    assert faces.model == ""


def test_as_many_labels_are_drawn_of_each_person_as_there_are() -> None:
    people = np.array([1, 1, 1, 0, 2, 0, 2])
    given = draw_labels(people, 2, seed=1)
    assert np.bincount(given, minlength=3).tolist()[1:] == [2, 2]
    assert (given[given != 0] == people[given != 0]).all()
    assert (draw_labels(people, 2, seed=1) == given).all()
