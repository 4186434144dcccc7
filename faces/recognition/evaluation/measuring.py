"""Train's mathematics with the shipped defaults, measured where the truth is known."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from faces.recognition.classification import classify_faces
from faces.recognition.clustering import cluster_faces
from faces.recognition.evaluation.effort import (
    NO_CLUSTER,
    Different,
    Effort,
    Method,
    Party,
    Rejections,
    Trained,
    user_effort,
)
from faces.recognition.evaluation.matrices import KnownFaces
from faces.recognition.evaluation.scores import (
    Agreement,
    bcubed,
    calibration,
    dir_at_far,
    moved_share,
    pairwise,
    same_partition,
)
from faces.recognition.merging import candidate_pairs, questions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# (labels (n,), 0 for none) -> the likeliest person of each face (n,), its probability (n,).
Classify = Callable[[Ints], tuple[Ints, Floats]]
Result = TypeVar("Result")

FACES_OF_KNOWN = 10  # people with fewer are strangers
LABELS = (1, 3, 5)
SEEDS = 3
ORDERS = 3
SHOWN, SURE = 0.5, 0.9  # probabilities from which a guess is shown, and taken as sure
NOBODY = 0


@dataclass(frozen=True)
class Clustering:
    """How good a clustering is."""

    bcubed: Agreement
    pairwise: Agreement
    unknown_persons: int


@dataclass(frozen=True)
class Classification:
    """How good guesses are from a number of labels each; means over several draws."""

    dir_at_far1: float  # share of known people's faces named where 1 % of strangers' are
    ece: float  # calibration error of every face's likeliest person
    ece_shown: float  # calibration error of the guesses that are shown
    wrong_when_sure: float  # share of the guesses shown as 0.9 and more that are wrong
    seconds: float


@dataclass(frozen=True)
class Apart(Generic[Result]):
    """What a function returned in a process of its own, and what it took."""

    result: Result
    seconds: float  # without starting the process
    peak_mb: float  # of the whole process, Python and libraries (about 150) included


def apart(function: Callable[..., Result], *arguments: object) -> Apart[Result]:
    """Call a function in a new process, so that its memory can be told from the rest."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measured, function, *arguments).result()


def _measured(function: Callable[..., Result], *arguments: object) -> Apart[Result]:
    began = time.perf_counter()
    result = function(*arguments)
    return Apart(result, time.perf_counter() - began, _peak_mb())


