"""Classifiers that choose between people of whom the evidence says nearly as much."""

from collections.abc import Callable
from typing import Literal
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from faces.recognition.embeddings import Matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ClassifierName = Literal["knn", "svm"]
Scores = Callable[[Matrix], Floats]

NEIGHBOURS = 5  # that vote, or as many as the rarest person has labels


def fitted_classifier(
    name: ClassifierName, points: Matrix, columns: Ints, keep_going: Callable[[], None]
) -> Scores:
    """Return what scores faces (m, r) for each of p >= 2 people (m, p).

    ``points`` (n, r) are of faces of the people ``columns`` (n,), numbered from 0 without gaps.
    """
    if name == "knn":
        return _neighbours(points, columns)
    return _planes(points, columns, keep_going)


def _neighbours(points: Matrix, columns: Ints) -> Scores:
    # No more votes than the rarest person has labels, lest a frequent one outvote it.
    fewest = int(np.bincount(columns).min())
    knn = KNeighborsClassifier(min(NEIGHBOURS, fewest), weights="distance")
    with catch_warnings():
        # It takes many people with one label each for a regression.
        simplefilter("ignore", UserWarning)
        scores: Scores = knn.fit(points, columns).predict_proba
    return scores


def _planes(points: Matrix, columns: Ints, keep_going: Callable[[], None]) -> Scores:
    """Fit a support vector machine for each person against all others, one at a time.

    It is what LinearSVC fits for several classes, rare people weighing more, but thousands of
    people take a minute, and ``keep_going`` is called before each.
    """
    counts = np.bincount(columns)
    planes, offsets = np.empty((len(counts), points.shape[1])), np.empty(len(counts))
    for column, weight in enumerate(len(columns) / (len(counts) * counts)):
        keep_going()
        svm = LinearSVC(class_weight={True: weight}, random_state=0)
        with catch_warnings():
            # A plane that is not found to the last digit chooses as well.
            simplefilter("ignore", ConvergenceWarning)
            svm.fit(points, columns == column)
        planes[column], offsets[column] = svm.coef_[0], svm.intercept_[0]

    def scores(faces: Matrix) -> Floats:
        distances: Floats = faces @ planes.T + offsets
        return distances

    return scores
