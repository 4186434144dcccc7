"""Made-up libraries of faces, as large as one likes, that resemble real ones under dlib's model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.recognition.embeddings import Matrix, unit_rows
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
# How many faces somebody has, by the place among all: a few have very many, most have few.
TAIL, HEAD = 1.3, 5
FACES_OF_SEEN = 3  # from so many on, a person's mean tells what the person looks like


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


@dataclass(frozen=True)
class Looks:
    """How people look, and how their faces differ: what others are made of."""

    centre: Matrix  # (d,)
    people: Matrix  # (m, d) means, beside the centre
    differences: Matrix  # (k, d) of faces beside the mean of their person
    model: str


def looks_of(known: KnownFaces) -> Looks:
    """Return how the people of a matrix look who have faces enough to tell."""
    counts = np.bincount(known.identities)
    often = counts[known.identities] >= FACES_OF_SEEN
    who, row = np.unique(known.identities[often], return_inverse=True)
    embeddings = known.embeddings[often]
    means = np.zeros((len(who), embeddings.shape[1]), dtype=np.float32)
    np.add.at(means, row, embeddings)
    means /= counts[who][:, None]
    # A mean is drawn towards each of its faces.
    drawn = np.sqrt(counts[who] / (counts[who] - 1))[row][:, None].astype(np.float32)
    centre = means.mean(axis=0)
    return Looks(centre, means - centre, (embeddings - means[row]) * drawn, known.model)


def joined_matrices(matrices: list[KnownFaces]) -> KnownFaces:
    """Return the faces of several matrices under one model, as one; no person is in two."""
    identities, photos, people, pictures = [], [], 0, 0
    for each in matrices:
        identities.append(each.identities + people)
        photos.append(each.photos + pictures)
        people, pictures = int(identities[-1].max()), int(photos[-1].max()) + 1
    return KnownFaces(
        np.concatenate([each.embeddings for each in matrices]),
        np.concatenate(photos),
        np.concatenate(identities),
        model=matrices[0].model,
    )


def crowded_library(
    looks: Looks, faces: int, *, people: int, photos: int, seed: int = 0
) -> KnownFaces:
    """Return ``faces`` of so many people in at most so many photos, in the photos' order.

    The first person is seen most. Everybody is between two real people, as far from the centre as
    they are, and so is every difference: neighbours are as crowded as in life, and none is twice.
    """
    random = np.random.default_rng(seed)
    who = random.permutation(np.repeat(np.arange(1, people + 1), _heavy_tailed(faces, people)))
    centres = looks.centre + _between(looks.people, people, random)
    embeddings = np.empty((faces, len(looks.centre)), dtype=np.float32)
    for start in range(0, faces, BLOCK):
        rows = slice(start, start + BLOCK)
        differences = _between(looks.differences, len(who[rows]), random)
        embeddings[rows] = unit_rows(centres[who[rows] - 1] + differences)
    pictures = _each_once(who, random.integers(0, photos, faces), photos, random)
    order = np.argsort(pictures, kind="stable")
    return KnownFaces(embeddings[order], pictures[order], who[order], model=looks.model)


def _between(rows: Matrix, count: int, random: np.random.Generator) -> Matrix:
    """Return (count, d) of what is between two rows each, spread as the rows are."""
    angles = random.uniform(0, np.pi / 2, (count, 1)).astype(np.float32)
    one, other = random.integers(0, len(rows), (2, count))
    mixed: Matrix = np.cos(angles) * rows[one] + np.sin(angles) * rows[other]
    return mixed


def _heavy_tailed(faces: int, people: int) -> Ints:
    """Return (people,) how many faces each has, at least one and ``faces`` in all."""
    shares = (np.arange(people) + HEAD + 1.0) ** -TAIL
    counts: Ints = 1 + ((faces - people) * shares / shares.sum()).astype(np.int64)
    counts[: faces - int(counts.sum())] += 1
    return counts


def _each_once(who: Ints, photos: Ints, count: int, random: np.random.Generator) -> Ints:
    """Return the photos with those drawn anew that show somebody twice."""
    while True:
        order = np.lexsort((who, photos))
        again = (np.diff(who[order]) == 0) & (np.diff(photos[order]) == 0)
        if not again.any():
            return photos
        photos = photos.copy()
        photos[order[1:][again]] = random.integers(0, count, int(again.sum()))
