"""How good clusters and guesses are, beside other applications' rules and plain methods.

``python -m benchmarks.quality MATRICES [--peers FOLDER]``: for every matrix of the folder
(``*.npz``: embedding, identity, photo, model), the same measures for each method. Without peers
it takes minutes; with them an hour, as LibrePhotos trains two neural networks a round.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import Peer, Rules, load_rules, peers, plain
from benchmarks.results import meets, print_object
from faces.recognition.evaluation.effort import Method, Trained, user_effort
from faces.recognition.evaluation.matrices import InvalidMatrixError, KnownFaces, read_matrix
from faces.recognition.evaluation.measuring import (
    LABELS,
    Classify,
    apart,
    classification_quality,
    classify,
    cluster,
    clustering_quality,
    effort,
    moved_by_one_percent,
    order_identical,
)
from faces.recognition.evaluation.scores import same_partition

Goals = dict[str, tuple[str, float]]
OURS = "Kith"
ORDERS = 20
CALIBRATION_LABELS = 3
BESIDE = "actions beside the best application's"

EVERYWHERE: Goals = {
    "same in any order": (">=", 1),
    "moved by 1 %": ("<=", 0.005),
    "actions a person": ("<=", 1.5),
    BESIDE: ("<=", 0.5),
}
# By how the matrix's file begins.
GOALS: dict[str, Goals] = {
    "lfw-dlib128": EVERYWHERE
    | {
        "BCubed F": (">=", 0.96),
        "pairwise F": (">=", 0.985),
        "named from 1": (">=", 0.87),
        "named from 3": (">=", 0.975),
        "named from 5": (">=", 0.987),
        "ECE": ("<=", 0.02),
    },
    "fiw-dlib128": EVERYWHERE
    | {"BCubed F": (">=", 0.80), "pairwise F": (">=", 0.72), "wrong from 0.9": ("<=", 0.1)},
    "lfw-w600k512": EVERYWHERE | {"BCubed F": (">=", 0.995), "pairwise F": (">=", 0.998)},
    "fiw-w600k512": EVERYWHERE | {"BCubed F": (">=", 0.87), "pairwise F": (">=", 0.79)},
}
HEADINGS = {
    "BCubed F": "BCubed",
    "pairwise F": "pairs",
    "unknown persons": "persons",
    "seconds": "seconds",
    "same in any order": "order",
    "moved by 1 %": "moved",
    "named from 1": "DIR 1",
    "named from 3": "DIR 3",
    "named from 5": "DIR 5",
    "ECE": "ECE",
    "ECE of what is shown": "shown",
    "wrong from 0.9": "wrong.9",
    "actions a person": "actions",
    "wrong labels": "wrong",
}
LEGEND = """
BCubed, pairs: F of the clusters. order: same clusters in other row orders. moved: share of faces
that 1 % more faces move. DIR k: share of people's other faces rightly named from k labels each,
where 1 % of strangers' are. ECE: calibration error from 3 labels, of every face's likeliest
person; shown: of guesses from 0.5 on; wrong.9: share of guesses from 0.9 on that are wrong.
actions: until 95 % of the faces of people with 3 and more have their name, for each of them.
"""
Measured = dict[str, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ours(faces: KnownFaces) -> Measured:
    """Measure Kith with its defaults."""
    clustered = apart(cluster, faces)
    asked = effort(faces)
    return {
        **_clustering(clustered.result, faces),
        "seconds": clustered.seconds,
        "peak MB": clustered.peak_mb,
        "same in any order": float(order_identical(faces, clustered.result, orders=ORDERS)),
        "moved by 1 %": moved_by_one_percent(faces, clustered.result),
        **_classification(lambda labels: classify(faces, labels), faces),
        "actions a person": asked.actions_per_person,
        "wrong labels": asked.wrong_labels,
    }


def theirs(peer: Peer, faces: KnownFaces, embeddings: Floats) -> Measured:
    """Measure another method, as far as it goes; ``embeddings`` are as the model gave them."""
    measured: Measured = {}
    if peer.cluster is not None:
        began = time.perf_counter()
        clusters = peer.cluster(embeddings)
        measured |= {"seconds": time.perf_counter() - began, **_clustering(clusters, faces)}
        order = np.random.default_rng(0).permutation(len(clusters))
        again = peer.cluster(embeddings[order])
        measured["same in any order"] = float(same_partition(again, clusters[order]))
    if peer.classify is not None:
        known = partial(peer.classify, embeddings)
        measured |= _classification(
            known, faces, probabilities=peer.probabilities, fewest_labels=peer.fewest_labels
        )
    if peer.trainer is not None:
        asked = user_effort(Method(peer.trainer(embeddings)), faces.identities)
        measured |= {
            "actions a person": asked.actions_per_person,
            "wrong labels": asked.wrong_labels,
        }
    return measured


def _clustering(clusters: Ints, faces: KnownFaces) -> Measured:
    quality = clustering_quality(clusters, faces.identities)
    return {
        "BCubed F": quality.bcubed.f,
        "pairwise F": quality.pairwise.f,
        "unknown persons": quality.unknown_persons,
    }


def _classification(
    classify: Classify, faces: KnownFaces, *, probabilities: bool = True, fewest_labels: int = 1
) -> Measured:
    qualities = {
        labels: classification_quality(classify, faces.identities, labels)
        for labels in LABELS
        if labels >= fewest_labels
    }
    found = {labels: quality for labels, quality in qualities.items() if quality}
    measured = {f"named from {labels}": quality.dir_at_far1 for labels, quality in found.items()}
    if probabilities and CALIBRATION_LABELS in found:
        quality = found[CALIBRATION_LABELS]
        measured |= {
            "ECE": quality.ece,
            "ECE of what is shown": quality.ece_shown,
            "wrong from 0.9": quality.wrong_when_sure,
        }
    return measured


def measure_matrix(path: Path, rules: Rules | None) -> dict[str, Measured]:
    """Print the table of one matrix, and return what it holds: by method, by measure."""
    faces = read_matrix(path)
    with np.load(path) as file:
        embeddings = file["embedding"].astype(np.float64)
    print(f"\n{path.stem}: {len(faces)} faces, {faces.identities.max()} people")
    print(f"{'':30}" + "".join(f"{short:>9}" for short in HEADINGS.values()))
    table = {OURS: _printed(OURS, ours(faces))}
    _printed("(the truth itself)", {"actions a person": _least_effort(faces)})
    applications = peers(rules, faces.model) if rules else []
    for peer in [*plain(faces.model), *applications]:
        table[peer.name] = _printed(peer.name, theirs(peer, faces, embeddings))
    asked = [table[peer.name]["actions a person"] for peer in applications]
    if asked:
        table[OURS][BESIDE] = table[OURS]["actions a person"] / min(asked)
    return table


def _least_effort(faces: KnownFaces) -> float:
    """Return the actions a person that clusters without any fault would ask for."""
    nobody = np.zeros(len(faces), dtype=np.int64)
    perfect = Method(lambda labels, rejections: Trained(faces.identities, nobody))
    return user_effort(perfect, faces.identities).actions_per_person


def _printed(name: str, row: Measured) -> Measured:
    cells = (f"{row[key]:9.4g}" if key in row else f"{'–':>9}" for key in HEADINGS)
    print(f"{name:30}" + "".join(cells), flush=True)
    return row


def measure(matrices: list[Path], rules: Rules | None) -> tuple[Measured, Goals]:
    """Measure every matrix; return what was measured and the goals, by matrix and method."""
    measured: Measured = {}
    goals: Goals = {}
    for path in matrices:
        for name, row in measure_matrix(path, rules).items():
            measured |= {f"{path.stem}: {name}: {key}": value for key, value in row.items()}
        for start, own in GOALS.items():
            if path.stem.startswith(start):
                goals |= {f"{path.stem}: {OURS}: {key}": goal for key, goal in own.items()}
    # Without other applications there is nothing to be better than.
    return measured, {key: goal for key, goal in goals.items() if key in measured}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code, 2 where there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("matrices", type=Path)
    parser.add_argument("--peers", type=Path, help="folder of the rules of other applications")
    given = parser.parse_args(arguments)
    matrices = sorted(given.matrices.glob("*.npz"))
    try:
        if not matrices:
            raise InvalidMatrixError(f"{given.matrices} holds no matrices (*.npz).")
        rules = load_rules(given.peers) if given.peers else None
        measured, goals = measure(matrices, rules)
    except (InvalidMatrixError, FileNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(LEGEND)
    for key, (relation, bound) in goals.items():
        met = meets(measured[key], (relation, bound))
        print(
            f"{key:60} {measured[key]:9.4g}  goal {relation} {bound:<6g} {'' if met else 'MISSED'}"
        )
    print_object("quality", measured, goals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
