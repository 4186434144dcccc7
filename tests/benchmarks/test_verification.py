"""The benchmark of verification: thresholds, and what a photo without a face counts as."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import verification
from benchmarks.verification import (
    NO_FACE,
    accuracy,
    best_threshold,
    nearest_centre,
    read_pairs,
    true_accepts,
)
from faces.recognition.geometry import Box


def test_the_face_nearest_the_centre_is_compared() -> None:
    corner, middle, large = Box(0, 0, 0.2, 0.2), Box(0.4, 0.4, 0.3, 0.1), Box(0, 0, 0.8, 0.8)
    assert nearest_centre([corner, middle, large]) == 1


def test_the_best_threshold_parts_pairs_whatever_their_numbers() -> None:
    similarities = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.2, 0.3, 0.65])
    same = np.array([True, True, True, False, False, False, False, False])
    assert best_threshold(similarities, same) == 0.7


def test_accuracy_counts_both_kinds_alike_and_a_missing_face_as_wrong() -> None:
    same = np.arange(300) < 100
    similarities = np.where(same, 0.9, 0.1)
    assert accuracy(similarities, same) == 1
    similarities[:10] = NO_FACE  # of 100 that are the same
    similarities[100:120] = NO_FACE  # of 200 that are not
    assert accuracy(similarities, same) == pytest.approx(0.9, abs=0.002)


def test_true_accepts_are_above_all_but_a_thousandth_of_the_others() -> None:
    same = np.arange(2100) < 100
    similarities = np.where(same, 0.8, 0.1)
    similarities[-2:] = 0.95  # a thousandth of 2000
    similarities[:5] = NO_FACE
    assert true_accepts(similarities, same) == 0.95
    similarities[-3] = 0.85
    assert true_accepts(similarities, same) == 0


def test_pairs_are_read(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("a,b,same\na/1.jpg,a/2.jpg,1\na/1.jpg,b/1.jpg,0\n")
    assert read_pairs(tmp_path) == [("a/1.jpg", "a/2.jpg", True), ("a/1.jpg", "b/1.jpg", False)]


def test_a_folder_without_pairs_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verification.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
