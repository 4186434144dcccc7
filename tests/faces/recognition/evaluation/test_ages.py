"""How well people are known again years later."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from faces.recognition.evaluation.ages import draw, evaluation, main
from faces.recognition.evaluation.matrices import KnownFaces

IDENTITIES = np.repeat(np.arange(1, 13), 8)
YOUNG = np.tile(np.arange(8) < 4, 12)
KNOWN = np.isin(IDENTITIES, range(1, 7))


def library() -> KnownFaces:
    """Twelve people, the last six of whom are not often seen young."""
    random = np.random.default_rng(0)
    centres = np.eye(12)[IDENTITIES - 1] * 4
    grown = np.eye(24)[12 + IDENTITIES - 1, 12:] * np.where(YOUNG, 4, 0)[:, None]
    points = np.hstack([centres, grown]) + random.normal(scale=0.1, size=(96, 24))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return KnownFaces(points.astype(np.float32), np.arange(96), IDENTITIES, "")


def young() -> NDArray[np.bool_]:
    few = ~KNOWN & YOUNG & (np.arange(96) % 4 != 0)
    ages: NDArray[np.bool_] = YOUNG & ~few
    return ages


@pytest.mark.parametrize("spread", ["young", "adult", "across"])
def test_labels_are_of_the_asked_ages_and_never_hidden(spread: str) -> None:
    given, hidden = draw(IDENTITIES, young(), spread, 2, seed=1)
    labelled = given != 0
    assert not (labelled & hidden).any()
    assert (given[labelled] == IDENTITIES[labelled]).all()
    assert labelled.sum() == 12
    share = YOUNG[labelled].mean()
    assert share == {"young": 1.0, "adult": 0.0, "across": 0.5}[spread]
    for person in range(1, 7):
        assert sorted(YOUNG[hidden & (person == IDENTITIES)]) == [False, True]


def test_labels_at_both_ages_know_both() -> None:
    found = evaluation(library(), young())
    assert found["known_people"] == 6
    nearest = found["nearest_label"]
    assert isinstance(nearest, dict)
    assert nearest["across"]["2"]["both"] >= nearest["young"]["2"]["both"]
    assert nearest["across"]["2"]["both"] == 1.0


def test_a_matrix_without_ages_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faces = library()
    arrays: dict[str, Any] = {
        "embedding": faces.embeddings,
        "identity": IDENTITIES,
        "photo": faces.photos,
    }
    np.savez(tmp_path / "all.npz", **arrays)
    assert main([str(tmp_path / "all.npz")]) == 2
    assert "'young'" in capsys.readouterr().err
    np.savez(tmp_path / "ages.npz", young=young(), **arrays)
    assert main([str(tmp_path / "ages.npz")]) == 0
    assert json.loads(capsys.readouterr().out)["known_people"] == 6
