"""How well each engine tells whether two photos show one person.

``python -m benchmarks.verification PHOTOS [--engines NAME …] [--weights FOLDER]``: PHOTOS has a
``pairs.csv`` (a, b: photos; same: 1 or 0). Of each photo the face nearest its centre is compared,
by the cosine of the embeddings and by nothing that the product makes of them.

Accuracy is the mean of the shares of same pairs and of different ones that are told rightly, in
each tenth of the pairs at the threshold that is best in the others. A pair is wrong, whichever
kind it is, when no face is found in one of its photos; accuracy is shown without those pairs, too.
The true-accept rate is the share of the same pairs that are accepted where one in a thousand of
the different ones is; a pair that lacks a face never is.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import print_results
from faces.recognition.geometry import Box
from faces.vision.catalogue import MissingWeightsError, UnknownEngineError, engine_named
from faces.vision.engines import Engine, best_image
from faces.vision.weights import WeightsError, take_from
from photos.imaging.decoding import decode_image

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
Pairs = list[tuple[str, str, bool]]

FOLDS = 10
FALSE_ACCEPTS = 1e-3
NO_FACE = -np.inf  # the similarity of a pair that lacks one


class NoPairsError(Exception):
    """A folder without pairs; the message says so."""


def nearest_centre(boxes: Sequence[Box]) -> int:
    """Return the index of the box whose centre is nearest that of the photo, in shares of it."""

    def away(index: int) -> float:
        left, top, right, bottom = boxes[index].corners
        return (left + right - 1) ** 2 + (top + bottom - 1) ** 2

    return min(range(len(boxes)), key=away)


def read_pairs(folder: Path) -> Pairs:
    """Return (photo, photo, whether they show one person); NoPairsError without a table."""
    table = folder / "pairs.csv"
    if not table.is_file():
        raise NoPairsError(f"{folder} has no pairs.csv.")
    with table.open(encoding="utf-8") as rows:
        return [(row["a"], row["b"], row["same"] == "1") for row in csv.DictReader(rows)]


def embed(engine: Engine, folder: Path, photos: Iterable[str]) -> dict[str, Floats]:
    """Return {photo: embedding of the face nearest its centre}, without photos that have none."""
    embeddings = {}
    for photo in photos:
        decoded = decode_image(folder / photo)
        found = engine.detector.detect(decoded.image)
        if found:
            face = found[nearest_centre([each.box for each in found])]
            image = best_image(decoded, face.box)
            embeddings[photo] = engine.embedder.embed(image, [face])[0].embedding
    return embeddings


def best_threshold(similarities: Floats, same: Flags) -> float:
    """Return the similarity from which to accept pairs (n,) so that the most are right."""
    order = np.argsort(-similarities)
    ordered = same[order]
    gained = np.cumsum(ordered) / same.sum() - np.cumsum(~ordered) / (~same).sum()
    return float(similarities[order][np.argmax(gained)])


def accuracy(similarities: Floats, same: Flags) -> float:
    """Return the share of pairs (n,) told rightly, the mean of both kinds and of the folds."""
    fold = np.empty(len(same), dtype=np.int64)
    for kind in (same, ~same):  # as many of each kind in every fold
        fold[kind] = np.random.default_rng(0).permutation(int(kind.sum())) % FOLDS
    shares = []
    for each in range(FOLDS):
        rest, tested = fold != each, fold == each
        threshold = best_threshold(similarities[rest], same[rest])
        is_same = similarities[tested] >= threshold
        right = (is_same == same[tested]) & (similarities[tested] > NO_FACE)
        shares.append((right[same[tested]].mean() + right[~same[tested]].mean()) / 2)
    return float(np.mean(shares))


def true_accepts(similarities: Floats, same: Flags) -> float:
    """Return the share of same pairs above all but FALSE_ACCEPTS of the different ones; (n,)."""
    others = np.sort(similarities[~same])[::-1]
    return float((similarities[same] > others[int(FALSE_ACCEPTS * len(others))]).mean())


def measure(engine: Engine, folder: Path, pairs: Pairs) -> dict[str, float]:
    """Return what is measured of one engine."""
    photos = sorted({photo for one, other, _ in pairs for photo in (one, other)})
    embeddings = embed(engine, folder, photos)
    similarities = np.array(
        [
            float(embeddings[one] @ embeddings[other])
            if one in embeddings and other in embeddings
            else NO_FACE
            for one, other, _ in pairs
        ]
    )
    same = np.array([is_same for _, _, is_same in pairs])
    found = similarities > NO_FACE
    measured = {
        "photos": len(photos),
        "photos without a face": len(photos) - len(embeddings),
        "same pairs": int(same.sum()),
        "different pairs": int((~same).sum()),
        "accuracy": accuracy(similarities, same),
        "true accepts at 0.001 false": true_accepts(similarities, same),
        "accuracy, faces found": accuracy(similarities[found], same[found]),
    }
    return {f"{engine.name}: {key}": value for key, value in measured.items()}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code, 2 where there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--engines", nargs="+", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path, help="a folder with the engines' weights")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        try:
            pairs = read_pairs(asked.photos)
            if asked.weights:
                take_from(asked.weights, Path(folder))
            engines = [engine_named(name, Path(folder)) for name in asked.engines]
        except (NoPairsError, WeightsError, UnknownEngineError, MissingWeightsError) as error:
            sys.stderr.write(f"{error.args[-1]}\n")
            return 2
        measured: dict[str, float] = {}
        for engine in engines:
            measured |= measure(engine, asked.photos, pairs)
    print_results("verification", measured, {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
