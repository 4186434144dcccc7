"""A few faces of a library are judged as all of them together would judge them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from faces.recognition.classification import Fitted, classify_and_fit, classify_faces
from faces.recognition.clustering import Ints, place_faces, strangers_of
from faces.recognition.evaluation.measuring import draw_labels
from faces.recognition.metrics import against_strangers, cohort_of, fitted_metric
from tests.embeddings import MODEL, made_up_people, press_photos

seeds = st.integers(0, 2**32 - 1)
groups = st.lists(st.integers(2, 8), min_size=3, max_size=8)
NEARBY = 3  # people whose faces are all there
ALIKE = 1e-3  # of probabilities: sums in another order


def rows_in(of: Ints, part: Ints) -> Ints:
    return np.searchsorted(part, np.sort(of))


@settings(deadline=None)
@given(groups, seeds)
def test_strangers_that_were_drawn_before_say_the_same(sizes: list[int], seed: int) -> None:
    embeddings, people = made_up_people(sizes, seed=seed)
    metric = fitted_metric(MODEL)
    assert metric is not None
    space = metric.place(embeddings)
    drawn = cohort_of(space, people)
    again = against_strangers(space, people, cohort=np.random.default_rng(seed).permutation(drawn))
    # Sums of 4-byte numbers, in another order.
    assert np.allclose(again.offsets, against_strangers(space, people).offsets, rtol=1e-5)


@settings(deadline=None)
@given(groups, seeds)
def test_a_new_face_is_placed_as_among_all_faces_where_its_neighbours_are_all_in(
    sizes: list[int], seed: int
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    photos, new = np.arange(len(embeddings)), np.array([0])
    before = np.arange(1, len(embeddings))
    strangers = before[
        strangers_of(embeddings[1:], photos[1:], identities[1:] + 1, nobody=0, model=MODEL)
    ]
    people = np.where(photos == 0, 0, identities + 1)
    whole, sure = place_faces(embeddings, photos, people, new, nobody=0, model=MODEL)
    members = np.flatnonzero(identities < NEARBY)
    part = np.unique(np.concatenate([new, members, strangers]))
    few, firm = place_faces(
        embeddings[part],
        photos[part],
        np.where(identities[part] < NEARBY, people[part], 0),
        rows_in(new, part),
        nobody=0,
        model=MODEL,
        strangers=rows_in(strangers, part),
    )
    assert few.tolist() == whole.tolist()
    assert firm == pytest.approx(sure, abs=ALIKE)


@settings(deadline=None)
@given(groups, seeds)
def test_a_new_face_is_classified_as_among_all_faces_where_its_neighbours_are_all_in(
    sizes: list[int], seed: int
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    photos = np.arange(len(embeddings))
    labels = np.where(np.random.default_rng(seed).random(len(photos)) < 0.5, identities + 1, 0)
    labels[0] = 0
    whole, fitted = classify_and_fit(embeddings, photos, labels, model=MODEL)
    assume(fitted is not None)
    assert fitted is not None
    part = np.unique(
        np.concatenate([np.flatnonzero((identities < NEARBY) | (labels != 0)), fitted.strangers])
    )
    taken = Fitted(rows_in(fitted.strangers, part), fitted.calibration, fitted.share)
    few = classify_faces(embeddings[part], photos[part], labels[part], model=MODEL, fitted=taken)
    assert few.people[0] == whole.people[0]
    assert few.probabilities[0] == pytest.approx(whole.probabilities[0], abs=ALIKE)


def test_press_photos_are_judged_alike_by_their_people_and_the_strangers(shared: Path) -> None:
    embeddings, identities, photos = press_photos(shared, people=150, at_least=2)
    random = np.random.default_rng(0)
    new = np.sort(random.choice(len(photos), 12, replace=False))
    old = np.setdiff1d(np.arange(len(photos)), new)
    people = np.zeros(len(photos), dtype=np.int64)
    people[old] = identities[old] + 1
    labels = np.zeros(len(photos), dtype=np.int64)
    labels[old] = draw_labels(people[old], 2, seed=0)
    drawn = strangers_of(embeddings[old], photos[old], people[old], nobody=0, model=MODEL)
    strangers = old[drawn]
    _, fitted = classify_and_fit(embeddings[old], photos[old], labels[old], model=MODEL)
    assert fitted is not None
    others = old[fitted.strangers]
    whole, sure = place_faces(embeddings, photos, people, new, nobody=0, model=MODEL)
    classes = classify_faces(embeddings, photos, labels, model=MODEL).of(new)

    around = np.isin(identities, identities[new])
    near = np.argsort(-(embeddings[new] @ embeddings.T), axis=1)[:, :50].ravel()
    around |= np.isin(identities, identities[near])
    part = np.unique(np.concatenate([np.flatnonzero(around), new, strangers, others]))
    rows = rows_in(new, part)
    few, firm = place_faces(
        embeddings[part],
        photos[part],
        np.where(around[part], people[part], 0),
        rows,
        nobody=0,
        model=MODEL,
        strangers=rows_in(strangers, part),
    )
    taken = Fitted(rows_in(others, part), fitted.calibration, fitted.share)
    said = classify_faces(
        embeddings[part], photos[part], labels[part], model=MODEL, fitted=taken
    ).of(rows)
    assert few.tolist() == whole.tolist()
    assert firm == pytest.approx(sure, abs=0.02)
    assert said.people.tolist() == classes.people.tolist()
    assert said.probabilities == pytest.approx(classes.probabilities, abs=0.02)


def test_among_no_faces_there_are_no_strangers() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert len(strangers_of(np.empty((0, 0), dtype=np.float32), nothing, nothing, nobody=0)) == 0
