"""Other applications' published rules, and plain ones, as methods for a matrix of embeddings.

The rules themselves lie outside the project, in a folder of Python files, each with a function
``run(embeddings, ...)``; here is only how each is asked. Thresholds that their makers do not
give for a model are those that serve them best on press photos under it, which favours them.
"""

import importlib.util
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.svm import SVC

from faces.recognition.evaluation.effort import NO_CLUSTER, NOBODY, Rejections, Trained
from faces.recognition.evaluation.measuring import SHOWN

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Guesses = tuple[Ints, Floats]
Train = Callable[[Ints, Rejections], Trained]
Answers = Sequence[int | None]
Rules = dict[str, ModuleType]


@dataclass(frozen=True)
class Peer:
    """One method; what it cannot do is None. Embeddings (n, d) are as the model gives them."""

    name: str
    cluster: Callable[[Floats], Ints] | None = None
    classify: Callable[[Floats, Ints], Guesses] | None = None
    trainer: Callable[[Floats], Train] | None = None
    probabilities: bool = False  # whether scores of guesses are meant as probabilities
    fewest_labels: int = 1


@dataclass(frozen=True)
class Thresholds:
    """What each rule is told for a model."""

    linkage: float  # distance of unit vectors
    immich: float  # cosine distance
    whispers: float  # distance, of dlib's raw vectors, of others' unit vectors
    whispers_normalise: bool
    photoprism: str | None  # its preset; None for a model that it has none for


DLIB = Thresholds(0.36, 0.054, 0.46, whispers_normalise=False, photoprism=None)
ARCFACE = Thresholds(1.15, 0.5, 1.07, whispers_normalise=True, photoprism="2026:arcface_mbf")
FILES = ("librephotos", "immich", "photoprism", "ente", "chinese_whispers")


def load_rules(folder: Path) -> Rules:
    """Return the rules that the folder's files hold, by name; FileNotFoundError."""
    return {name: _module(folder / f"{name}.py") for name in FILES}


def peers(rules: Rules, model: str) -> list[Peer]:
    """Return the methods that a model's embeddings can be given to."""
    told = DLIB if model.startswith("dlib") else ARCFACE
    found = [
        _librephotos(rules["librephotos"]),
        _immich(rules["immich"], told.immich),
        _relabelling(
            "Chinese Whispers",
            rules["chinese_whispers"],
            threshold=told.whispers,
            normalise=told.whispers_normalise,
        ),
    ]
    if told.photoprism:
        found.append(_relabelling("PhotoPrism", rules["photoprism"], preset=told.photoprism))
        found.append(_relabelling("Ente", rules["ente"]))
    return found


def plain(model: str) -> list[Peer]:
    """Return what a textbook offers: average linkage, the nearest mean, an SVM."""
    cut = (DLIB if model.startswith("dlib") else ARCFACE).linkage

    def cluster(embeddings: Floats) -> Ints:
        tree = linkage(_unit(embeddings), "average")
        return np.asarray(fcluster(tree, cut, "distance"), dtype=np.int64)

    def classify(embeddings: Floats, labels: Ints) -> Guesses:
        return _nearest_mean(embeddings, labels, cut)

    def trainer(embeddings: Floats) -> Train:
        clusters = cluster(embeddings)

        def train(labels: Ints, _: Rejections) -> Trained:
            guesses, scores = classify(embeddings, labels)
            shown = (scores >= SHOWN) & (labels == NOBODY)
            return Trained(clusters, np.where(shown, guesses, NOBODY))

        return train

    return [
        Peer("average linkage, nearest mean", cluster, classify, trainer),
        Peer("SVC", classify=_svc, probabilities=True, fewest_labels=3),
    ]


