"""Metrics: what ships, and what unlabelled faces of an unknown model tell of themselves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fitting import MEASURES, fit
from faces.recognition.clustering import NOBODY, cluster_faces
from faces.recognition.evaluation.matrices import read_matrix
from faces.recognition.metrics import CORNER, fitted_metric, metric_of, metric_of_data
from tests.embeddings import bcubed_f, made_up_people, press_photos

seeds = st.integers(0, 2**32 - 1)
sizes = st.lists(st.integers(1, 12), min_size=0, max_size=8)


@settings(deadline=None)
@given(sizes, seeds)
def test_evidence_is_finite_and_the_same_from_both_sides(people: list[int], seed: int) -> None:
    embeddings, _ = made_up_people(people, seed=seed)
    evidence = metric_of_data(embeddings).place(embeddings).evidence(slice(None), slice(None))
    assert np.isfinite(evidence).all()
    np.testing.assert_allclose(evidence, evidence.T, rtol=0, atol=1e-3)


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(1, 200), seeds)
def test_copies_are_finite_too(people: int, copies: int, seed: int) -> None:
    embeddings = np.repeat(made_up_people([1] * people, seed=seed)[0], copies, axis=0)
    space = metric_of_data(embeddings).place(embeddings)
    assert np.isfinite(space.evidence(slice(None), slice(None))).all()


@settings(deadline=None)
@given(sizes, seeds)
def test_the_same_faces_give_the_same_metric(people: list[int], seed: int) -> None:
    embeddings, _ = made_up_people(people, seed=seed)
    one, other = metric_of_data(embeddings), metric_of_data(embeddings.copy())
    assert (one.scale, one.shift) == (other.scale, other.shift)
    assert (one.axes == other.axes).all()


def test_made_up_people_of_an_unknown_model_are_told_apart() -> None:
    scores = []
    for seed in range(30):
        random = np.random.default_rng(seed)
        people = random.integers(2, 15, endpoint=True, size=random.integers(1, 40, endpoint=True))
        embeddings, truth = made_up_people(people.tolist(), seed=seed)
        # Real faces of such a model lie deeper in their corner (0.83) than some made-up ones do.
        if np.square(embeddings.mean(axis=0)).sum() <= CORNER:
            continue
        labels = cluster_faces(embeddings, np.arange(len(truth)), model="nobody-knows").labels
        scores.append(bcubed_f(labels, truth, nobody=NOBODY))
    # People are made up at random, so that now and then two look alike.
    assert len(scores) > 20
    assert np.mean(scores) >= 0.99
    assert min(scores) >= 0.9


def test_a_model_that_ships_has_its_own_metric() -> None:
    embeddings, _ = made_up_people([3, 3])
    assert metric_of("dlib-resnet-128", embeddings) is fitted_metric("dlib-resnet-128")
    assert fitted_metric("nobody-knows") is None


def test_press_photos_of_an_unknown_model_are_grouped_well(shared: Path) -> None:
    embeddings, truth, photos = press_photos(shared, people=400)
    labels = cluster_faces(embeddings, photos).labels
    assert bcubed_f(labels, truth, nobody=NOBODY) > 0.92


@pytest.mark.parametrize("model", MEASURES)
def test_what_ships_is_what_the_labelled_faces_show(shared: Path, model: str) -> None:
    matrices = [read_matrix(path) for path in sorted((shared / "embeddings").glob("*.npz"))]
    metric = fit(model, [faces for faces in matrices if faces.model == model])
    shipped = fitted_metric(model)
    assert shipped is not None
    assert (metric.scale, metric.shift) == (shipped.scale, shipped.shift)
    np.testing.assert_allclose(metric.centre, shipped.centre, atol=1e-5)
    np.testing.assert_allclose(metric.between, shipped.between, rtol=1e-3)
    # An axis may point the other way.
    np.testing.assert_allclose(abs(metric.axes), abs(shipped.axes), atol=1e-1)
