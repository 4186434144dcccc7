"""face_recognition's tolerance: the same meaning between unit vectors."""

import numpy as np
import pytest

from faces.recognition.classification import NOBODY
from faces.recognition.tolerance import USUAL_LENGTH, within_tolerance
from tests.embeddings import classes_of

ANN, BOB = 1, 2
MODEL = "dlib-resnet-128"


def at(degrees: float) -> list[float]:
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


# Two labels, and three faces that are guessed to be theirs.
EMBEDDINGS = np.array([at(0), at(90), at(10), at(40), at(85)], dtype=np.float32)
LABELS = np.array([ANN, BOB, NOBODY, NOBODY, NOBODY])
GUESSES = classes_of([NOBODY, NOBODY, ANN, ANN, BOB], [0, 0, 0.9, 0.8, 0.7])


def guessed(tolerance: float, model: str = MODEL) -> list[int]:
    kept = within_tolerance(GUESSES, EMBEDDINGS, LABELS, tolerance=tolerance, model=model)
    assert ((kept.probabilities == 0) == (kept.people == NOBODY)).all()
    names: list[int] = kept.people.tolist()
    return names[2:]


def test_no_tolerance_leaves_all_guesses() -> None:
    assert guessed(0) == [ANN, ANN, BOB]


@pytest.mark.parametrize("degrees", [5, 10, 40])
def test_a_guess_stands_from_the_distance_that_face_recognition_would_measure(
    degrees: float,
) -> None:
    distance = USUAL_LENGTH[MODEL] * 2 * np.sin(np.radians(degrees) / 2)
    kept = [degrees >= each for each in (10, 40, 5)]
    for slack, expected in ((1.001, kept), (0.999, [degrees > each for each in (10, 40, 5)])):
        names = guessed(distance * slack)
        assert [name != NOBODY for name in names] == expected


def test_under_another_model_it_is_the_distance_between_unit_vectors() -> None:
    assert guessed(2 * np.sin(np.radians(20) / 2), "w600k-mbf-512") == [ANN, NOBODY, BOB]
