"""Embeddings for tests: made-up people, and real ones from press photos."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.recognition.classification import NOBODY, Classes
from faces.recognition.embeddings import Matrix, unit_rows
from faces.recognition.metrics import fitted_metric

Ints = NDArray[np.int64]

# Made-up faces vary along the axes that this model's metric knows, as real ones do.
MODEL = "dlib-resnet-128"
# How far made-up people are from each other, and their faces from them, beside real ones: they
# are easy to tell.
DISTANCE, SPREAD = 2.0, 0.4


def made_up_people(
    sizes: Sequence[int], *, seed: int = 0, spread: float = SPREAD
) -> tuple[Matrix, Ints]:
    """Return unit embeddings (n, 128) and who each is (n,), ``sizes`` faces of each person."""
    metric = fitted_metric(MODEL)
    assert metric is not None
    random = np.random.default_rng(seed)
    people = np.repeat(np.arange(len(sizes)), sizes)
    axes = len(metric.between)
    centres = random.normal(size=(max(1, len(sizes)), axes)) * np.sqrt(metric.between) * DISTANCE
    places = centres[people] + spread * random.normal(size=(len(people), axes))
    return unit_rows(places @ np.linalg.pinv(metric.axes) + metric.centre), people


def press_photos(
    shared: Path, *, people: int, seed: int = 0, at_least: int = 1
) -> tuple[Matrix, Ints, Ints]:
    """Return embeddings, identities and photos of some people of LFW under dlib's model."""
    data = np.load(shared / "embeddings" / "lfw-dlib128-dev.npz")
    identities, counts = np.unique(data["identity"], return_counts=True)
    random = np.random.default_rng(seed)
    chosen = random.choice(identities[counts >= at_least], people, replace=False)
    rows = np.isin(data["identity"], chosen)
    return (
        unit_rows(data["embedding"][rows]),
        data["identity"][rows].astype(np.int64),
        data["photo"][rows].astype(np.int64),
    )


def partition(labels: Iterable[int], rows: Iterable[int], *, nobody: int) -> set[frozenset[int]]:
    """Return the groups of rows that a labelling makes, whatever its numbers."""
    groups: dict[int, set[int]] = {}
    for label, row in zip(labels, rows, strict=True):
        if label != nobody:
            groups.setdefault(int(label), set()).add(int(row))
    return {frozenset(group) for group in groups.values()}


def bcubed_f(labels: Ints, people: Ints, *, nobody: int) -> float:
    """Return BCubed F of a clustering; every face without a cluster is a cluster of its own."""
    alone = labels == nobody
    labels = np.where(alone, labels.max(initial=0) + 1 + np.arange(len(labels)), labels)
    both = Counter(zip(labels.tolist(), people.tolist(), strict=True))
    of_label, of_person = Counter(labels.tolist()), Counter(people.tolist())
    precision = sum(n * n / of_label[label] for (label, _), n in both.items()) / len(labels)
    recall = sum(n * n / of_person[person] for (_, person), n in both.items()) / len(labels)
    return 2 * precision * recall / (precision + recall)


def classes_of(people: Any, probabilities: Any) -> Classes:
    """Guesses (n,) with their probabilities, and nobody second."""
    people = np.asarray(people, dtype=np.int64)
    nobody = np.full(len(people), NOBODY)
    return Classes(people, np.asarray(probabilities, dtype=float), nobody, np.zeros(len(people)))
