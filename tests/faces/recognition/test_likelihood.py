"""Likelihood: what is odd or scored low is hardly a face, and people's own words move that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.embeddings import unit_rows
from faces.recognition.likelihood import (
    CAUTIOUS,
    HARDLY_A_FACE,
    SHIPPED,
    Floats,
    Likelihood,
    learn,
    measures_of,
    oddness,
    shipped,
)
from faces.recognition.metrics import fitted_metric
from tests.embeddings import MODEL, made_up_people

DETECTORS = ["dlib-hog", "dlib-cnn", "scrfd-500m", "scrfd-10g", "yunet-2023mar", "from elsewhere"]
detectors = st.sampled_from(DETECTORS)
METRIC = fitted_metric(MODEL)


def ordinary(detector: str, count: int = 1, **others: float) -> Floats:
    """Return measures of faces of which little is known but ``others``."""
    unknown = dict.fromkeys(["scores", "sizes_px", "sharpness", "exposure", "oddness"], np.nan)
    return measures_of(
        detector, **{key: np.full(count, value) for key, value in (unknown | others).items()}
    )


def around(centre: Floats, count: int, seed: int) -> Floats:
    """Return measures (count, 5) scattered about one row."""
    return centre + np.random.default_rng(seed).normal(0, 0.5, (count, centre.shape[1]))


@given(detectors, st.floats(-1, 1), st.floats(0, 0.5))
def test_the_odder_the_less_likely_a_face(detector: str, odd: float, more: float) -> None:
    measures = np.vstack([ordinary(detector, oddness=each) for each in (odd, odd + more)])
    one, odder = shipped(detector).probabilities(measures)
    assert 0 <= odder <= one <= 1


@given(detectors, st.floats(-2, 2), st.floats(0, 2))
def test_a_higher_score_is_never_less_likely_a_face(
    detector: str, score: float, more: float
) -> None:
    measures = np.vstack([ordinary(detector, scores=each) for each in (score, score + more)])
    one, surer = shipped(detector).probabilities(measures)
    assert one <= surer


@pytest.mark.parametrize("detector", DETECTORS)
def test_an_ordinary_face_is_one(detector: str) -> None:
    assert shipped(detector).probabilities(ordinary(detector))[0] > 0.99


@pytest.mark.parametrize("detector", DETECTORS[:-1])
def test_what_is_odd_and_scored_low_is_hardly_a_face(detector: str) -> None:
    hand = ordinary(detector, scores=-0.3, oddness=0.4)
    assert shipped(detector).probabilities(hand)[0] < HARDLY_A_FACE


def test_an_unknown_detector_has_the_cautious_likelihood_whatever_its_score() -> None:
    assert shipped("from elsewhere").coefficients.tolist() == CAUTIOUS
    low, high = (ordinary("from elsewhere", scores=score) for score in (-900.0, 900.0))
    assert low.tolist() == high.tolist()


@given(detectors, st.lists(st.floats(width=32), min_size=5, max_size=5))
def test_any_numbers_give_a_probability(detector: str, numbers: list[float]) -> None:
    score, size, sharpness, exposure, odd = numbers
    measures = measures_of(
        detector,
        scores=[score],
        sizes_px=[size],
        sharpness=[sharpness],
        exposure=[exposure],
        oddness=[odd],
    )
    assert measures.shape == (1, 5)
    assert 0 <= shipped(detector).probabilities(measures)[0] <= 1


def test_the_more_faces_there_are_the_likelier_each() -> None:
    measures = ordinary("dlib-hog", oddness=0.2)
    few, many = (shipped("dlib-hog").probabilities(measures, share)[0] for share in (0.5, 0.99))
    assert few < many


def test_coefficients_survive_being_stored_as_a_list() -> None:
    likelihood = shipped("yunet-2023mar")
    again = Likelihood(np.array(likelihood.coefficients.tolist()))
    measures = ordinary("yunet-2023mar", oddness=0.3)
    assert again.log_odds(measures) == likelihood.log_odds(measures)
    assert {len(each) for each in SHIPPED.values()} == {len(CAUTIOUS)} == {6}


def test_people_are_less_odd_than_vectors_from_anywhere() -> None:
    people, _ = made_up_people([3] * 50, spread=1.0)
    noise = np.random.default_rng(0).normal(size=people.shape)
    anything = unit_rows(people.mean(axis=0) + noise * people.std(axis=0))
    assert np.median(oddness(people, METRIC)) < np.quantile(oddness(anything, METRIC), 0.05)


def test_oddness_is_not_known_without_a_fitted_metric() -> None:
    people, _ = made_up_people([2, 2])
    assert np.isnan(oddness(people, None)).all()
    assert oddness(people, None).shape == (4,)


def test_the_mean_of_all_faces_is_no_error() -> None:
    assert METRIC is not None
    assert np.isfinite(oddness(METRIC.centre[None], METRIC)).all()


@pytest.mark.parametrize("detector", DETECTORS)
def test_dismissals_teach_what_is_none_here(detector: str) -> None:
    # In this library, patterns are found that are large, sharp and not very odd.
    faces = around(ordinary(detector), 200, seed=0)
    pattern = ordinary(detector, sizes_px=700.0, sharpness=3000.0, oddness=0.15)
    learnt = learn(shipped(detector), faces, around(pattern, 50, seed=1))
    before, after = (
        each.probabilities(np.vstack([pattern, ordinary(detector)]))
        for each in (shipped(detector), learnt)
    )
    assert after[0] < before[0]
    assert after[1] > 0.95


def test_a_few_words_move_it_little() -> None:
    likelihood = shipped("dlib-hog")
    pattern = ordinary("dlib-hog", sizes_px=700.0, oddness=0.15)
    learnt = learn(likelihood, ordinary("dlib-hog", 2), pattern)
    assert np.abs(learnt.coefficients - likelihood.coefficients).max() < 0.2


def test_dismissing_faces_does_not_make_faces_unlikely() -> None:
    likelihood = shipped("dlib-hog")
    faces = around(ordinary("dlib-hog"), 400, seed=0)
    learnt = learn(likelihood, faces[:200], faces[200:])
    assert learnt.probabilities(ordinary("dlib-hog"))[0] > 0.95


def test_with_nothing_said_nothing_is_learnt() -> None:
    likelihood, some = shipped("dlib-hog"), ordinary("dlib-hog", 3)
    none = some[:0]
    assert learn(likelihood, some, none) is likelihood
    assert learn(likelihood, none, some) is likelihood
