"""Calibration: few answers move little, many decide, and a crowd of strangers is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from faces.recognition.calibration import (
    SHIPPED,
    Calibration,
    Floats,
    calibrate,
    features_of,
    probabilities_of,
    share_right,
)

evidence = st.floats(-200, 200)


def guesses(count: int, seed: int = 0) -> Floats:
    """Return features (count, 3) of guesses with all kinds of evidence."""
    random = np.random.default_rng(seed)
    best = random.uniform(-25, 25, count)
    return features_of(best, best - random.uniform(0, 20, count))


@given(evidence, evidence, st.floats(0, 50))
def test_more_evidence_never_makes_a_guess_less_likely(
    one: float, rival: float, more: float
) -> None:
    odds = SHIPPED.log_odds(features_of(np.array([one, one + more]), np.array([rival, rival])))
    assert odds[0] <= odds[1]


def test_a_person_without_rivals_is_judged_as_beside_a_usual_stranger() -> None:
    alone, beside = features_of(np.array([5.0, 5.0]), np.array([-np.inf, -15.0]))
    assert alone.tolist() == beside.tolist()


@pytest.mark.parametrize("right", [[], [True], [False], [True, True]])
def test_without_both_answers_the_shipped_calibration_stands(right: list[bool]) -> None:
    assert calibrate(guesses(len(right)), np.array(right, dtype=bool)) == SHIPPED


def test_one_answer_of_each_kind_moves_little() -> None:
    features = features_of(np.array([-5.0, 5.0]), np.array([-8.0, -8.0]))
    moved = calibrate(features, np.array([True, False]))
    assert np.abs(moved.log_odds(features) - SHIPPED.log_odds(features)).max() < 1.5


def test_many_answers_are_believed() -> None:
    truth = Calibration(np.array([-3.0, 0.6, 1.0]))
    features = guesses(20_000)
    chance = expit(truth.log_odds(features))
    right = np.random.default_rng(1).random(len(features)) < chance
    moved = calibrate(features, right)
    # Both answers weigh alike, so the constant takes up their true shares.
    odds = moved.log_odds(features) + logit(right.mean())
    assert np.abs(expit(odds) - chance).mean() < 0.02


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_the_share_of_right_guesses_is_found_without_answers(share: float) -> None:
    random = np.random.default_rng(0)
    right = random.random(20_000) < share
    # Of two normal distributions 4 apart, each point's log-odds are 4 times itself.
    points = random.normal(np.where(right, 2.0, -2.0))
    log_odds = 4 * points
    assert share_right(log_odds) == pytest.approx(share, abs=0.01)
    assert probabilities_of(log_odds, share).mean() == pytest.approx(share, abs=0.01)


@given(st.lists(st.floats(-50, 50), max_size=20))
def test_the_share_of_right_guesses_is_bounded(log_odds: list[float]) -> None:
    assert 0 < share_right(np.array(log_odds)) < 1
