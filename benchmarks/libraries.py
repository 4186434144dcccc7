"""Made-up libraries of faces, as large as one likes, that resemble real ones under dlib's model."""

import numpy as np
from numpy.typing import NDArray

from faces.recognition.embeddings import unit_rows
from faces.recognition.evaluation.matrices import KnownFaces

Ints = NDArray[np.int64]

DIMENSION = 128
# Measured on press and family photos, between unit vectors: two people are 0.57 apart (0.43 to
# 0.71 but for 1 % at each end), two faces of a person 0.30 (0.18 to 0.45); all lie around one
# direction, and differ mostly in some 30 dimensions.
MEAN_LENGTH = 0.91
BETWEEN, WITHIN = 0.12, 0.045  # variance of people's centres, and of a person's faces
DECAY = 15.0  # dimensions in which a variance falls to 1/e
PHOTO_SPREAD = 0.2  # of the logarithm of how far a face lies from its person: light, age, pose
STRANGERS = 0.3  # share of the faces whose people are seen once or twice
FEWEST, LARGEST_SHARE = 3, 0.05  # faces of the others: at least, and at most of all faces
FACES_IN_PHOTO = 8
BLOCK = 50_000  # faces made at a time


def made_up_library(faces: int, *, seed: int = 0) -> KnownFaces:
    """Return ``faces`` embeddings of people seen often, seldom and once, in photos of 1 to 8.

    They have no model's name: the directions that a real one has learned mean nothing here.
    """
    random = np.random.default_rng(seed)
    people = random.permutation(_people(faces, random))
    scales = np.exp(-np.arange(DIMENSION) / (2 * DECAY))
    scales /= np.sqrt((scales**2).sum())
    centres = random.normal(size=(int(people.max(initial=0)) + 1, DIMENSION))
    centres = (centres * scales * np.sqrt(BETWEEN)).astype(np.float32)
    # All dimensions share the mean, so that it favours none of them.
    centres += np.float32(MEAN_LENGTH / np.sqrt(DIMENSION))
    embeddings = np.empty((faces, DIMENSION), dtype=np.float32)
    for start in range(0, faces, BLOCK):
        rows = slice(start, start + BLOCK)
        noise = random.normal(size=(len(people[rows]), DIMENSION)) * scales * np.sqrt(WITHIN)
        noise *= np.exp(random.normal(scale=PHOTO_SPREAD, size=(len(noise), 1)))
        embeddings[rows] = unit_rows(centres[people[rows]] + noise)
    return KnownFaces(embeddings, _photos(people, random), people, model="")


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
