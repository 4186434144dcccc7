"""Merging: how likely two persons are one, and which question settles most."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_expit

from faces.recognition.clustering import cluster_faces
from faces.recognition.embeddings import Matrix
from faces.recognition.evaluation.measuring import draw_labels
from faces.recognition.evaluation.scores import calibration
from faces.recognition.merging import (
    NOBODY,
    SHIPPED,
    Booleans,
    Candidates,
    Floats,
    Ints,
    Merging,
    Questions,
    candidate_pairs,
    learned,
    questions,
)
from tests.embeddings import MODEL, made_up_people, press_photos

seeds = st.integers(0, 2**32 - 1)
groups_of = st.lists(st.integers(1, 8), min_size=1, max_size=6)


def halves(sizes: list[int], seed: int) -> tuple[Matrix, Ints]:
    """Return embeddings and groups, 2 or 3 at random of each person; some faces are in none."""
    embeddings, people = made_up_people(sizes, seed=seed)
    part = np.random.default_rng(seed).integers(-1, 2, len(people))
    return embeddings, np.where(part == -1, NOBODY, 10 * people + part)


def candidates(embeddings: Matrix, groups: Ints, photos: Ints | None = None) -> Candidates:
    """Return the candidates; without photos each face has one of its own."""
    own = np.arange(len(groups)) if photos is None else photos
    return candidate_pairs(embeddings, own, groups, model=MODEL)


def pair_set(asked: Questions) -> set[tuple[int, ...]]:
    return {tuple(pair) for pair in asked.pairs.tolist()}


def likely(pairs: list[list[int]], sizes: list[list[int]], *, surplus: float = 1.0) -> Candidates:
    """Return candidates that are alike in everything but their sizes."""
    features = np.tile([1.0, surplus, 1.0, 0.5, 0.2], (len(pairs), 1))
    return Candidates(
        np.array(pairs), np.array(sizes), features, np.zeros(len(pairs), dtype=np.bool_)
    )


@settings(deadline=None)
@given(groups_of, seeds)
def test_probabilities_are_between_0_and_1_for_each_pair_once(sizes: list[int], seed: int) -> None:
    embeddings, groups = halves(sizes, seed)
    found = candidates(embeddings, groups)
    probabilities = SHIPPED.probabilities(found)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (found.pairs[:, 0] < found.pairs[:, 1]).all()
    assert len(np.unique(found.pairs, axis=0)) == len(found)
    assert set(found.pairs.ravel()) <= set(groups) - {NOBODY}


@settings(deadline=None)
@given(groups_of, seeds)
def test_the_order_of_the_faces_does_not_matter(sizes: list[int], seed: int) -> None:
    embeddings, groups = halves(sizes, seed)
    photos = np.random.default_rng(seed).integers(0, 2 * len(groups), len(groups))
    order = np.random.default_rng(seed + 1).permutation(len(groups))
    found = candidates(embeddings, groups, photos)
    again = candidates(embeddings[order], groups[order], photos[order])
    assert (found.pairs == again.pairs).all()
    assert (found.features == again.features).all()
    assert (questions(found).pairs == questions(again).pairs).all()


@settings(deadline=None)
@given(groups_of, seeds)
def test_it_does_not_matter_which_of_two_groups_comes_first(sizes: list[int], seed: int) -> None:
    embeddings, groups = halves(sizes, seed)
    found = candidates(embeddings, groups)
    again = candidates(embeddings, np.where(groups == NOBODY, NOBODY, 100 - groups))
    one = dict(zip(map(frozenset, found.pairs.tolist()), found.features, strict=True))
    other = dict(zip(map(frozenset, (100 - again.pairs).tolist()), again.features, strict=True))
    assert one.keys() == other.keys()
    for pair, features in one.items():
        assert features == pytest.approx(other[pair], abs=1e-3)


@settings(deadline=None)
@given(groups_of, seeds)
def test_groups_in_one_photo_are_two_people_and_never_asked_about(
    sizes: list[int], seed: int
) -> None:
    embeddings, groups = halves(sizes, seed)
    photos = np.random.default_rng(seed).integers(0, len(groups), len(groups))
    found = candidates(embeddings, groups, photos)
    photos_of = {group: set(photos[groups == group]) for group in set(groups.tolist())}
    shared = [bool(photos_of[one] & photos_of[other]) for one, other in found.pairs.tolist()]
    assert found.together.tolist() == shared
    assert (SHIPPED.probabilities(found)[found.together] == 0).all()
    for one, other in pair_set(questions(found, asked_from=0.0)):
        assert not photos_of[one] & photos_of[other]


def test_poor_faces_in_one_photo_are_no_proof() -> None:
    embeddings, people = made_up_people([12, 12])
    groups, photos = np.arange(24) // 6, np.arange(24)
    photos[0] = photos[6]
    poor = np.arange(24) == 0
    for some, together in ((None, True), (poor, False)):
        found = candidate_pairs(embeddings, photos, groups, model=MODEL, poor=some)
        assert found.together[(found.pairs == [0, 1]).all(axis=1)] == together


@pytest.mark.parametrize("groups", [[], [NOBODY], [3], [3, 3, NOBODY]])
def test_fewer_than_two_groups_are_no_pair(groups: list[int]) -> None:
    embeddings, _ = made_up_people([len(groups)])
    found = candidates(embeddings, np.array(groups, dtype=np.int64))
    assert (len(found), len(questions(found))) == (0, 0)


def test_the_two_halves_of_each_person_are_found() -> None:
    embeddings, people = made_up_people([10] * 20)
    asked = questions(candidates(embeddings, 2 * people + np.arange(200) % 2))
    assert pair_set(asked) == {(2 * person, 2 * person + 1) for person in range(20)}


def test_what_was_answered_is_not_asked_again_but_what_comes_next() -> None:
    found = likely([[1, 3], [2, 3]], [[9, 5], [8, 5]])
    assert pair_set(questions(found)) == {(1, 3)}
    assert pair_set(questions(found, different=[(3, 1)])) == {(2, 3)}
    assert pair_set(questions(found, different=[(1, 3), (3, 2)])) == set()


def test_the_question_that_settles_most_faces_comes_first() -> None:
    found = likely([[1, 2], [3, 4], [5, 6]], [[9, 2], [4, 7], [3, 3]])
    asked = questions(found)
    assert asked.pairs.tolist() == [[3, 4], [5, 6], [1, 2]]
    assert (np.diff(asked.settled) <= 0).all()
    assert (asked.settled <= [4, 3, 2]).all()


def test_a_name_settles_all_faces_of_an_unknown_person() -> None:
    found = likely([[1, 2], [3, 4]], [[2, 9], [5, 5]])
    assert questions(found).pairs.tolist() == [[3, 4], [1, 2]]
    named = questions(found, named=[1])
    assert named.pairs.tolist() == [[1, 2], [3, 4]]
    assert named.settled[0] == pytest.approx(9, rel=0.1)


def test_what_is_unlikely_is_not_asked() -> None:
    assert len(questions(likely([[1, 2]], [[300, 300]], surplus=-1.0))) == 0


def test_without_answers_the_shipped_probabilities_stand() -> None:
    nothing = learned(np.empty((0, 5)), np.empty(0, dtype=np.bool_))
    assert nothing.coefficients == pytest.approx(SHIPPED.coefficients)


def random_features(count: int) -> Floats:
    random = np.random.default_rng(0)
    low, high = [1, -1, 0, -1.5, -1], [1, 1.5, 3, 2, 2]
    return random.uniform(low, high, (count, 5))


@given(st.booleans())
def test_one_answer_moves_little_and_its_own_way(same: bool) -> None:
    features = np.array([[1.0, 0.0, 1.0, 0.0, 0.0]])
    moved = learned(features, np.array([same])).coefficients - SHIPPED.coefficients
    change = float((features @ moved)[0])
    assert 0 < (change if same else -change) < 0.2


def test_many_answers_are_believed() -> None:
    truth = Merging(np.array([-1.0, 3.0, -0.5, 0.3, 0.0]))
    features = random_features(20_000)
    chance = expit(features @ truth.coefficients)
    same = np.random.default_rng(1).random(len(chance)) < chance
    moved = expit(features @ learned(features, same).coefficients)
    assert np.abs(moved - chance).mean() < 0.05


def press_library(
    shared: Path, *, seed: int, people: int, **more: Any
) -> tuple[Candidates, Booleans, list[int]]:
    """Return candidates of press photos where people have 2 labels each, who is one, and names."""
    embeddings, identities, photos = press_photos(shared, people=people, seed=seed, **more)
    clusters = cluster_faces(embeddings, photos, model=MODEL).labels
    several = np.bincount(identities)[identities] >= 4
    labels = draw_labels(np.where(several, identities + 1, 0), 2, seed)
    groups = np.where(labels > 0, labels + len(labels), clusters)
    majority = {
        group: np.bincount(identities[groups == group]).argmax() for group in set(groups.tolist())
    }
    found = candidate_pairs(embeddings, photos, groups, model=MODEL)
    same = np.array([majority[one] == majority[other] for one, other in found.pairs.tolist()])
    return found, same, [group for group in majority if group > len(labels)]


def test_on_press_photos_probabilities_hold_and_questions_are_good(shared: Path) -> None:
    found, same, named = press_library(shared, seed=0, people=1500)
    probabilities = SHIPPED.probabilities(found)
    assert calibration(probabilities, same).error < 0.01
    asked = pair_set(questions(found, named=named))
    right = [tuple(pair) in asked for pair in found.pairs[same].tolist()]
    assert len(asked) > 100
    assert sum(right) > 0.95 * len(asked)


@pytest.mark.parametrize("seed", range(5))
def test_twenty_answers_on_press_photos_make_nothing_worse(shared: Path, seed: int) -> None:
    found, same, named = press_library(shared, seed=seed, people=800)
    asked = questions(found, named=named)
    row_of = {tuple(pair): row for row, pair in enumerate(found.pairs.tolist())}
    rows = np.array([row_of[tuple(pair)] for pair in asked.pairs[:20].tolist()])
    merging = learned(asked.features[:20], same[rows])
    rest = np.setdiff1d(np.arange(len(found)), rows)

    def loss(merging: Merging) -> float:
        odds = found.features[rest] @ merging.coefficients
        return float(-log_expit(np.where(same[rest], odds, -odds)).mean())

    assert loss(merging) <= 1.01 * loss(SHIPPED)
