"""Fits the metrics that ship, to matrices whose people are known.

``python -m benchmarks.fitting MATRICES``: all matrices of a model in the folder (``*.npz``:
embedding, identity, photo, model, perhaps family) make its file in faces/recognition/fitted.
First it is shown how well such a metric serves people whom it was not fitted to: fitted to half
of the people of each matrix (families stay together), it clusters the other half, both ways. In
512 dimensions a few thousand people are too few to say how one person's faces vary: there the
metric that the faces show without their names serves others better, and is what ships.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import print_results
from faces.recognition import clustering, metrics
from faces.recognition.embeddings import own_order, unit_rows
from faces.recognition.evaluation.matrices import InvalidMatrixError, KnownFaces, read_matrix
from faces.recognition.evaluation.measuring import cluster, clustering_quality
from faces.recognition.metrics import Metric, fit_metric, metric_of_data

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FITTED = Path(metrics.__file__).parent / "fitted"
# Models fitted to who is who, with the scale and shift that bring their evidence to the measure of
# the shipped thresholds: strangers most like a face at -17, the best threshold at -5.9.
MEASURES = {"dlib-resnet-128": (1.0, 0.0)}
# Models of which only the faces are looked at, whoever they are.
UNLABELLED = ("w600k-mbf-512",)
MODELS = (*MEASURES, *UNLABELLED)


@dataclass(frozen=True)
class Matrix:
    """The faces of a file, and the half of the people that each belongs to."""

    name: str
    faces: KnownFaces
    half: Flags  # (n,)


def read(path: Path) -> Matrix:
    """Read a matrix, and divide its people (or families) by lot; InvalidMatrixError."""
    faces = read_matrix(path)
    with np.load(path) as file:
        kin = file["family"] if "family" in file.files else file["identity"]
    _, group = np.unique(kin, return_inverse=True)
    drawn = np.random.default_rng(0).permutation(group.max() + 1) % 2 == 0
    return Matrix(path.stem, faces, drawn[group])


def fit(model: str, sets: Sequence[KnownFaces]) -> Metric:
    """Return the metric of a model as it ships, from faces whose people are known."""
    if model in MEASURES:
        scale, shift = MEASURES[model]
        metric = fit_metric(
            [(faces.embeddings, faces.identities) for faces in sets], scale=scale, shift=shift
        )
    else:
        embeddings = unit_rows(np.concatenate([faces.embeddings for faces in sets]))
        order = own_order(embeddings, np.zeros(len(embeddings), dtype=np.int64))
        metric = metric_of_data(embeddings[order])
    return replace(metric, axes=metric.axes.astype(np.float16).astype(np.float32))


def write(metric: Metric, path: Path) -> None:
    """Write a metric as the product reads it."""
    np.savez_compressed(
        path,
        centre=metric.centre,
        axes=metric.axes.astype(np.float16),
        between=metric.between,
        scale=metric.scale,
        shift=metric.shift,
    )


def held_out(model: str, matrices: Sequence[Matrix]) -> dict[str, float]:
    """Return how good clusters are of people whom the metric was not fitted to."""
    measured: dict[str, float] = {}
    for half in (False, True):
        metric = fit(model, [_part(matrix, matrix.half == half) for matrix in matrices])
        for matrix in matrices:
            rest = _part(matrix, matrix.half != half)
            with patch.object(clustering, "metric_of", lambda *_, fitted=metric: fitted):
                quality = clustering_quality(cluster(rest), rest.identities)
            name = f"{matrix.name}, half {int(not half) + 1}"
            measured |= {
                f"{name}: BCubed F": quality.bcubed.f,
                f"{name}: pairwise F": quality.pairwise.f,
            }
    return measured


def _part(matrix: Matrix, rows: Flags) -> KnownFaces:
    faces = matrix.faces
    return KnownFaces(
        faces.embeddings[rows], faces.photos[rows], faces.identities[rows], faces.model
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, fit, write and print; return the exit code, 2 where there is nothing to fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("matrices", type=Path)
    folder = parser.parse_args(arguments).matrices
    try:
        matrices = [read(path) for path in sorted(folder.glob("*.npz"))]
    except InvalidMatrixError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    measured: dict[str, float] = {}
    for model in MODELS:
        own = [matrix for matrix in matrices if matrix.faces.model == model]
        if own:
            measured |= held_out(model, own)
            metric = fit(model, [matrix.faces for matrix in own])
            write(metric, FITTED / f"{model}.npz")
            measured[f"{model}: axes"] = len(metric.between)
    if not measured:
        sys.stderr.write(f"{folder} holds no matrices (*.npz) of {' or '.join(MODELS)}.\n")
        return 2
    print_results("fitting", measured, {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
