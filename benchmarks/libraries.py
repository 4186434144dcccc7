"""Made-up libraries of faces, as large as one likes, that resemble real ones under dlib's model."""

import numpy as np
from numpy.typing import NDArray

from faces.recognition.embeddings import unit_rows
from faces.recognition.evaluation.matrices import KnownFaces
from faces.recognition.metrics import fitted_metric

Ints = NDArray[np.int64]

# Faces vary along the axes of this model's metric as real people and their faces do, and poor
# pictures more than good ones.
MODEL = "dlib-resnet-128"
PHOTO_SPREAD = 0.2  # of the logarithm of how far a face lies from its person: light, age, pose
STRANGERS = 0.3  # share of the faces whose people are seen once or twice
FEWEST, LARGEST_SHARE = 3, 0.05  # faces of the others: at least, and at most of all faces
FACES_IN_PHOTO = 8
BLOCK = 50_000  # faces made at a time


def made_up_library(faces: int, *, seed: int = 0) -> KnownFaces:
    """Return ``faces`` embeddings of people seen often, seldom and once, in photos of 1 to 8."""
    metric = fitted_metric(MODEL)
    assert metric is not None
    random = np.random.default_rng(seed)
    people = random.permutation(_people(faces, random))
    axes = len(metric.between)
    centres = random.normal(size=(int(people.max(initial=0)) + 1, axes)).astype(np.float32)
    centres *= np.sqrt(metric.between)
    back = np.linalg.pinv(metric.axes)
    embeddings = np.empty((faces, len(metric.centre)), dtype=np.float32)
    for start in range(0, faces, BLOCK):
        rows = slice(start, start + BLOCK)
        noise = random.normal(size=(len(people[rows]), axes))
        noise *= np.exp(random.normal(scale=PHOTO_SPREAD, size=(len(noise), 1)))
        embeddings[rows] = unit_rows((centres[people[rows]] + noise) @ back + metric.centre)
    return KnownFaces(embeddings, _photos(people, random), people, model=MODEL)


def _people(faces: int, random: np.random.Generator) -> Ints:
    """Return (faces,) who each is, from 1: sizes with a heavy tail, then strangers."""
    often = int(faces * (1 - STRANGERS))
    largest = max(FEWEST, int(faces * LARGEST_SHARE))
    sizes = (FEWEST * (1 + random.pareto(1.0, faces // FEWEST + 1))).astype(np.int64)
    strangers = random.integers(1, 3, faces)
    counts = np.concatenate([_up_to(np.minimum(sizes, largest), often), strangers])
    return np.repeat(np.arange(1, len(counts) + 1), counts)[:faces]


def _up_to(sizes: Ints, total: int) -> Ints:
    """Return the first sizes whose sum is at most ``total``."""
    return sizes[: np.searchsorted(np.cumsum(sizes), total, side="right")]


def _photos(people: Ints, random: np.random.Generator) -> Ints:
    """Return (n,) photos of 1 to 8 faces in a row; somebody who is in one already has another."""
    sizes = random.integers(1, FACES_IN_PHOTO + 1, len(people))
    photos = np.repeat(np.arange(len(sizes)), sizes)[: len(people)]
    order = np.lexsort((people, photos))
    again = np.zeros(len(people), dtype=bool)
    again[order[1:]] = (np.diff(people[order]) == 0) & (np.diff(photos[order]) == 0)
    photos[again] = len(sizes) + np.arange(int(again.sum()))
    return photos
