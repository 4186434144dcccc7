"""Choosing between people: as scikit-learn does for all at once, but it can be ended between."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from faces.recognition.choosing import ClassifierName, Ints, fitted_classifier
from faces.recognition.embeddings import Matrix


def people_in_a_plane(count: int, faces: int) -> tuple[Matrix, Ints]:
    random = np.random.default_rng(0)
    columns = np.repeat(np.arange(count), faces)
    centres = random.normal(size=(count, 5))
    noise = 0.5 * random.normal(size=(len(columns), 5))
    return (centres[columns] + noise).astype(np.float32), columns


def test_planes_are_those_of_a_support_vector_machine_for_all_people_at_once() -> None:
    points, columns = people_in_a_plane(6, 8)
    points, columns = points[:-5], columns[:-5]  # the last is seen less often
    scores = fitted_classifier("svm", points, columns, lambda: None)(points)
    at_once = LinearSVC(class_weight="balanced").fit(points, columns)
    assert scores == pytest.approx(at_once.decision_function(points), abs=1e-3)


@pytest.mark.parametrize("name", ["knn", "svm"])
def test_faces_are_scored_highest_for_their_own_people(name: ClassifierName) -> None:
    points, columns = people_in_a_plane(2, 8)
    scores = fitted_classifier(name, points, columns, lambda: None)(points)
    assert scores.shape == (16, 2)
    assert (scores.argmax(axis=1) == columns).mean() > 0.9


def test_fitting_can_be_ended_between_two_people() -> None:
    points, columns = people_in_a_plane(6, 8)
    calls = 0

    def keep_going() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fitted_classifier("svm", points, columns, keep_going)
    assert calls == 3
