"""How long Train's mathematics take, and how much memory, on made-up libraries of any size.

``python -m benchmarks.training [FACES ...]``: clusters all faces, and classifies them from three
labels of each person with at least 10 faces, in a process of its own.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import made_up_library
from benchmarks.results import print_results
from faces.recognition.evaluation.measuring import (
    FACES_OF_KNOWN,
    NOBODY,
    apart,
    clustering_quality,
    draw_labels,
    train,
)

Ints = NDArray[np.int64]
Goals = dict[str, tuple[str, float]]

SIZES = (10_000, 100_000)
LABELS = 3
GOALS: dict[int, Goals] = {
    10_000: {"seconds": ("<=", 3)},
    100_000: {"seconds": ("<=", 45), "peak MB": ("<=", 1024)},
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


def run(faces: int) -> Run:
    """Make a library, label some of it, and train once; only training is timed."""
    library = made_up_library(faces)
    known = np.bincount(library.identities)[library.identities] >= FACES_OF_KNOWN
    labels = draw_labels(np.where(known, library.identities, NOBODY), LABELS, seed=0)
    began = time.perf_counter()
    trained = train(library, labels, ())
    seconds = time.perf_counter() - began
    return Run(library.identities, labels, trained.clusters, trained.guesses, seconds)


def measure(faces: int) -> dict[str, float]:
    """Return what a training of so many faces takes, and how good it is."""
    done = apart(run, faces)
    result = done.result
    quality = clustering_quality(result.clusters, result.identities)
    guessed = result.guesses != NOBODY
    return {
        "seconds": result.seconds,
        "peak MB": done.peak_mb,
        "people labelled": len(np.unique(result.labels)) - 1,
        "BCubed F": quality.bcubed.f,
        "pairwise F": quality.pairwise.f,
        "guesses": int(guessed.sum()),
        "guesses that are wrong": float((result.guesses != result.identities)[guessed].mean()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=int, nargs="*", default=SIZES)
    measured: dict[str, float] = {}
    goals: Goals = {}
    for faces in parser.parse_args().faces:
        measured |= {f"{faces:,} faces: {key}": value for key, value in measure(faces).items()}
        goals |= {f"{faces:,} faces: {key}": goal for key, goal in GOALS.get(faces, {}).items()}
    print_results("training", measured, goals)


if __name__ == "__main__":
    main()
