"""How long Train's mathematics take, and how much memory, on made-up libraries of any size.

``python -m benchmarks.training [FACES ...]``: clusters all faces, and classifies them from three
labels of each person with at least 10 faces, in a process of its own. Then again with 100 labels
more, for which nothing is clustered; and one face in a hundred is placed as if it were new. Up to
100,000 faces, also as the product does it, with the database, and with new faces placed until their
guesses stand.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.installation import installation
from benchmarks.libraries import made_up_library
from benchmarks.results import print_results
from faces.recognition.classification import classify_faces
from faces.recognition.clustering import NOBODY as NO_CLUSTER
from faces.recognition.clustering import place_faces
from faces.recognition.evaluation.measuring import (
    FACES_OF_KNOWN,
    NOBODY,
    apart,
    clustering_quality,
    draw_labels,
    train,
)

Result = TypeVar("Result")
Ints = NDArray[np.int64]
Goals = dict[str, tuple[str, float]]

SIZES = (10_000, 100_000)
LABELS, MORE_LABELS = 3, 100
LARGEST_STORED = 100_000  # faces that are also written to a database, which takes minutes
GOALS: dict[int, Goals] = {
    10_000: {"seconds": ("<=", 3)},
    100_000: {
        "seconds": ("<=", 45),
        "peak MB": ("<=", 1024),
        "seconds again, with 100 labels more": ("<=", 5),
        "seconds, with the database": ("<=", 45),
        "seconds again, with the database": ("<=", 5),
        "seconds until a new face has its place": ("<=", 1),
        "ms for each further one": ("<=", 20),
    },
    1_000_000: {"seconds": ("<=", 25 * 60), "peak MB": ("<=", 24 * 1024)},
}


@dataclass(frozen=True)
class Run:
    """One training of a made-up library."""

    identities: Ints  # (n,)
    labels: Ints  # (n,), those given
    clusters: Ints  # (n,)
    guesses: Ints  # (n,)
    seconds: float
    seconds_again: float
    placed_ms: float  # for each new face
    placed_alike: float  # share of new faces that are put where the clustering put them


def run(faces: int) -> Run:
    """Make a library, label some of it, and train once; only training is timed."""
    library = made_up_library(faces)
    known = np.bincount(library.identities)[library.identities] >= FACES_OF_KNOWN
    labels = draw_labels(np.where(known, library.identities, NOBODY), LABELS, seed=0)
    trained, seconds = _timed(lambda: train(library, labels, ()))
    more = np.flatnonzero(known & (labels == NOBODY))[:MORE_LABELS]
    labels_again = labels.copy()
    labels_again[more] = library.identities[more]
    _, seconds_again = _timed(
        lambda: classify_faces(
            library.embeddings, library.photos, labels_again, model=library.model
        )
    )
    new = np.random.default_rng(0).choice(faces, max(1, faces // 100), replace=False)
    (placed, _), placing = _timed(
        lambda: place_faces(
            library.embeddings,
            library.photos,
            trained.clusters,
            new,
            nobody=NO_CLUSTER,
            model=library.model,
        )
    )
    return Run(
        library.identities,
        labels,
        trained.clusters,
        trained.guesses,
        seconds,
        seconds_again,
        placed_ms=placing / len(new) * 1000,
        placed_alike=float((placed == trained.clusters[new]).mean()),
    )


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what work returns, and how many seconds it took."""
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def measure(faces: int) -> dict[str, float]:
    """Return what a training of so many faces takes, and how good it is."""
    done = apart(run, faces)
    result = done.result
    quality = clustering_quality(result.clusters, result.identities)
    guessed = result.guesses != NOBODY
    return {
        "seconds": result.seconds,
        "seconds again, with 100 labels more": result.seconds_again,
        "ms to place a new face": result.placed_ms,
        "new faces placed as clustered": result.placed_alike,
        "peak MB": done.peak_mb,
        "people labelled": len(np.unique(result.labels)) - 1,
        "BCubed F": quality.bcubed.f,
        "pairwise F": quality.pairwise.f,
        "guesses": int(guessed.sum()),
        "guesses that are wrong": float((result.guesses != result.identities)[guessed].mean()),
    }


def measure_stored(faces: int) -> dict[str, float]:
    """Return what Train takes as the product runs it, from reading rows to standing guesses."""
    library = made_up_library(faces)
    known = np.bincount(library.identities)[library.identities] >= FACES_OF_KNOWN
    labels = draw_labels(np.where(known, library.identities, NOBODY), LABELS, seed=0)
    with installation() as place:
        from benchmarks.placing import COUNTS, make_indexes, placing_seconds
        from benchmarks.stored import store_library
        from faces.actions.training import TrainingParameters
        from faces.actions.training import train as train_stored
        from faces.models import Face, Guess

        store_library(place.owner, library, labels)
        parameters = TrainingParameters(library.model)

        def press_train() -> object:
            return train_stored(owner=place.owner, parameters=parameters, report=lambda *_: None)

        _, seconds = _timed(press_train)
        guesses = Guess.objects.filter(face__person=None, class_person__isnull=False)
        for guess in guesses.order_by("-class_probability")[:MORE_LABELS]:
            Face.objects.filter(pk=guess.face_id).update(person=guess.class_person)
        _, seconds_again = _timed(press_train)
        make_indexes(library.model)
        placing = placing_seconds(place.owner)
    one, many = min(COUNTS), max(COUNTS)
    return {
        "seconds, with the database": seconds,
        "seconds again, with the database": seconds_again,
        "seconds until a new face has its place": placing[one],
        "ms for each further one": (placing[many] - placing[one]) / (many - one) * 1000,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=int, nargs="*", default=SIZES)
    measured: dict[str, float] = {}
    goals: Goals = {}
    for faces in parser.parse_args().faces:
        found = measure(faces)
        if faces <= LARGEST_STORED:
            found |= apart(measure_stored, faces).result
        measured |= {f"{faces:,} faces: {key}": value for key, value in found.items()}
        goals |= {f"{faces:,} faces: {key}": goal for key, goal in GOALS.get(faces, {}).items()}
    print_results("training", measured, goals)


if __name__ == "__main__":
    main()
