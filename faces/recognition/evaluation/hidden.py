"""How well labels are guessed that are hidden for a moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.recognition.classification import NOBODY, Classes
from faces.recognition.evaluation.scores import Calibration, calibration

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class HiddenLabels:
    """What became of labels that were hidden, each while its person's other labels were known."""

    people: int  # who have labels
    labels: int  # of people who have another
    right: int  # named, and rightly
    wrong: int  # named as somebody else; the others were left open
    only_labels: int  # of people who have no other: while hidden, nobody can know them
    only_named: int  # of these, all the same named as somebody
    curve: Calibration  # of all guesses, those below the threshold too


def score_hidden(people: Ints, answers: Classes, *, min_probability: float) -> HiddenLabels:
    """Compare labels (n,), NOBODY where there is none, with what ``hold_out`` answers for them."""
    rows = np.flatnonzero(people != NOBODY)
    _, person, counts = np.unique(people[rows], return_inverse=True, return_counts=True)
    only = counts[person] == 1
    guesses, probabilities = answers.people[rows], answers.probabilities[rows]
    guessed = guesses != NOBODY
    named = guessed & (probabilities >= min_probability)
    right = guesses == people[rows]
    return HiddenLabels(
        people=len(counts),
        labels=int((~only).sum()),
        right=int((named & right).sum()),
        wrong=int((named & ~right & ~only).sum()),
        only_labels=int(only.sum()),
        only_named=int((named & only).sum()),
        curve=calibration(probabilities[guessed], right[guessed]),
    )
