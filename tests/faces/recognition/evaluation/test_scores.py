"""Scores: known answers by hand, and the same whatever the order and the numbers."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from faces.recognition.clustering import NOBODY as NO_CLUSTER
from faces.recognition.evaluation.scores import (
    Ints,
    bcubed,
    calibration,
    dir_at_far,
    moved_share,
    pairwise,
    same_partition,
    singled_out,
)
from tests import embeddings

labellings = st.lists(
    st.tuples(st.integers(NO_CLUSTER, 5), st.integers(NO_CLUSTER, 5)), min_size=1, max_size=40
)


def columns(rows: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_bcubed_of_two_people_in_one_cluster_is_known_by_hand() -> None:
    agreement = bcubed(ints(0, 0, 0, 1), ints(7, 7, 8, 8))
    assert agreement.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert agreement.recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


@given(labellings)
def test_bcubed_is_what_counting_face_by_face_says(rows: list[tuple[int, int]]) -> None:
    clusters, truth = columns(rows)
    expected = embeddings.bcubed_f(clusters, truth, nobody=NO_CLUSTER)
    assert bcubed(clusters, truth).f == pytest.approx(expected)


@given(labellings)
def test_pairwise_is_what_counting_pair_by_pair_says(rows: list[tuple[int, int]]) -> None:
    clusters, truth = columns(rows)
    alone = singled_out(clusters)
    pairs = list(combinations(range(len(rows)), 2))
    together = {pair for pair in pairs if alone[pair[0]] == alone[pair[1]]}
    same = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    agreement = pairwise(clusters, truth)
    assert agreement.precision == pytest.approx(
        len(together & same) / len(together) if together else 1
    )
    assert agreement.recall == pytest.approx(len(together & same) / len(same) if same else 1)


def test_no_faces_are_clustered_perfectly() -> None:
    nothing = ints()
    assert bcubed(nothing, nothing).f == pairwise(nothing, nothing).f == 1
    assert moved_share(nothing, nothing) == 0
    assert same_partition(nothing, nothing)


@given(labellings, st.randoms())
def test_scores_know_neither_order_nor_numbers(rows: list[tuple[int, int]], random: Random) -> None:
    clusters, truth = columns(rows)
    random.shuffle(rows)
    shuffled, shuffled_truth = columns(rows)
    renamed = np.where(shuffled == NO_CLUSTER, NO_CLUSTER, 100 - shuffled)
    assert bcubed(renamed, shuffled_truth).f == pytest.approx(bcubed(clusters, truth).f)
    assert pairwise(renamed, shuffled_truth).f == pytest.approx(pairwise(clusters, truth).f)


@given(labellings)
def test_as_many_faces_stay_as_in_the_best_of_all_matchings(rows: list[tuple[int, int]]) -> None:
    before, after = (singled_out(column) for column in columns(rows))
    shared = np.array(
        [
            [int(((before == old) & (after == new)).sum()) for new in np.unique(after)]
            for old in np.unique(before)
        ]
    )
    stayed = shared[linear_sum_assignment(shared, maximize=True)].sum()
    assert moved_share(*columns(rows)) == pytest.approx(1 - stayed / len(rows))


@given(labellings)
def test_nobody_moves_where_only_numbers_change(rows: list[tuple[int, int]]) -> None:
    before, _ = columns(rows)
    after = np.where(before == NO_CLUSTER, NO_CLUSTER, before * 3 + 1)
    assert moved_share(before, after) == 0
    assert same_partition(before, after)


def test_a_split_moves_the_smaller_part() -> None:
    assert moved_share(ints(0, 0, 0, 0, 1), ints(0, 0, 0, 2, 1)) == pytest.approx(1 / 5)


def test_a_merger_moves_the_smaller_cluster() -> None:
    before, after = ints(0, 0, 0, 1, 1), ints(0, 0, 0, 0, 0)
    assert moved_share(before, after) == pytest.approx(2 / 5)
    assert not same_partition(before, after)


def test_tens_of_thousands_of_clusters_are_matched_without_a_table_of_all_pairs() -> None:
    before = np.repeat(np.arange(50_000), 2)
    after = before.copy()
    after[::1000] = NO_CLUSTER
    assert moved_share(before, after) == pytest.approx(100 / len(before))


def test_the_threshold_names_no_more_strangers_than_asked_for() -> None:
    strangers = np.repeat([True, False], [200, 4])
    probabilities = np.concatenate([np.linspace(0, 0.8, 200), [0.79, 0.8, 0.9, 0.95]])
    guesses, truth = np.ones(204, dtype=np.int64), np.ones(204, dtype=np.int64)
    guesses[-1] = 2
    found = dir_at_far(guesses, probabilities, truth, strangers)
    assert found.false_alarms == pytest.approx(2 / 200)
    assert found.rate == pytest.approx(2 / 4)  # 0.8 and 0.9; of 0.79 too many strangers, 0.95 wrong


def test_strangers_who_are_all_sure_leave_nobody_named() -> None:
    sure = np.ones(200)
    found = dir_at_far(ints(*[1] * 200), sure, ints(*[1] * 200), np.arange(200) < 100)
    assert (found.rate, found.false_alarms) == (0, 0)


def test_without_strangers_every_guess_counts() -> None:
    found = dir_at_far(ints(1, 2, 0), np.array([0.9, 0.1, 0]), ints(1, 2, 3), np.zeros(3, bool))
    assert found.rate == pytest.approx(2 / 3)


def test_the_calibration_error_is_the_gap_of_each_bin_by_its_count() -> None:
    curve = calibration(
        np.array([0.95, 0.95, 0.95, 1.0, 0.2]), np.array([True, True, True, False, False])
    )
    assert curve.counts.tolist() == [1, 4]
    assert curve.right.tolist() == [0, 0.75]
    assert curve.error == pytest.approx((0.2 * 1 + (0.9625 - 0.75) * 4) / 5)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50))
def test_the_calibration_error_is_a_share(shown: list[tuple[float, bool]]) -> None:
    probabilities = np.array([p for p, _ in shown], dtype=np.float64)
    curve = calibration(probabilities, np.array([right for _, right in shown], dtype=bool))
    assert 0 <= curve.error <= 1
    assert curve.counts.sum() == len(shown)
