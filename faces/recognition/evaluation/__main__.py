"""``python -m faces.recognition.evaluation MATRIX.npz``: prints how good Train is, as JSON."""

import argparse
import json
import sys
from pathlib import Path

from faces.recognition.evaluation.matrices import InvalidMatrixError, KnownFaces, read_matrix
from faces.recognition.evaluation.measuring import (
    LABELS,
    apart,
    classification_quality,
    classify,
    cluster,
    clustering_quality,
    effort,
    moved_by_one_percent,
    order_identical,
)

Scores = dict[str, float | None]


def evaluation(faces: KnownFaces) -> dict[str, object]:
    """Return what the command prints: scores are shares (0-1), null where nobody is known."""
    clustered = apart(cluster, faces)
    quality = clustering_quality(clustered.result, faces.identities)
    asked = effort(faces)
    return {
        "n": len(faces),
        "people": int(faces.identities.max()),
        "cluster": {
            "bcubed_f": quality.bcubed.f,
            "bcubed_p": quality.bcubed.precision,
            "bcubed_r": quality.bcubed.recall,
            "pairwise_f": quality.pairwise.f,
            "unknown_persons": quality.unknown_persons,
            "seconds": clustered.seconds,
            "peak_mb": clustered.peak_mb,
        },
        "classify": {str(labels): _classification(faces, labels) for labels in LABELS},
        "order_identical": order_identical(faces, clustered.result),
        "moved_by_one_percent": moved_by_one_percent(faces, clustered.result),
        "effort": {
            "actions_per_person": asked.actions_per_person,
            "wrong_labels": asked.wrong_labels,
        },
    }


def _classification(faces: KnownFaces, labels: int) -> Scores:
    quality = classification_quality(lambda given: classify(faces, given), faces.identities, labels)
    if quality is None:  # nobody has faces enough to be known
        return {"dir_at_far1": None, "ece": None, "seconds": None}
    return {"dir_at_far1": quality.dir_at_far1, "ece": quality.ece, "seconds": quality.seconds}


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON object; return the exit code, 2 for a file that cannot be evaluated."""
    parser = argparse.ArgumentParser(prog="python -m faces.recognition.evaluation")
    parser.add_argument("matrix", type=Path, help="embedding, identity, photo and perhaps model")
    path = parser.parse_args(arguments).matrix
    try:
        faces = read_matrix(path)
    except InvalidMatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    json.dump(evaluation(faces), sys.stdout)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
