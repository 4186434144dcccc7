"""The simulated user: what each action costs, and when the work is over."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.evaluation.effort import (
    NO_CLUSTER,
    NOBODY,
    Different,
    Ints,
    Method,
    Party,
    Rejections,
    Trained,
    user_effort,
)


def nobody(count: int) -> Ints:
    return np.full(count, NOBODY, dtype=np.int64)


def always(clusters: Ints) -> Method:
    """A method that clusters thus, whatever is said, and guesses nothing."""
    return Method(lambda labels, _: Trained(clusters, nobody(len(labels))))


def people(*sizes: int) -> Ints:
    return np.repeat(np.arange(1, len(sizes) + 1), sizes)


def test_perfect_clusters_cost_one_action_a_person() -> None:
    truth = people(10, 10, 10)
    found = user_effort(always(truth), truth)
    assert (found.actions, found.people, found.named) == (3, 3, 1)
    assert found.actions_per_person == 1


def test_without_any_help_each_face_costs_an_action() -> None:
    truth = people(100, 100)
    found = user_effort(always(np.full(200, NO_CLUSTER)), truth)
    assert found.actions == 190
    assert found.named == pytest.approx(0.95)


def test_people_seen_once_or_twice_do_not_matter() -> None:
    truth = people(10, 2, 1)
    found = user_effort(always(truth), truth)
    assert (found.actions, found.people) == (1, 1)


def test_each_wrong_face_of_a_group_is_deselected() -> None:
    truth = people(18, 2)
    found = user_effort(always(np.zeros(20, dtype=np.int64)), truth)
    assert found.actions == 1 + 2
    assert found.wrong_labels == 0


def test_a_group_that_is_more_wrong_than_right_is_passed_over() -> None:
    truth = np.array([1, 1, 1, *range(2, 9)], dtype=np.int64)
    found = user_effort(always(np.zeros(10, dtype=np.int64)), truth)
    assert found.actions == 3


def test_a_guess_that_was_deselected_is_remembered_as_a_rejection() -> None:
    truth = people(20, 3)
    said: list[Rejections] = []

    def train(labels: Ints, rejections: Rejections) -> Trained:
        said.append(rejections)
        guesses = nobody(23) if len(said) == 1 else np.where(labels == NOBODY, 1, NOBODY)
        return Trained(np.where(np.arange(23) < 10, 0, NO_CLUSTER), guesses)

    user_effort(Method(train), truth)
    assert said[0] == said[1] == ()
    assert said[2] == ((20, 1), (21, 1), (22, 1))


def test_confirming_what_was_guessed_costs_one_action() -> None:
    truth = people(20)

    def train(labels: Ints, _: Rejections) -> Trained:
        known = (labels != NOBODY).any()
        guesses = np.where(labels == NOBODY, 1, NOBODY) if known else nobody(20)
        return Trained(np.where(np.arange(20) < 10, 0, NO_CLUSTER), guesses)

    assert user_effort(Method(train), truth).actions == 2


def test_a_question_that_joins_two_clusters_saves_a_name() -> None:
    truth = people(20, 20)
    quarters = np.repeat(np.arange(4), 10)

    def questions(_: Ints, __: Ints, ___: Different) -> Iterable[tuple[Party, Party]]:
        return [(("cluster", 0), ("cluster", 1)), (("cluster", 2), ("cluster", 3))]

    method = Method(always(quarters).train, questions)
    assert user_effort(method, truth).actions == 2 + 2


def test_a_cluster_that_an_answer_names_unseen_may_bring_wrong_labels() -> None:
    truth = people(30, 1)
    clusters = np.where(np.arange(31) < 15, 0, 1)

    def questions(_: Ints, labels: Ints, __: Different) -> Iterable[tuple[Party, Party]]:
        return [(("person", 1), ("cluster", 1))] if (labels == 1).any() else []

    # Cluster 1 holds the other person's only face; the user names 0 first, then says yes.
    first = always(np.where(clusters == 0, 0, NO_CLUSTER)).train
    second = always(clusters).train
    method = Method(
        lambda labels, said: (second if labels.any() else first)(labels, said), questions
    )
    found = user_effort(method, truth)
    assert (found.actions, found.wrong_labels) == (2, 1)


def test_a_user_whose_answers_settle_nothing_loses_patience() -> None:
    truth = people(20, 20)
    asked: list[int] = []

    def questions(_: Ints, __: Ints, ___: Different) -> Iterable[tuple[Party, Party]]:
        for number in range(100):
            asked.append(number)
            yield ("cluster", 1), ("cluster", 2)

    found = user_effort(Method(always(truth).train, questions), truth)
    assert found.actions == 3 + 2
    assert len(asked) == 4


def test_who_asks_is_told_whom_the_user_said_to_be_two_people() -> None:
    truth = people(20, 2, 5, 5, 5)
    clusters = np.where(truth == 2, 1, truth)
    told: list[Different] = []

    def questions(_: Ints, __: Ints, different: Different) -> Iterable[tuple[Party, Party]]:
        told.append(different)
        return [(("cluster", 3), ("cluster", 4))] if len(told) == 1 else []

    user_effort(Method(always(clusters).train, questions), truth)
    assert told[0] == ()
    answered, *deselected = told[1]
    assert answered == (22, 27)
    assert deselected == [(20, 0), (21, 0)]


def test_a_cluster_all_of_whose_faces_have_names_is_not_asked_about() -> None:
    truth = people(20, 6)

    def questions(_: Ints, labels: Ints, __: Different) -> Iterable[tuple[Party, Party]]:
        return [(("cluster", 1), ("cluster", 2))] if labels.any() else []

    assert user_effort(Method(always(truth).train, questions), truth).actions == 2


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(NO_CLUSTER, 5)), min_size=1, max_size=60))
def test_the_work_always_ends_with_enough_named_and_never_costs_more_than_by_hand(
    rows: list[tuple[int, int]],
) -> None:
    table = np.array(rows, dtype=np.int64)
    truth, clusters = table[:, 0], table[:, 1]
    found = user_effort(always(clusters), truth)
    matter = int((np.bincount(truth)[truth] >= 3).sum())
    assert found.named >= 0.95
    assert found.actions <= matter
    assert found.wrong_labels == 0