def _peak_mb() -> float:
    """Return this process's peak memory; on Linux getrusage would count its parent's, too."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        peak = next((line for line in lines if line.startswith("VmHWM:")), None)
        if peak:
            return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cluster(faces: KnownFaces) -> Ints:
    """Return (n,) clusters under the shipped defaults."""
    return cluster_faces(faces.embeddings, faces.photos, model=faces.model).labels


def classify(faces: KnownFaces, labels: Ints) -> tuple[Ints, Floats]:
    """Return the likeliest person of each unlabelled face (n,), sure or not, and how likely."""
    classes = classify_faces(
        faces.embeddings, faces.photos, labels, model=faces.model, min_probability=0.0
    )
    return classes.people, classes.probabilities


def train(faces: KnownFaces, labels: Ints, rejections: Rejections) -> Trained:
    """Return what Train says under the shipped defaults."""
    classes = classify_faces(
        faces.embeddings, faces.photos, labels, model=faces.model, rejected=rejections
    )
    return Trained(cluster(faces), classes.people)


def ask(
    faces: KnownFaces, clusters: Ints, labels: Ints, different: Different
) -> Iterator[tuple[Party, Party]]:
    """Yield what Kith asks of clusters and people; ``different`` are faces of two people."""
    people = int(labels.max(initial=NOBODY)) + 1
    unnamed = np.where(clusters == NO_CLUSTER, NO_CLUSTER, people + clusters)
    groups = np.where(labels == NOBODY, unnamed, labels)
    asked = questions(
        candidate_pairs(faces.embeddings, faces.photos, groups, model=faces.model),
        named=range(people),
        different=[(int(groups[one]), int(groups[other])) for one, other in different],
    )
    for one, other in asked.pairs.tolist():
        first, second = (_party(number, people) for number in (one, other))
        if second[0] == "cluster":
            yield first, second


def _party(number: int, people: int) -> Party:
    return ("person", number) if number < people else ("cluster", number - people)


def clustering_quality(clusters: Ints, identities: Ints) -> Clustering:
    """Score clusters (n,), where those of a single face count as none, too."""
    sizes = np.unique(clusters[clusters >= 0], return_counts=True)[1]
    return Clustering(
        bcubed(clusters, identities), pairwise(clusters, identities), int((sizes > 1).sum())
    )


def classification_quality(
    classify: Classify, identities: Ints, labels: int
) -> Classification | None:
    """Score a classifier that knows ``labels`` faces of each person with at least 10.

    Everybody else is a stranger. ``ece`` is over all faces without a label, at the probability
    of their likeliest person, however low; a stranger's guess is always wrong. ``ece_shown`` is
    the same of guesses from 0.5 on. None where nobody has 10 faces.
    """
    known = np.bincount(identities)[identities] >= FACES_OF_KNOWN
    if not known.any():
        return None
    draws = [_one_draw(classify, identities, known, labels, seed) for seed in range(SEEDS)]
    means = np.mean(draws, axis=0).tolist()
    return Classification(*means)


def _one_draw(
    classify: Classify, identities: Ints, known: NDArray[np.bool_], labels: int, seed: int
) -> tuple[float, ...]:
    given = draw_labels(np.where(known, identities, NOBODY), labels, seed)
    began = time.perf_counter()
    people, probabilities = classify(given)
    seconds = time.perf_counter() - began
    rest = given == NOBODY
    people, probabilities, truth = people[rest], probabilities[rest], identities[rest]
    right = (people == truth) & known[rest]
    shown, sure = probabilities >= SHOWN, probabilities >= SURE
    return (
        dir_at_far(people, probabilities, truth, ~known[rest]).rate,
        calibration(probabilities, right).error,
        calibration(probabilities[shown], right[shown]).error,
        float((~right[sure]).mean()) if sure.any() else 0.0,
        seconds,
    )


def draw_labels(people: Ints, labels: int, seed: int) -> Ints:
    """Return (n,) with ``labels`` random faces of each of the ``people`` (n,), the rest NOBODY."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(people))
    order = order[np.argsort(people[order], kind="stable")]
    _, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
    rank = np.arange(len(people)) - np.repeat(starts, counts)
    given = np.full(len(people), NOBODY, dtype=np.int64)
    given[order[rank < labels]] = people[order[rank < labels]]
    return given


def order_identical(faces: KnownFaces, clusters: Ints, *, orders: int = ORDERS) -> bool:
    """Return whether random row orders give the same partition as ``clusters`` (n,)."""
    return all(
        same_partition(cluster(_rows(faces, order)), clusters[order])
        for order in (np.random.default_rng(seed).permutation(len(faces)) for seed in range(orders))
    )


def moved_by_one_percent(faces: KnownFaces, clusters: Ints) -> float:
    """Return the share of faces that 1 % more faces move elsewhere; ``clusters`` (n,) are of all.

    The mean over three random choices of the faces that come later.
    """
    fewer = round(len(faces) / 1.01)
    shares = []
    for seed in range(SEEDS):
        earlier = np.sort(np.random.default_rng(seed).permutation(len(faces))[:fewer])
        shares.append(moved_share(cluster(_rows(faces, earlier)), clusters[earlier]))
    return float(np.mean(shares))


def effort(faces: KnownFaces) -> Effort:
    """Return what Kith asks of its user for these faces."""
    method = Method(lambda *said: train(faces, *said), lambda *said: ask(faces, *said))
    return user_effort(method, faces.identities)


def _rows(faces: KnownFaces, rows: Ints) -> KnownFaces:
    return KnownFaces(
        faces.embeddings[rows], faces.photos[rows], faces.identities[rows], faces.model
    )
