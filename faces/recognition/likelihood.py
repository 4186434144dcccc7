"""Is it a face at all? From a few numbers: nothing biometric is kept of what is dismissed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from faces.recognition.calibration import most_probable
from faces.recognition.embeddings import Matrix
from faces.recognition.metrics import Metric

Floats = NDArray[np.float64]

# Of what YuNet finds at its usual threshold, 1 in 14 is none, of HOG's and SCRFD's less than 1 in
# 100; they find more that is none where they are asked for doubtful faces.
SHARE_OF_FACES = 0.95
# Below this probability lies less than 1 in 100 real faces of photos that nothing was fitted to,
# and 8 in 10 false detections (benchmarks.likelihood): the few faces that are odd don't make up for
# all that is none.
HARDLY_A_FACE = 0.75

# Each measure is 0 for an ordinary face, and of the order of 1 for an unusual one.
USUAL_PX, USUAL_SHARPNESS, USUAL_EXPOSURE = 64, 100.0, 0.95
EXPOSURE_UNIT, ODDNESS_UNIT = 0.2, 0.1
LEAST_PX, LEAST_SHARPNESS = 4, 1.0
MOST = 5.0  # a measure further off says no more
# By the first words of detectors' names: the score that an ordinary face has, and its unit.
SCORES = {
    "dlib-hog": (1.5, 0.5),
    "dlib-cnn": (1.0, 0.25),
    "scrfd": (0.8, 0.2),
    "yunet": (0.9, 0.2),
}
# How firmly the shipped coefficients stand: the standard deviation allowed to each.
ALLOWED = 0.5


@dataclass(frozen=True)
class Likelihood:
    """Log-odds that a detection is a face, were as many faces as not; what it is made of."""

    coefficients: Floats  # (6,) constant, then as the columns of measures_of

    def log_odds(self, measures: Floats) -> Floats:
        """Return (n,) from measures (n, 5)."""
        odds: Floats = _with_constant(measures) @ self.coefficients
        return odds

    def probabilities(self, measures: Floats, share: float = SHARE_OF_FACES) -> Floats:
        """Return (n,) the probability of each to be a face where ``share`` (0-1) of all are."""
        probabilities: Floats = expit(self.log_odds(measures) + logit(share))
        return probabilities


# Logistic regressions on one half of 266 photos whose faces people have marked (benchmarks.
# likelihood --fit), faces and others alike in weight. dlib's CNN found 158 faces in 67 of them and
# nothing else, so nothing could be fitted: what HOG shows is taken, its score half as serious.
SHIPPED = {
    "dlib-hog": [5.18, 1.30, -0.12, -0.07, 0.05, -1.61],
    "dlib-cnn": [5.18, 0.65, -0.12, -0.07, 0.05, -1.61],
    "scrfd": [4.87, 2.24, 0.04, -0.31, 0.46, -1.02],
    "yunet": [4.67, 2.40, -0.53, 0.97, 0.35, -0.92],
}
# For a detector that nobody has looked at: its score has an unknown scale.
CAUTIOUS = [3.0, 0.0, 0.0, 0.0, 0.0, -1.0]


def shipped(detector: str) -> Likelihood:
    """Return the likelihood that ships for a detector, a cautious one if it is not known."""
    return Likelihood(np.array(SHIPPED.get(_kind(detector), CAUTIOUS)))


def oddness(embeddings: Matrix, metric: Metric | None) -> Floats:
    """Return (n,) how unlike a person unit embeddings (n, d) are: 0 for faces on average.

    The share of a face's deviation that lies along axes where people differ, rather than pictures
    of one person, set against what it is for faces: hands and patterns go where no person lies,
    about 0.25. A metric must have been fitted to faces; where there is none (None), all are NaN.
    """
    if metric is None:
        return np.full(len(embeddings), np.nan)
    personal = metric.between / (metric.between + 1)
    deviations = ((embeddings - metric.centre) @ metric.axes) ** 2 / (metric.between + 1)
    shares = (deviations @ personal) / np.maximum(deviations.sum(axis=1), np.finfo(float).tiny)
    return (1 - shares / personal.mean()).astype(np.float64)


def measures_of(
    detector: str,
    *,
    scores: ArrayLike,
    sizes_px: ArrayLike,
    sharpness: ArrayLike,
    exposure: ArrayLike,
    oddness: ArrayLike,
) -> Floats:
    """Return (n, 5) what the likelihood depends on, from (n,) each, of one detector's faces.

    Score on the detector's own scale, the rest as ``Quality`` and ``oddness`` have it. What is not
    known (NaN), and the score of an unknown detector, is taken as an ordinary face's.
    """
    usual, unit = SCORES.get(_kind(detector), (np.nan, 1.0))
    columns = [
        (np.asarray(scores, dtype=np.float64) - usual) / unit,
        np.log2(np.maximum(sizes_px, LEAST_PX) / USUAL_PX),
        np.log10(np.maximum(sharpness, LEAST_SHARPNESS) / USUAL_SHARPNESS),
        (np.asarray(exposure, dtype=np.float64) - USUAL_EXPOSURE) / EXPOSURE_UNIT,
        np.asarray(oddness, dtype=np.float64) / ODDNESS_UNIT,
    ]
    return np.nan_to_num(np.column_stack(columns), nan=0.0).clip(-MOST, MOST)


def learn(likelihood: Likelihood, faces: Floats, dismissed: Floats) -> Likelihood:
    """Return it moved to what people said: measures (n, 5) of faces, (m, 5) of dismissed ones.

    Both weigh alike, so that their numbers say nothing of how many faces there are. Somebody who
    dismisses what looks like a face does not want it, which is no sign that it is none: the surer
    it was to be one, the less its dismissal weighs.
    """
    if len(faces) == 0 or len(dismissed) == 0:
        return likelihood
    believed = 1 - expit(likelihood.log_odds(dismissed))
    fewer = min(len(faces), len(dismissed))
    weights = [
        np.full(len(faces), fewer / len(faces)),
        believed * (fewer / len(dismissed)),
    ]
    coefficients = most_probable(
        _with_constant(np.vstack([faces, dismissed])),
        np.arange(len(faces) + len(dismissed)) < len(faces),
        prior=likelihood.coefficients,
        allowed=np.full(len(likelihood.coefficients), ALLOWED),
        weights=np.concatenate(weights),
    )
    return Likelihood(coefficients)


def _kind(detector: str) -> str:
    return next((each for each in SCORES if detector.startswith(each)), "")


def _with_constant(measures: Floats) -> Floats:
    return np.column_stack([np.ones(len(measures)), measures])