def _module(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist.")
    spec = importlib.util.spec_from_file_location(f"peer_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _librephotos(rules: ModuleType) -> Peer:
    def cluster(embeddings: Floats) -> Ints:
        return np.asarray(rules.hdbscan_labels(embeddings, rules.Settings()))

    def classify(embeddings: Floats, labels: Ints) -> Guesses:
        people, scores = np.zeros(len(labels), dtype=np.int64), np.zeros(len(labels))
        known = labels != NOBODY
        model = rules.fit_mlp(embeddings[known], labels[known])
        people[~known], scores[~known] = rules.predict(model, embeddings[~known])
        return people, scores

    def trainer(embeddings: Floats) -> Train:
        clusters = cluster(embeddings)

        def train(labels: Ints, _: Rejections) -> Trained:
            # Its clusters do not depend on labels: once is enough.
            with patch.object(rules, "hdbscan_labels", lambda *_: clusters.copy()):
                groups = rules.run(embeddings, _optional(labels))["group"]
            return _trained(groups, labels)

        return train

    return Peer("LibrePhotos", cluster, classify, trainer, probabilities=True)


def _immich(rules: ModuleType, distance: float) -> Peer:
    def cluster(embeddings: Floats) -> Ints:
        return _clusters(rules.run(embeddings, distance))

    def trainer(embeddings: Floats) -> Train:
        clusters = cluster(embeddings)

        def train(labels: Ints, _: Rejections) -> Trained:
            # Persons that it made and nobody has named yet stay; what was taken out of one
            # that has been named is looked at again.
            touched = np.isin(clusters, clusters[labels != NOBODY])
            unnamed = (clusters != NO_CLUSTER) & ~touched
            persons = np.where(unnamed, labels.max(initial=0) + 1 + clusters, labels)
            answers = rules.run(embeddings, distance, mode="missing", existing=_optional(persons))
            return _trained(answers, labels)

        return train

    return Peer("Immich", cluster, trainer=trainer)


def _relabelling(name: str, rules: ModuleType, **settings: Any) -> Peer:
    """Return a method that is run with the labels, which then spread."""

    def cluster(embeddings: Floats) -> Ints:
        return _clusters(rules.run(embeddings, **settings))

    def trainer(embeddings: Floats) -> Train:
        return lambda labels, _: _trained(
            rules.run(embeddings, _optional(labels), **settings), labels
        )

    return Peer(name, cluster, trainer=trainer)


def _nearest_mean(embeddings: Floats, labels: Ints, cut: float) -> Guesses:
    """Return the person with the nearest mean; a score of 0.5 means ``cut`` apart."""
    people = np.unique(labels[labels != NOBODY])
    if len(people) == 0:
        return np.zeros(len(labels), dtype=np.int64), np.zeros(len(labels))
    rows = _unit(embeddings)
    means = np.stack([rows[labels == person].mean(axis=0) for person in people])
    similarity = rows @ _unit(means).T
    nearest = similarity.argmax(axis=1)
    apart = np.sqrt(np.clip(2 - 2 * similarity[np.arange(len(rows)), nearest], 0, None))
    return people[nearest], np.clip(1 - apart / (2 * cut), 0, 1)


def _svc(embeddings: Floats, labels: Ints) -> Guesses:
    """Classify as face_recognition's example does; the probability is the predicted person's."""
    known = labels != NOBODY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its probabilities are on the way out
        model = SVC(gamma="scale", probability=True, random_state=0)
        model.fit(embeddings[known], labels[known])
        people = model.predict(embeddings).astype(np.int64)
        columns = np.searchsorted(model.classes_, people)
        scores = model.predict_proba(embeddings)[np.arange(len(people)), columns]
    return people, scores


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths


def _optional(people: Ints) -> Answers:
    return [None if person == NOBODY else person for person in people.tolist()]


def _clusters(answers: Answers) -> Ints:
    return np.array([NO_CLUSTER if answer is None else answer for answer in answers])


def _trained(answers: Answers, labels: Ints) -> Trained:
    """Return answers as guesses, where they are people who have labels, and else as clusters."""
    found = _clusters(answers)
    known = np.isin(found, labels[labels != NOBODY])
    _, numbers = np.unique(found, return_inverse=True)
    return Trained(
        clusters=np.where(known | (found == NO_CLUSTER), NO_CLUSTER, numbers),
        guesses=np.where(known & (labels == NOBODY), found, NOBODY),
    )
