"""How well people are known again years later, from labels of one age or of several.

``python -m faces.recognition.evaluation.ages MATRIX.npz`` prints one JSON object; the matrix also
says which faces are ``young`` (n,), the others being the same people years later.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.recognition.evaluation.matrices import (
    InvalidMatrixError,
    KnownFaces,
    read_extra,
    read_matrix,
)
from faces.recognition.evaluation.measuring import NOBODY, Classify, classify
from faces.recognition.evaluation.scores import dir_at_far

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

LABELS = (1, 2, 3, 4, 5)
FACES_AT_EACH_AGE = 3  # of people who are known; one at each age is never labelled
SEEDS = 5
SPREADS = ("young", "adult", "across")  # where the labels are of


def evaluation(faces: KnownFaces, young: Booleans) -> dict[str, object]:
    """Return shares of hidden faces rightly named where 1 % of strangers' faces are, by method."""
    return {
        "known_people": len(_known_people(faces.identities, young)),
        "strangers_faces": int((~_known(faces.identities, young)).sum()),
        "shipped": _by_labels(lambda given: classify(faces, given), faces, young),
        "mean_of_labels": _by_labels(lambda given: by_mean(faces, given), faces, young),
        "nearest_label": _by_labels(lambda given: by_nearest(faces, given), faces, young),
    }


def by_mean(faces: KnownFaces, labels: Ints) -> tuple[Ints, Floats]:
    """Return whose mean of labelled faces each face (n,) is nearest to, and their cosine."""
    known = labels != NOBODY
    people, column = np.unique(labels[known], return_inverse=True)
    sums = np.zeros((len(people), faces.embeddings.shape[1]))
    np.add.at(sums, column, faces.embeddings[known])
    cosines = faces.embeddings @ (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T
    return people[cosines.argmax(axis=1)], cosines.max(axis=1).astype(np.float64)


def by_nearest(faces: KnownFaces, labels: Ints) -> tuple[Ints, Floats]:
    """Return whose labelled face each face (n,) is nearest to, and their cosine."""
    known = np.flatnonzero(labels != NOBODY)
    cosines = faces.embeddings @ faces.embeddings[known].T
    return labels[known][cosines.argmax(axis=1)], cosines.max(axis=1).astype(np.float64)


def _by_labels(method: Classify, faces: KnownFaces, young: Booleans) -> dict[str, object]:
    return {
        spread: {str(labels): _scores(method, faces, young, spread, labels) for labels in LABELS}
        for spread in SPREADS
    }


def _scores(
    method: Classify, faces: KnownFaces, young: Booleans, spread: str, labels: int
) -> dict[str, float]:
    """Return the share named rightly of hidden young and of hidden adult faces; means of draws."""
    known = _known(faces.identities, young)
    draws = []
    for seed in range(SEEDS):
        given, hidden = draw(faces.identities, young, spread, labels, seed=seed)
        people, sureness = method(given)
        rates = []
        for age in (young, ~young):
            asked = (hidden & age) | ~known
            found = dir_at_far(
                people[asked], sureness[asked], faces.identities[asked], ~known[asked]
            )
            rates.append(found.rate)
        each = np.count_nonzero(given) / len(_known_people(faces.identities, young))
        draws.append((*rates, each))
    of_young, of_adult, labels_each = np.mean(draws, axis=0).tolist()
    return {
        "young": of_young,
        "adult": of_adult,
        "both": (of_young + of_adult) / 2,
        "labels_each": labels_each,  # who has fewer faces has fewer labels
    }


def draw(
    identities: Ints, young: Booleans, spread: str, labels: int, *, seed: int
) -> tuple[Ints, Booleans]:
    """Return labels (n,) of known people at random, and which faces are hidden: one at each age.

    ``spread`` says of which age the labels are; ``across`` takes both in turn, from either.
    """
    random = np.random.default_rng(seed)
    given = np.full(len(identities), NOBODY, dtype=np.int64)
    hidden = np.zeros(len(identities), dtype=bool)
    for person in _known_people(identities, young).tolist():
        own = random.permutation(np.flatnonzero(identities == person))
        ages = [own[young[own]], own[~young[own]]]
        for age in ages:
            hidden[age[0]] = True
        first = int(random.integers(2))
        left = {"young": [ages[0][1:]], "adult": [ages[1][1:]]}.get(
            spread, [ages[first][1:], ages[1 - first][1:]]
        )
        turns = [face for turn in _in_turn(left) for face in turn]
        given[turns[:labels]] = person
    return given, hidden


def _in_turn(lists: list[Ints]) -> list[list[int]]:
    longest = max(map(len, lists))
    return [[int(each[at]) for each in lists if at < len(each)] for at in range(longest)]


def _known_people(identities: Ints, young: Booleans) -> Ints:
    """Return the people who have faces enough at both ages."""
    count = int(identities.max(initial=0)) + 1
    at_least = np.minimum(
        np.bincount(identities[young], minlength=count),
        np.bincount(identities[~young], minlength=count),
    )
    return np.flatnonzero(at_least >= FACES_AT_EACH_AGE)


def _known(identities: Ints, young: Booleans) -> Booleans:
    return np.isin(identities, _known_people(identities, young))


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON object; return the exit code, 2 for a file that cannot be evaluated."""
    parser = argparse.ArgumentParser(prog="python -m faces.recognition.evaluation.ages")
    parser.add_argument("matrix", type=Path, help="embedding, identity, photo and young")
    path = parser.parse_args(arguments).matrix
    try:
        faces = read_matrix(path)
        young = read_extra(path, "young", len(faces)).astype(bool)
    except InvalidMatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    json.dump(evaluation(faces, young), sys.stdout)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
