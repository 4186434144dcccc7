"""Matching: one to one, and no other pairing shares more."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from faces.recognition.matching import Ints, most_shared

groups = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40)


def sides(rows: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def counted(one: Ints, other: Ints) -> Ints:
    """Return (8, 8) how much each pair of groups shares."""
    table = np.zeros((8, 8), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    return table


@given(groups)
def test_no_other_pairing_shares_more(rows: list[tuple[int, int]]) -> None:
    one, other = sides(rows)
    table, pairs = counted(one, other), most_shared(one, other)
    assert table[tuple(pairs.T)].sum() == table[linear_sum_assignment(table, maximize=True)].sum()


@given(groups)
def test_groups_are_in_one_pair_at_most_and_share_something(rows: list[tuple[int, int]]) -> None:
    one, other = sides(rows)
    pairs = most_shared(one, other)
    assert (counted(one, other)[tuple(pairs.T)] > 0).all()
    for side in pairs.T:
        assert len(np.unique(side)) == len(side)


def test_many_groups_are_paired_soon() -> None:
    random = np.random.default_rng(0)
    one = random.integers(0, 50_000, 500_000)
    moved = random.random(len(one)) < 0.05
    other = np.where(moved, random.permutation(one), one)
    pairs = most_shared(one, other)
    assert (pairs[:, 0] == pairs[:, 1]).mean() > 0.99
