"""Classification: open to strangers, bound by what people have said, nobody twice in a photo."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.recognition.classification import (
    NOBODY,
    Classes,
    ClassifierName,
    Ints,
    classify_faces,
)
from faces.recognition.embeddings import Matrix
from tests.embeddings import made_up_people, press_photos

seeds = st.integers(0, 2**32 - 1)
groups = st.lists(st.integers(1, 8), min_size=1, max_size=5)
classifiers: tuple[ClassifierName, ...] = get_args(ClassifierName)
both = pytest.mark.parametrize("classifier", classifiers)
chosen = st.sampled_from(classifiers)


def classified(
    embeddings: Matrix, people: Ints, photos: Ints | None = None, **more: Any
) -> Classes:
    """Classify; without photos each face has one of its own."""
    own = np.arange(len(people)) if photos is None else photos
    return classify_faces(embeddings, own, people, **more)


def some_labelled(people: Ints, seed: int, share: float = 0.4) -> Ints:
    """Return ids from 1 on for about a share of the faces, NOBODY for the others."""
    known = np.random.default_rng(seed).random(len(people)) < share
    return np.where(known, people + 1, NOBODY)


@settings(deadline=None)
@given(groups, seeds, chosen)
def test_answers_are_people_who_have_labels_with_probabilities_above_the_threshold(
    sizes: list[int], seed: int, classifier: ClassifierName
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    answers = classified(embeddings, people, classifier=classifier, min_probability=0.7)
    somebody = answers.people != NOBODY
    assert set(answers.people[somebody]) <= set(people)
    assert ((answers.probabilities[somebody] >= 0.7) & (answers.probabilities[somebody] <= 1)).all()
    assert (answers.probabilities[~somebody] == 0).all()
    assert not somebody[people != NOBODY].any()


@settings(deadline=None)
@given(groups, seeds, chosen, st.integers(1, 12))
def test_no_photo_has_a_person_twice_labels_included(
    sizes: list[int], seed: int, classifier: ClassifierName, places: int
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    photos = np.random.default_rng(seed).integers(0, places, len(people))
    answers = classified(embeddings, people, photos, classifier=classifier, min_probability=0)
    labelled = set(zip(photos[people != NOBODY], people[people != NOBODY], strict=True))
    somebody = answers.people != NOBODY
    guessed = list(zip(photos[somebody], answers.people[somebody], strict=True))
    assert len(guessed) == len(set(guessed))
    assert not labelled & set(guessed)


@settings(deadline=None)
@given(groups, seeds, chosen, st.sampled_from([0.0, 0.5]), st.data())
def test_a_rejected_person_is_never_answered(
    sizes: list[int],
    seed: int,
    classifier: ClassifierName,
    min_probability: float,
    data: st.DataObject,
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    pairs = st.tuples(st.integers(0, len(people) - 1), st.integers(1, len(sizes) + 1))
    rejected = data.draw(st.lists(pairs, max_size=20))
    answers = classified(
        embeddings,
        people,
        rejected=rejected,
        classifier=classifier,
        min_probability=min_probability,
    )
    assert not {(row, answers.people[row]) for row, _ in rejected} & set(rejected)


@both
def test_nobody_is_answered_where_everybody_is_rejected(classifier: ClassifierName) -> None:
    embeddings, _ = made_up_people([2, 2])
    people = np.array([1, NOBODY, 2, NOBODY])
    rejected = [(row, person) for row in (1, 3) for person in (1, 2)]
    answers = classified(
        embeddings, people, rejected=rejected, classifier=classifier, min_probability=0
    )
    assert answers.people.tolist() == [NOBODY] * 4


@both
def test_rejecting_the_nearest_person_leaves_the_next_one_free_to_be_answered(
    classifier: ClassifierName,
) -> None:
    embeddings, _ = made_up_people([4])
    # The same face was called Ann, Ann and Bob; the open one is said not to be Ann.
    people = np.array([1, 1, 2, NOBODY])
    answers = classified(embeddings, people, rejected=[(3, 1)], classifier=classifier)
    assert answers.people.tolist() == [NOBODY, NOBODY, NOBODY, 2]


@settings(deadline=None)
@given(groups, seeds, chosen, st.data())
def test_the_order_of_the_rows_does_not_change_the_answers(
    sizes: list[int], seed: int, classifier: ClassifierName, data: st.DataObject
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    random = np.random.default_rng(data.draw(seeds))
    photos = random.integers(0, len(people), len(people))
    order = random.permutation(len(people))
    straight = classified(embeddings, people, photos, classifier=classifier)
    shuffled = classified(embeddings[order], people[order], photos[order], classifier=classifier)
    assert straight.people[order].tolist() == shuffled.people.tolist()
    assert np.allclose(straight.probabilities[order], shuffled.probabilities, atol=1e-4)


@both
@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("labels", ["none", "all"])
def test_without_labels_or_without_open_faces_there_is_no_answer(
    count: int, labels: str, classifier: ClassifierName
) -> None:
    embeddings, identities = made_up_people([count])
    people = identities + 1 if labels == "all" else np.full(count, NOBODY)
    answers = classified(embeddings, people, classifier=classifier, min_probability=0)
    assert answers.people.tolist() == [NOBODY] * count
    assert answers.probabilities.tolist() == [0.0] * count


@both
def test_one_labelled_person_does_not_take_strangers(classifier: ClassifierName) -> None:
    embeddings, identities = made_up_people([6, *[1] * 30])
    people = np.where(np.arange(len(identities)) < 2, 1, NOBODY)
    answers = classified(embeddings, people, classifier=classifier)
    assert answers.people.tolist() == [NOBODY, NOBODY, 1, 1, 1, 1] + [NOBODY] * 30


@both
def test_identical_faces_are_the_person_that_one_of_them_is_called(
    classifier: ClassifierName,
) -> None:
    one, _ = made_up_people([1])
    answers = classified(
        np.repeat(one, 5, axis=0), np.array([1, 0, 0, 0, 0]), classifier=classifier
    )
    assert answers.people.tolist() == [0, 1, 1, 1, 1]


@both
def test_one_wrong_label_among_three_does_not_decide(classifier: ClassifierName) -> None:
    embeddings, _ = made_up_people([4, 4])
    # One of Bob's faces has been called Ann by mistake.
    people = np.array([1, 1, 1, NOBODY, 1, 2, 2, NOBODY])
    answers = classified(embeddings, people, classifier=classifier)
    assert answers.people[3] == 1
    assert answers.people[7] != 1


@both
def test_a_person_with_many_labels_does_not_outvote_one_with_few(
    classifier: ClassifierName,
) -> None:
    embeddings, identities = made_up_people([30, 3])
    people = np.where(np.arange(33) == 32, NOBODY, identities + 1)
    assert classified(embeddings, people, classifier=classifier).people[32] == 2


@both
@pytest.mark.parametrize("labels", [1, 3])
def test_press_photos_are_named_rightly_and_strangers_seldom(
    shared: Path, classifier: ClassifierName, labels: int
) -> None:
    known, identities, _ = press_photos(shared, people=20, at_least=8)
    strangers, others, _ = press_photos(shared, people=200, seed=1)
    apart = ~np.isin(others, identities)
    embeddings = np.concatenate([known, strangers[apart]])
    truth = np.concatenate([identities + 1, np.full(int(apart.sum()), NOBODY)])
    people = np.full(len(truth), NOBODY)
    for identity in np.unique(identities):
        rows = np.flatnonzero(truth == identity + 1)[:labels]
        people[rows] = identity + 1
    answers = classified(embeddings, people, classifier=classifier)
    known_rows = (truth != NOBODY) & (people == NOBODY)
    assert (answers.people[known_rows] == truth[known_rows]).mean() > (0.8 if labels == 1 else 0.88)
    assert (answers.people[truth == NOBODY] != NOBODY).mean() < 0.03
