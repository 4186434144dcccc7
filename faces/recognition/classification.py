"""Classifying faces among the people who have labels, or as nobody among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from faces.recognition.embeddings import Matrix
from faces.recognition.exclusion import surplus_in_photo

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ClassifierName = Literal["knn", "svm"]

NOBODY = 0
# Log-odds that a face is the person it is nearest to: from its distance to this person's nearest
# exemplars, and how much farther the next person is. A logistic regression on press photos and on
# family photos (halves of LFW and FIW under dlib's model; 20 people known by 1 to 5 labels, as
# many of their faces as of strangers').
PRIOR_CONSTANT, PRIOR_DISTANCE, PRIOR_MARGIN = 18.8, -50.8, 16.7
# Exemplars that a distance is averaged over: two, so that one wrong label does not decide.
NEAREST_EXEMPLARS = 2
SMALLEST = np.finfo(np.float64).tiny  # the least probability above 0
BLOCK_ENTRIES = 10_000_000  # distances held at a time: 40 MB


@dataclass(frozen=True)
class Classes:
    """For each of n faces the likeliest person and the probability that it is right."""

    people: Ints  # (n,), NOBODY where the probability is below the threshold
    probabilities: Floats  # (n,), 0 for NOBODY


def classify_faces(
    embeddings: Matrix,
    photos: Ints,
    people: Ints,
    *,
    rejected: Sequence[tuple[int, int]] = (),
    classifier: ClassifierName = "knn",
    min_probability: float = 0.5,
) -> Classes:
    """Say who each unlabelled face is, if it is anybody who has labels.

    ``embeddings`` (n, d) are unit length, ``photos`` (n,) ids of photos, ``people`` (n,) ids of
    the labels, NOBODY where there is none; labelled faces are the examples and get no answer.
    ``rejected`` are pairs (row, person) that a human has ruled out. A person who is labelled in a
    photo is nobody else there, and of two faces of a photo only the likelier can be the person.
    """
    answers = Classes(np.full(len(people), NOBODY, dtype=np.int64), np.zeros(len(people)))
    known, unlabelled = np.flatnonzero(people != NOBODY), np.flatnonzero(people == NOBODY)
    if len(known) == 0 or len(unlabelled) == 0:
        return answers
    columns = np.unique(people[known])
    distances = _distances(embeddings[unlabelled], embeddings[known], people[known], columns)
    distances[_barred(photos, people, columns, rejected)[unlabelled]] = np.inf
    chosen = _choose(
        embeddings[unlabelled], embeddings[known], people[known], distances, classifier
    )
    probabilities = _probabilities(distances, chosen)
    # Where all who have labels are ruled out, it is nobody, even at a threshold of 0.
    guessed = np.where(probabilities >= max(min_probability, SMALLEST), columns[chosen], NOBODY)
    surplus = surplus_in_photo(guessed, probabilities, photos[unlabelled], nobody=NOBODY)
    guessed[surplus] = NOBODY
    answers.people[unlabelled] = guessed
    answers.probabilities[unlabelled] = np.where(guessed == NOBODY, 0.0, probabilities)
    return answers


def _distances(embeddings: Matrix, known: Matrix, known_people: Ints, columns: Ints) -> Floats:
    """Return (n, people) mean distances to the nearest exemplars of each person."""
    result = np.empty((len(embeddings), len(columns)))
    exemplars = [np.flatnonzero(known_people == person) for person in columns]
    block = max(1, BLOCK_ENTRIES // len(known))
    for start in range(0, len(embeddings), block):
        rows = slice(start, start + block)
        similarity = embeddings[rows] @ known.T
        apart = np.sqrt(np.clip(2 - 2 * similarity, 0, None))
        for column, own in enumerate(exemplars):
            nearest = min(NEAREST_EXEMPLARS, len(own))
            closest = np.partition(apart[:, own], nearest - 1, axis=1)[:, :nearest]
            result[rows, column] = closest.mean(axis=1)
    return result


def _barred(
    photos: Ints, people: Ints, columns: Ints, rejected: Sequence[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Return (n, people): who a face cannot be, by rejections and labels in the same photo."""
    barred = np.zeros((len(photos), len(columns)), dtype=bool)
    column_of = {int(person): column for column, person in enumerate(columns)}
    for row, person in rejected:
        if person in column_of:
            barred[row, column_of[person]] = True
    rows_of: dict[int, list[int]] = {}
    for row, photo in enumerate(photos.tolist()):
        rows_of.setdefault(photo, []).append(row)
    for row in np.flatnonzero(people != NOBODY).tolist():
        barred[rows_of[int(photos[row])], column_of[int(people[row])]] = True
    return barred


def _choose(
    embeddings: Matrix,
    known: Matrix,
    known_people: Ints,
    distances: Floats,
    classifier: ClassifierName,
) -> Ints:
    """Return (n,) columns of the person that the classifier likes best among those allowed."""
    people = distances.shape[1]
    if people == 1:
        return np.zeros(len(embeddings), dtype=np.int64)
    allowed = np.isfinite(distances)
    if classifier == "knn":
        fewest = int(np.unique(known_people, return_counts=True)[1].min())
        # No more votes than the rarest person has labels, lest a frequent one outvote it.
        knn = KNeighborsClassifier(n_neighbors=min(5, fewest), weights="distance")
        scores = knn.fit(known, known_people).predict_proba(embeddings)
        # Where no neighbour votes for anybody allowed, the nearest person is chosen.
        scores = scores - distances.clip(max=2) * 1e-3
    else:
        svm = SVC(kernel="linear", decision_function_shape="ovr", class_weight="balanced")
        scores = svm.fit(known, known_people).decision_function(embeddings)
        if people == 2:
            scores = np.column_stack([-scores, scores])
    chosen: Ints = np.where(allowed, scores, -np.inf).argmax(axis=1)
    return chosen


def _probabilities(distances: Floats, chosen: Ints) -> Floats:
    """Return (n,) calibrated probabilities that the chosen column is right."""
    rows = np.arange(len(chosen))
    own = distances[rows, chosen]
    others = distances.copy()
    others[rows, chosen] = np.inf
    # Unit vectors are at most 2 apart; unrelated people are about 0.75 apart under this model.
    runner_up = others.min(axis=1).clip(max=0.75)
    evidence = PRIOR_CONSTANT + PRIOR_DISTANCE * own + PRIOR_MARGIN * (runner_up - own)
    return np.where(np.isfinite(own), expit(np.where(np.isfinite(own), evidence, 0)), 0.0)
