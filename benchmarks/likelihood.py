"""How well what is no face is told from faces, for each detector.

``python -m benchmarks.likelihood PHOTOS [--models FOLDER] [--detectors NAME …]``: PHOTOS has the
folders ``album`` and ``boxes`` whose faces people have marked (album/faces.csv, boxes/boxes.csv).
Detectors look at them with thresholds so low that they find much that is none. dlib's need no
FOLDER; in it are ONNX models of SCRFD, YuNet and an ArcFace-class embedder (scrfd_500m.onnx,
face_detection_yunet*.onnx, w600k_mbf*.onnx).

Shown is the share of false detections that goes where 1 % of the real faces go, in the half of the
photos that nothing was fitted to: by the detector's score alone; by the likelihood that ships; by
what it has learnt from 200 faces and 50 dismissed ones of some of these photos, in the others; the
same as if the detector were unknown, from its cautious likelihood without the score; and by a
regression on all of the embedding, which Kith doesn't keep of dismissed faces. Further, what
goes below the probability HARDLY_A_FACE, were 5 % of the detections false. The shares do not depend
on how many are.

Photos of the street are left out of it: not all the faces are marked there, and they are tiny and
masked; what of theirs would go is shown by itself. ``--fit`` prints the coefficients that the other
half of the photos gives, as they ship.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from zlib import crc32

import dlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression

from benchmarks.results import print_results
from faces.recognition.calibration import most_probable
from faces.recognition.geometry import overlaps
from faces.recognition.likelihood import (
    HARDLY_A_FACE,
    Likelihood,
    learn,
    measures_of,
    oddness,
    shipped,
)
from faces.recognition.metrics import fitted_metric
from faces.vision.detectors import DlibDetector
from faces.vision.embedders import DlibEmbedder
from faces.vision.engines import Engine
from faces.vision.onnx_detectors import ScrfdDetector, YunetDetector
from faces.vision.onnx_embedders import OnnxEmbedder

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

LOW_HOG, LOW_ONNX = -0.5, 0.2  # thresholds; 0 and 0.5 are usual. dlib's CNN takes none.
# Where another detector of these is so sure of a face, the people who marked the faces forgot it.
SURE = {"scrfd": 0.5, "yunet": 0.5, "dlib-hog": 0.5}
LOST = 0.01  # of the real faces
LABELS, DISMISSALS = 200, 50
SEEDS = 20
# A box is the face that was marked from this overlap, and is none when it covers less of one than
# the other share of the smaller of the two.
SAME, APART = 0.4, 0.2
BESIDE_POINT = 0.3  # of a box around it, where only the nose was marked
# In the fit, a face of the street weighs this much.
STREET_WEIGHT = 0.25
FIT_ALLOWED = 1.0  # standard deviation of coefficients about 0, in the fit

EMBEDDER = "w600k-mbf-512"
GOALS = {f"{name}: removed, shipped": (">=", 0.8) for name in ("dlib-hog", "scrfd", "yunet")}


class LowHog(DlibDetector):
    """dlib's HOG, with a lower threshold than face_recognition's."""

    def _rectangles(self, pixels: NDArray[np.uint8]) -> list[tuple[object, float]]:
        rectangles, scores, _ = dlib.get_frontal_face_detector().run(
            pixels, self.upsampling, LOW_HOG
        )
        return list(zip(rectangles, scores, strict=True))


@dataclass(frozen=True)
class Opened:
    """A photo as engines look at it."""

    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    @property
    def whole(self) -> Image.Image:
        """The same."""
        return self.image


@dataclass(frozen=True)
class Marks:
    """Where in a photo people see faces, in pixels: corners of boxes, or noses."""

    boxes: list[list[float]] = field(default_factory=list)
    points: list[list[float]] = field(default_factory=list)

    def is_face(self, corners: Floats) -> bool | None:
        """Return whether a box (4,) in pixels is a face, None where one cannot say."""
        left, top, right, bottom = corners
        size = corners[2:] - corners[:2]
        if self.points:
            away = np.abs(np.array(self.points) - (corners[:2] + corners[2:]) / 2) / size
            if (away <= BESIDE_POINT).all(axis=1).any():
                return True
            return False if (away > 0.5 + BESIDE_POINT).any(axis=1).all() else None
        marked = np.array(self.boxes).reshape(-1, 4)
        overlap = overlaps(corners[None], marked)[0]
        if (overlap >= SAME).any():
            return True
        areas = np.prod(marked[:, 2:] - marked[:, :2], axis=1)
        area = float(np.prod(size))
        shared = overlap / (1 + overlap) * (areas + area)
        return False if (shared < APART * np.minimum(areas, area)).all() else None


def read_marks(folder: Path) -> dict[Path, Marks]:
    """Return {photo: its marks} of the photos that people have looked at."""
    marks: dict[Path, Marks] = defaultdict(Marks)
    for table in (folder / "album/faces.csv", folder / "boxes/boxes.csv"):
        with table.open(encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                marked = marks[table.parent / row["photo"]]
                if row.get("kind") == "nose":
                    marked.points.append([float(row["x1"]), float(row["y1"])])
                else:
                    marked.boxes.append([float(row[key]) for key in ("x1", "y1", "x2", "y2")])
    return marks


def engines(models: Path | None, chosen: Sequence[str]) -> dict[str, Engine]:
    """Return {detector: an engine that uses it, at a low threshold}."""
    found = {
        "dlib-hog": Engine("", LowHog("hog"), DlibEmbedder()),
        "dlib-cnn": Engine("", DlibDetector("cnn"), DlibEmbedder()),
    }
    if models:
        scrfd, yunet, embedder = (
            next(models.glob(pattern))
            for pattern in ("scrfd_500m*.onnx", "*yunet*.onnx", "w600k_mbf*.onnx")
        )
        found["scrfd"] = Engine(
            "",
            ScrfdDetector(scrfd, "scrfd", threshold=LOW_ONNX),
            OnnxEmbedder(embedder, EMBEDDER, divisor=128),
        )
        found["yunet"] = Engine(
            "", YunetDetector(yunet, "yunet", threshold=LOW_ONNX), DlibEmbedder()
        )
    return {name: engine for name, engine in found.items() if name in chosen}


@dataclass(frozen=True)
class Found:
    """What a detector found, row by row, where it is known whether it is a face."""

    photos: Words
    corners: Floats  # (n, 4) shares
    scores: Floats
    measures: NDArray[np.float64]  # (n, 5)
    embeddings: Floats
    faces: Flags

    def __getitem__(self, rows: Flags) -> "Found":
        return Found(
            self.photos[rows],
            self.corners[rows],
            self.scores[rows],
            self.measures[rows],
            self.embeddings[rows],
            self.faces[rows],
        )

    @property
    def of_the_street(self) -> Flags:
        """Whether the photo is one where not all faces are marked."""
        return np.char.find(self.photos, "/street_") >= 0

    @property
    def held_out(self) -> Flags:
        """Whether the photo is in the half that nothing is fitted to."""
        names = [Path(photo).name for photo in self.photos]
        return np.array([crc32(name.encode()) % 2 == 1 for name in names])


def look(detector: str, engine: Engine, marks: Mapping[Path, Marks]) -> Found:
    """Return what an engine finds in the photos."""
    rows = []
    for photo, marked in sorted(marks.items()):
        with Image.open(photo) as file:
            image = file.convert("RGB")
        for face in engine.find_faces(Opened(image)):
            is_face = marked.is_face(np.array(face.box.corners) * (*image.size, *image.size))
            if is_face is not None:
                rows.append((str(photo), face, is_face))
    faces = [face for _, face, _ in rows]
    embeddings = np.stack([face.embedding for face in faces])
    measures = measures_of(
        detector,
        scores=[face.score for face in faces],
        sizes_px=[face.quality.size_px for face in faces],
        sharpness=[face.quality.sharpness for face in faces],
        exposure=[face.quality.exposure for face in faces],
        oddness=oddness(embeddings, fitted_metric(engine.embedder.model)),
    )
    return Found(
        np.array([photo for photo, _, _ in rows]),
        np.array([face.box.corners for face in faces]),
        np.array([face.score for face in faces]),
        measures,
        embeddings,
        np.array([is_face for _, _, is_face in rows]),
    )


def without_forgotten(found: Mapping[str, Found]) -> dict[str, Found]:
    """Leave out false detections where another detector is sure of a face, and the street's."""
    kept = {}
    for name, own in found.items():
        rows = own.faces | ~own.of_the_street
        for other in (each for each in found if each != name and each in SURE):
            sure = found[other][found[other].scores >= SURE[other]]
            for row in np.flatnonzero(rows & ~own.faces):
                there = sure.corners[sure.photos == own.photos[row]]
                rows[row] = not (overlaps(own.corners[row][None], there) > APART).any()
        kept[name] = own[rows]
    return kept


