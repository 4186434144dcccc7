"""What became of hidden labels."""

import numpy as np
import pytest

from faces.recognition.classification import NOBODY, Classes
from faces.recognition.evaluation.hidden import score_hidden
from tests.embeddings import classes_of

ANN, BOB, ZOE = 1, 2, 3


def answers(*pairs: tuple[int, float]) -> Classes:
    return classes_of([who for who, _ in pairs], [sure for _, sure in pairs])


def test_labels_are_named_rightly_or_wrongly_or_left_open() -> None:
    people = np.array([ANN, ANN, ANN, BOB, BOB, NOBODY])
    guesses = answers((ANN, 0.9), (ANN, 0.3), (BOB, 0.8), (NOBODY, 0), (BOB, 0.5), (NOBODY, 0))
    hidden = score_hidden(people, guesses, min_probability=0.5)
    assert (hidden.people, hidden.labels) == (2, 5)
    assert (hidden.right, hidden.wrong) == (2, 1)
    assert hidden.only_labels == hidden.only_named == 0


def test_the_only_label_of_a_person_counts_apart() -> None:
    people = np.array([ANN, ANN, BOB, ZOE])
    guesses = answers((ANN, 0.9), (ANN, 0.9), (ANN, 0.6), (ANN, 0.4))
    hidden = score_hidden(people, guesses, min_probability=0.5)
    assert (hidden.labels, hidden.right, hidden.wrong) == (2, 2, 0)
    assert (hidden.only_labels, hidden.only_named) == (2, 1)


def test_the_curve_is_of_all_guesses_and_of_guesses_alone() -> None:
    people = np.array([ANN, ANN, BOB, BOB])
    guesses = answers((ANN, 0.96), (BOB, 0.94), (BOB, 0.2), (NOBODY, 0))
    curve = score_hidden(people, guesses, min_probability=0.5).curve
    assert curve.counts.tolist() == [1, 2]
    assert curve.probabilities == pytest.approx([0.2, 0.95])
    assert curve.right == pytest.approx([1, 0.5])


def test_without_labels_there_is_nothing_to_hide() -> None:
    for people in (np.empty(0, dtype=np.int64), np.array([NOBODY, NOBODY])):
        nothing = classes_of(np.full(len(people), NOBODY), np.zeros(len(people)))
        hidden = score_hidden(people, nothing, min_probability=0.5)
        assert (hidden.people, hidden.labels, hidden.only_labels) == (0, 0, 0)
        assert hidden.curve.error == 0
