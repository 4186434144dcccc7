"""Classification: open to strangers, bound by what people have said, nobody twice in a photo."""

import tracemalloc
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
    hold_out,
    likely_mistakes,
)
from faces.recognition.embeddings import Matrix
from faces.recognition.evaluation.scores import calibration
from tests.embeddings import MODEL, made_up_people, press_photos

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
    return classify_faces(embeddings, own, people, **{"model": MODEL} | more)


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
@given(groups, seeds, chosen)
def test_the_runner_up_is_somebody_else_and_less_likely(
    sizes: list[int], seed: int, classifier: ClassifierName
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    answers = classified(embeddings, people, classifier=classifier, min_probability=0.7)
    second = answers.runners_up != NOBODY
    assert set(answers.runners_up[second]) <= set(people)
    assert not second[people != NOBODY].any()
    assert (answers.runners_up[second] != answers.people[second]).all()
    assert (answers.runner_up_probabilities[~second] == 0).all()
    assert (answers.runner_up_probabilities[second] > 0).all()
    both = answers.probabilities + answers.runner_up_probabilities
    assert (both <= 1 + 1e-9).all()


@both
def test_a_face_below_the_threshold_still_has_somebody_it_is_likest_to(
    classifier: ClassifierName,
) -> None:
    embeddings, identities = made_up_people([4, 4], spread=0.8)
    people = np.where(np.arange(8) % 4 == 0, identities + 1, NOBODY)
    answers = classified(embeddings, people, classifier=classifier, min_probability=1.0)
    open_faces = people == NOBODY
    assert (answers.people[open_faces] == NOBODY).all()
    assert (answers.runners_up[open_faces] == identities[open_faces] + 1).all()


@settings(deadline=None)
@given(groups, seeds, chosen, st.integers(0, 10))
def test_nobody_is_in_a_photo_taken_before_their_birth(
    sizes: list[int], seed: int, classifier: ClassifierName, day: int
) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = some_labelled(identities, seed)
    days = np.random.default_rng(seed).integers(0, 10, len(people)).astype(float)
    days[::5] = np.nan
    born = {person + 1: float(day) for person in range(0, len(sizes), 2)}
    answers = classified(embeddings, people, classifier=classifier, days=days, born=born)
    for named in (answers.people, answers.runners_up):
        too_early = np.isin(named, list(born)) & (days < day)
        assert not too_early.any()


def test_a_photo_from_before_a_sibling_was_born_shows_the_other_one() -> None:
    embeddings, identities = made_up_people([6, 6], seed=2)
    people = np.where(np.arange(12) % 6 < 3, identities + 1, NOBODY)
    like_second = embeddings.copy()
    like_second[3:6] = embeddings[9:12]
    days = np.where(np.arange(12) < 6, 0.0, 10.0)
    free = classified(like_second, people, min_probability=0.0)
    assert (free.people[3:6] == 2).all()
    bound = classified(like_second, people, days=days, born={2: 5.0}, min_probability=0.0)
    assert (bound.people[3:6] == 1).all()
    assert (bound.people[9:12] == 2).all()


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


def test_no_faces_at_all_get_no_answer() -> None:
    nothing, none = np.empty((0, 0), dtype=np.float32), np.empty(0, dtype=np.int64)
    assert len(classify_faces(nothing, none, none, model=MODEL).people) == 0
    assert len(hold_out(nothing, none, none, model=MODEL).people) == 0
    assert len(likely_mistakes(nothing, none, none, model=MODEL).rows) == 0


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


def known_press_people(shared: Path, labels: int) -> tuple[Matrix, Ints, Ints, Ints]:
    """Return embeddings, photos, labels and truth of 30 known people among 300 strangers."""
    known, identities, photos = press_photos(shared, people=30, at_least=10)
    others, strangers, other_photos = press_photos(shared, people=300, seed=1)
    apart = ~np.isin(strangers, identities)
    embeddings = np.concatenate([known, others[apart]])
    truth = np.concatenate([identities + 1, np.full(int(apart.sum()), NOBODY)])
    people = np.full(len(truth), NOBODY)
    for person in np.unique(truth[truth != NOBODY]):
        people[np.flatnonzero(truth == person)[:labels]] = person
    return embeddings, np.concatenate([photos, other_photos[apart]]), people, truth


@both
def test_the_shown_probability_of_press_photos_holds(
    shared: Path, classifier: ClassifierName
) -> None:
    embeddings, photos, people, truth = known_press_people(shared, 3)
    answers = classified(
        embeddings,
        people,
        photos,
        model="dlib-resnet-128",
        classifier=classifier,
        min_probability=0.0,
    )
    rest = people == NOBODY
    right = (answers.people == truth) & (truth != NOBODY)
    assert calibration(answers.probabilities[rest], right[rest]).error < 0.02


def test_rejections_make_strangers_less_likely(shared: Path) -> None:
    embeddings, photos, people, truth = known_press_people(shared, 3)
    more = {"model": "dlib-resnet-128", "min_probability": 0.05}
    before = classified(embeddings, people, photos, **more)
    wrong = np.flatnonzero((before.people != NOBODY) & (truth == NOBODY))
    assert len(wrong) > 10
    said, unsaid = wrong[::2], wrong[1::2]
    rejected = [(int(row), int(before.people[row])) for row in said]
    after = classified(embeddings, people, photos, rejected=rejected, **more)
    assert after.probabilities[unsaid].sum() < before.probabilities[unsaid].sum()


@both
@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_embeddings_of_other_kinds_and_lengths_are_taken(
    kind: type[np.floating], classifier: ClassifierName
) -> None:
    embeddings, identities = made_up_people([4, 4, 1, 1])
    people = np.where(np.arange(10) % 4 < 2, identities + 1, NOBODY)
    plain = classified(embeddings, people, classifier=classifier)
    other = classified((embeddings * 3).astype(kind), people, classifier=classifier)
    assert other.people.tolist() == plain.people.tolist()


def test_a_label_stands_where_the_photo_or_a_rejection_speaks_against_it() -> None:
    embeddings, _ = made_up_people([4, 2])
    # Two faces of photo 1 are both called Ann, and one of them has been said not to be Ann.
    people = np.array([1, 1, NOBODY, NOBODY, 2, NOBODY])
    photos = np.array([1, 1, 1, 2, 3, 4])
    answers = classified(embeddings, people, photos, rejected=[(0, 1)])
    assert answers.people.tolist() == [NOBODY, NOBODY, NOBODY, 1, NOBODY, 2]


def test_many_people_with_few_labels_are_told_apart() -> None:
    embeddings, identities = made_up_people([4] * 500)
    people = np.where(np.arange(2_000) % 4 < 3, identities + 1, NOBODY)
    answers = classified(embeddings, people)
    rest = people == NOBODY
    assert (answers.people[rest] == identities[rest] + 1).all()


@both
def test_classifying_ends_when_it_is_told_to(classifier: ClassifierName) -> None:
    embeddings, identities = made_up_people([3, 3])
    people = np.where(np.arange(6) % 3 == 0, identities + 1, NOBODY)

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        classified(embeddings, people, classifier=classifier, keep_going=stop)


def test_wrong_labels_of_press_photos_are_found(shared: Path) -> None:
    embeddings, photos, people, truth = known_press_people(shared, 8)
    random = np.random.default_rng(0)
    planted = random.choice(np.flatnonzero(people != NOBODY), 12, replace=False)
    ids = np.unique(people[people != NOBODY])
    people[planted] = ids[(np.searchsorted(ids, people[planted]) + 1) % len(ids)]
    mistakes = likely_mistakes(embeddings, photos, people, model="dlib-resnet-128")
    found = np.isin(mistakes.rows, planted)
    assert found.sum() >= 11
    assert found.mean() >= 0.8
    assert (mistakes.people[found] == truth[mistakes.rows[found]]).mean() >= 0.9
    assert (np.diff(mistakes.probabilities) <= 0).all()


def test_a_stranger_with_a_label_looks_like_nobody(shared: Path) -> None:
    embeddings, photos, people, truth = known_press_people(shared, 8)
    planted = np.flatnonzero(truth == NOBODY)[::60]
    people[planted] = np.unique(people[people != NOBODY])[: len(planted)]
    mistakes = likely_mistakes(embeddings, photos, people, model="dlib-resnet-128")
    found = np.isin(mistakes.rows, planted)
    assert found.sum() >= len(planted) - 1
    assert (mistakes.people[found] == NOBODY).all()


@pytest.mark.parametrize("sizes", [[], [1], [2], [1, 1]])
def test_nothing_is_suspicious_among_few_labels(sizes: list[int]) -> None:
    embeddings, identities = made_up_people(sizes)
    own = np.arange(len(identities))
    assert len(likely_mistakes(embeddings, own, identities + 1).rows) == 0


@settings(deadline=None)
@given(groups, seeds)
def test_mistakes_are_labelled_faces_and_somebody_else(sizes: list[int], seed: int) -> None:
    embeddings, identities = made_up_people(sizes, seed=seed)
    people = np.random.default_rng(seed).permutation(some_labelled(identities, seed))
    mistakes = likely_mistakes(
        embeddings, np.arange(len(people)), people, model=MODEL, min_probability=0
    )
    assert (people[mistakes.rows] != NOBODY).all()
    assert (people[mistakes.rows] != mistakes.people).all()
    assert ((mistakes.probabilities >= 0) & (mistakes.probabilities <= 1)).all()


@both
def test_hidden_labels_of_press_photos_are_guessed_again(
    shared: Path, classifier: ClassifierName
) -> None:
    embeddings, photos, people, truth = known_press_people(shared, 5)
    answers = hold_out(embeddings, photos, people, model="dlib-resnet-128", classifier=classifier)
    known = people != NOBODY
    assert (answers.people[known] == truth[known]).mean() > 0.95
    assert (answers.people[~known] == NOBODY).all()


@pytest.mark.parametrize("sizes", [[], [1], [2], [1, 1]])
def test_few_labels_can_be_hidden(sizes: list[int]) -> None:
    embeddings, identities = made_up_people(sizes)
    answers = hold_out(embeddings, np.arange(len(identities)), identities + 1)
    assert ((answers.probabilities >= 0) & (answers.probabilities <= 1)).all()


@both
def test_hidden_labels_are_guessed_as_if_they_had_never_been_given(
    shared: Path, classifier: ClassifierName
) -> None:
    embeddings, photos, people, _ = known_press_people(shared, 1)
    people[people > np.unique(people)[5]] = NOBODY
    answers = hold_out(embeddings, photos, people, model=MODEL, classifier=classifier)
    # Of five people with one label each, one is hidden at a time.
    for row in np.flatnonzero(people != NOBODY):
        others = np.where(np.arange(len(people)) == row, NOBODY, people)
        plain = classified(embeddings, others, photos, classifier=classifier, min_probability=0)
        assert answers.people[row] == plain.people[row]
        assert answers.probabilities[row] == plain.probabilities[row]


def test_a_hundred_thousand_labels_are_judged_in_little_memory() -> None:
    few, _ = made_up_people([50] * 2)
    embeddings = np.tile(few, (1_000, 1))
    people = np.tile(np.repeat([1, 2], 50), 1_000)
    tracemalloc.start()
    likely_mistakes(embeddings, np.arange(len(people)), people, model=MODEL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * embeddings.nbytes


def test_without_faces_there_are_no_answers() -> None:
    nothing = np.empty(0, dtype=np.int64)
    classes = classify_faces(np.empty((0, 0)), nothing, nothing, model="dlib-resnet-128")
    assert len(classes.people) == len(classes.probabilities) == 0