def fit(found: Found) -> Likelihood:
    """Return the likelihood that detections show, faces and others alike in weight."""
    weights = np.where(found.faces & found.of_the_street, STREET_WEIGHT, 1.0)
    weights[found.faces] *= (~found.faces).sum() / weights[found.faces].sum()
    features = np.column_stack([np.ones(len(found.faces)), found.measures])
    allowed = np.full(features.shape[1], FIT_ALLOWED)
    allowed[0] = 100.0  # the constant may be anything
    nothing = np.zeros(features.shape[1])
    return Likelihood(
        most_probable(features, found.faces, prior=nothing, allowed=allowed, weights=weights)
    )


def removed(odds: Floats, faces: Flags) -> float:
    """Return the share of false detections below the odds that LOST of the faces fall below."""
    return float((odds[~faces] < np.quantile(odds[faces], LOST)).mean())


def after_learning(likelihood: Likelihood, found: Found, seed: int) -> tuple[float, float]:
    """Return the share removed with the likelihood, before and after it has learnt.

    Labels and dismissals come from half of the photos, drawn by lot; removed is from the rest.
    """
    chance = np.random.default_rng(seed)
    photos = np.unique(found.photos)
    asked = np.isin(found.photos, chance.permutation(photos)[: len(photos) // 2])
    labelled = chance.permutation(found.measures[asked & found.faces])[:LABELS]
    dismissed = chance.permutation(found.measures[asked & ~found.faces])[:DISMISSALS]
    rest = found[~asked]
    before, after = (
        removed(each.log_odds(rest.measures), rest.faces)
        for each in (likelihood, learn(likelihood, labelled, dismissed))
    )
    return before, after


def ceiling(fitted: Found, rest: Found) -> float:
    """Return the share removed by a regression on measures and all of the embedding."""
    spread = fitted.embeddings.std(axis=0)
    features, others = (
        np.column_stack([each.measures, each.embeddings / spread]) for each in (fitted, rest)
    )
    regression = LogisticRegression(C=0.01, class_weight="balanced", max_iter=2_000)
    regression.fit(features, fitted.faces)
    return removed(regression.decision_function(others), rest.faces)


def measure(name: str, found: Found, likelihood: Likelihood) -> dict[str, float]:
    """Return what is measured of one detector."""
    rest = found[found.held_out & ~found.of_the_street]
    street = found[found.held_out & found.of_the_street]
    odds = likelihood.log_odds(rest.measures)
    gone = likelihood.probabilities(rest.measures) < HARDLY_A_FACE
    streets_odds = likelihood.log_odds(street.measures)
    runs = [after_learning(likelihood, rest, seed) for seed in range(SEEDS)]
    scoreless = replace(rest, measures=rest.measures * (np.arange(rest.measures.shape[1]) > 0))
    unknown_runs = [after_learning(shipped(""), scoreless, seed) for seed in range(SEEDS)]
    measured = {
        "faces": int(rest.faces.sum()),
        "false": int((~rest.faces).sum()),
        "removed, score alone": removed(rest.measures[:, 0], rest.faces),
        "removed, shipped": removed(odds, rest.faces),
        "removed, shipped, in half the photos": mean(before for before, _ in runs),
        "removed, learnt in the other half": mean(after for _, after in runs),
        "removed, cautious, in half the photos": mean(before for before, _ in unknown_runs),
        "removed, cautious and learnt": mean(after for _, after in unknown_runs),
        "removed, by the whole embedding": ceiling(found[~found.held_out], rest),
        "below HARDLY_A_FACE, false": float(gone[~rest.faces].mean()),
        "below HARDLY_A_FACE, faces": float(gone[rest.faces].mean()),
        "street's faces that go with 1 %": float(
            (streets_odds < np.quantile(odds[rest.faces], LOST)).mean()
        ),
    }
    return {f"{name}: {key}": value for key, value in measured.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--detectors", nargs="+", default=["dlib-hog", "scrfd", "yunet"])
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    marks = read_marks(arguments.photos)
    used = engines(arguments.models, arguments.detectors)
    found = without_forgotten({name: look(name, used[name], marks) for name in used})
    measured: dict[str, float] = {}
    for name, own in found.items():
        fitted = fit(own[~own.held_out]) if arguments.fit else shipped(name)
        if arguments.fit:
            print(f'    "{name}": {np.round(fitted.coefficients, 2).tolist()},')
        measured |= measure(name, own, fitted)
    goals = {key: goal for key, goal in GOALS.items() if key in measured}
    print_results("likelihood", measured, goals)


if __name__ == "__main__":
    main()
