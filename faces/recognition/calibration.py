"""From evidence to probabilities that hold: a shipped prior, and the user's own labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Ints = NDArray[np.int64]

# What evidence is divided by, so that each coefficient is of the order of 1.
EVIDENCE_UNIT = 10.0
# The evidence that some stranger would reach in a larger circle of people: where nobody else is
# near, the margin is taken over this.
LEAST_RIVAL = -15.0
# More evidence, for or against, says no more.
MOST_EVIDENCE = 40.0
# How firmly the shipped coefficients stand: the standard deviation allowed to each.
ALLOWED = np.array([1.0, 0.3, 0.3])
# The share of faces whose best guess is right is found from the guesses, within these bounds.
SHARE_BOUNDS = (0.02, 0.95)
SHARE_STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """Log-odds that a guess is right, were as many guesses right as wrong."""

    coefficients: Floats  # (3,) constant, evidence, margin

    def log_odds(self, features: Floats) -> Floats:
        """Return (n,) the log-odds of guesses with ``features`` (n, 3)."""
        odds: Floats = features @ self.coefficients
        return odds


# A logistic regression on press photos, on families and on people young and old (LFW, FIW and LAG
# under dlib's model, LFW and FIW under an ArcFace model; people with 10 faces and more known by 1
# or 2 labels, everybody else strangers), all libraries and both answers weighed alike.
SHIPPED = Calibration(np.array([-1.7, 0.9, 1.4]))


def features_of(evidence: Floats, rival: Floats) -> Floats:
    """Return (n, 3) what the probability of guesses depends on.

    ``evidence`` (n,) for the person guessed, ``rival`` (n,) for the next likely one (-inf where
    there is none).
    """
    margin = evidence - np.maximum(rival, LEAST_RIVAL)
    said = np.column_stack([evidence, margin]).clip(-MOST_EVIDENCE, MOST_EVIDENCE)
    return np.column_stack([np.ones(len(evidence)), said / EVIDENCE_UNIT])


def calibrate(features: Floats, right: Booleans, *, prior: Calibration = SHIPPED) -> Calibration:
    """Return the prior moved to what guesses with ``features`` (n, 3) being ``right`` (n,) show.

    Both answers weigh as much, so that the share of strangers among these guesses does not enter.
    """
    if right.all() or not right.any():
        return prior
    fewer = min(right.sum(), (~right).sum())
    weights = np.where(right, fewer / right.sum(), fewer / (~right).sum())
    return Calibration(
        most_probable(features, right, prior=prior.coefficients, allowed=ALLOWED, weights=weights)
    )


def most_probable(
    features: Floats, right: Booleans, *, prior: Floats, allowed: Floats, weights: Floats
) -> Floats:
    """Return (k,) the most probable coefficients of a logistic regression.

    ``features`` (n, k) and ``weights`` (n,) are of answers that were ``right`` (n,) or not. The
    coefficients lie about the ``prior`` (k,) as a Gaussian with standard deviations ``allowed``
    (k,), so that few answers move them little.
    """
    answers = np.where(right, 1.0, -1.0)

    def doubt(coefficients: Floats) -> tuple[float, Floats]:
        """Return the negative log-posterior and its slope (k,)."""
        odds = answers * (features @ coefficients)
        away = (coefficients - prior) / allowed
        slope = -features.T @ (weights * answers * expit(-odds)) + away / allowed
        return float(-weights @ log_expit(odds) + away @ away / 2), slope

    found: Floats = minimize(doubt, prior, jac=True, method="BFGS").x
    return found


def share_right(log_odds: Floats) -> float:
    """Return the share of guesses that are right, from their log-odds (n,) at equal shares.

    Expectation maximisation (Saerens and others, "Adjusting the outputs of a classifier to new a
    priori probabilities", 2002), so that a library full of strangers is told from a family album.
    """
    share = 0.5
    if len(log_odds) == 0:
        return share
    for _ in range(SHARE_STEPS):
        share = float(np.clip(expit(log_odds + logit(share)).mean(), *SHARE_BOUNDS))
    return share


def probabilities_of(log_odds: Floats, share: float) -> Floats:
    """Return (n,) probabilities from log-odds at equal shares, where ``share`` are right."""
    probabilities: Floats = expit(log_odds + logit(share))
    return probabilities
