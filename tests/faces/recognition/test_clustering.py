"""Clustering: the same groups whatever the order, nobody twice in a photo, ids that last."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.recognition.clustering import (
    AUTO,
    NOBODY,
    Clusters,
    Ints,
    Stages,
    are_apart,
    carry_over,
    cluster_faces,
    hash_of_question,
    majority_people,
    people_of_faces,
    place_faces,
    rejected_pairs,
    sizes_of_stages,
)
from faces.recognition.embeddings import InvalidEmbeddingsError, Matrix, unit_rows
from faces.recognition.exclusion import CROWD
from tests.embeddings import MODEL, bcubed_f, made_up_people, partition, press_photos

seeds = st.integers(0, 2**32 - 1)
# How many faces each made-up person has: strangers, pairs, people who are seen often.
groups = st.lists(st.integers(1, 12), min_size=1, max_size=6)
labellings = st.lists(
    st.tuples(st.integers(NOBODY, 5), st.integers(NOBODY, 5)), max_size=30
)  # (previous, current) cluster of a face


def clustered(embeddings: Matrix, photos: Ints | None = None, size: Stages = 3) -> Clusters:
    """Cluster; without photos each face has one of its own."""
    own = np.arange(len(embeddings)) if photos is None else photos
    return cluster_faces(embeddings, own, model=MODEL, min_cluster_size=size)


def columns(rows: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@settings(deadline=None)
@given(groups, seeds, st.data())
def test_the_order_of_the_rows_does_not_change_the_groups(
    sizes: list[int], seed: int, data: st.DataObject
) -> None:
    embeddings, _ = made_up_people(sizes, seed=seed)
    count = len(embeddings)
    random = np.random.default_rng(data.draw(seeds))
    photos = random.integers(0, max(1, count // 2), count)
    order = random.permutation(count)
    straight = clustered(embeddings, photos)
    shuffled = clustered(embeddings[order], photos[order])
    assert partition(straight.labels, range(count), nobody=NOBODY) == partition(
        shuffled.labels, order, nobody=NOBODY
    )


@settings(deadline=None)
@given(groups, seeds, st.integers(1, 5))
def test_clusters_are_numbered_without_gaps_by_first_appearance(
    sizes: list[int], seed: int, smallest: int
) -> None:
    embeddings, _ = made_up_people(sizes, seed=seed)
    clusters = clustered(embeddings, size=smallest)
    named = clusters.labels[clusters.labels != NOBODY].tolist()
    assert list(dict.fromkeys(named)) == list(range(clusters.count))
    assert ((clusters.probabilities >= 0) & (clusters.probabilities <= 1)).all()
    assert (clusters.probabilities[clusters.labels == NOBODY] == 0).all()


@settings(deadline=None)
@given(groups, seeds, st.integers(1, 20))
def test_no_cluster_has_two_faces_of_a_photo(sizes: list[int], seed: int, places: int) -> None:
    embeddings, _ = made_up_people(sizes, seed=seed)
    photos = np.random.default_rng(seed).integers(0, places, len(embeddings))
    labels = clustered(embeddings, photos).labels
    somebody = labels != NOBODY
    pairs = list(zip(labels[somebody], photos[somebody], strict=True))
    assert len(pairs) == len(set(pairs))


def test_a_crowd_does_not_put_two_of_its_faces_in_one_cluster() -> None:
    embeddings, _ = made_up_people([2] * (CROWD // 2 + 1) + [4])
    photos = np.append(np.zeros(len(embeddings) - 4, dtype=np.int64), [1, 2, 3, 4])
    labels = clustered(embeddings, photos, size=2).labels
    assert labels.tolist() == [NOBODY] * (len(labels) - 4) + [0] * 4


def test_a_crowd_is_not_placed_with_one_person() -> None:
    embeddings, _ = made_up_people([CROWD + 4])
    people = np.append([7] * 3, np.zeros(CROWD + 1, dtype=np.int64))
    photos = np.append([1, 2, 3], np.full(CROWD + 1, 4))
    rows = np.arange(3, CROWD + 4)
    placed, _ = place_faces(embeddings, photos, people, rows, nobody=0, model=MODEL)
    assert (placed == 7).sum() == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_faces_make_no_cluster(count: int) -> None:
    embeddings, _ = made_up_people([count])
    clusters = clustered(embeddings)
    assert clusters.labels.tolist() == [NOBODY] * count
    assert clusters.probabilities.tolist() == [0.0] * count
    assert clusters.count == 0


@settings(deadline=None)
@given(st.integers(3, 60), seeds)
def test_identical_faces_are_one_person(count: int, seed: int) -> None:
    one, _ = made_up_people([1], seed=seed)
    assert clustered(np.repeat(one, count, axis=0)).labels.tolist() == [0] * count


@settings(deadline=None)
@given(st.integers(3, 40), seeds)
def test_a_library_of_one_person_is_one_cluster(count: int, seed: int) -> None:
    embeddings, _ = made_up_people([count], seed=seed)
    assert clustered(embeddings).labels.tolist() == [0] * count


@settings(deadline=None)
@given(st.integers(4, 20), st.integers(1, 10), seeds)
def test_one_person_among_strangers_is_one_cluster(count: int, others: int, seed: int) -> None:
    embeddings, _ = made_up_people([count, *[1] * others], seed=seed)
    assert clustered(embeddings).labels.tolist() == [0] * count + [NOBODY] * others


@settings(deadline=None)
@given(st.integers(2, 20), seeds)
def test_strangers_who_are_seen_once_make_no_cluster(count: int, seed: int) -> None:
    embeddings, _ = made_up_people([1] * count, seed=seed)
    assert clustered(embeddings).count == 0


@settings(deadline=None)
@given(st.lists(st.integers(3, 15), min_size=2, max_size=8), seeds)
def test_people_who_look_unalike_are_told_apart(sizes: list[int], seed: int) -> None:
    embeddings, people = made_up_people(sizes, seed=seed)
    assert clustered(embeddings).labels.tolist() == people.tolist()


def test_a_pair_is_a_person_only_where_two_are_enough() -> None:
    embeddings, people = made_up_people([2, 2])
    assert clustered(embeddings, size=3).count == 0
    assert clustered(embeddings, size=2).labels.tolist() == people.tolist()


def test_press_photos_are_grouped_well(shared: Path) -> None:
    embeddings, people, photos = press_photos(shared, people=400)
    labels = clustered(embeddings, photos).labels
    assert bcubed_f(labels, people, nobody=NOBODY) > 0.88


def test_press_photos_are_grouped_alike_in_any_order(shared: Path) -> None:
    embeddings, _, photos = press_photos(shared, people=300)
    order = np.random.default_rng(0).permutation(len(photos))
    assert partition(
        clustered(embeddings, photos).labels, range(len(photos)), nobody=NOBODY
    ) == partition(clustered(embeddings[order], photos[order]).labels, order, nobody=NOBODY)


@pytest.mark.parametrize("seed", range(3))
def test_the_press_photos_of_one_person_are_one_cluster(shared: Path, seed: int) -> None:
    embeddings, _, photos = press_photos(shared, people=1, at_least=15, seed=seed)
    labels = clustered(embeddings, photos).labels
    assert labels.max() == 0
    assert (labels == 0).mean() > 0.8


@given(labellings)
def test_a_cluster_that_did_not_change_keeps_its_id(rows: list[tuple[int, int]]) -> None:
    _, current = columns(rows)
    previous = np.where(current == NOBODY, NOBODY, current + 100)
    assert carry_over(previous, current) == {
        int(c): int(c) + 100 for c in np.unique(current) if c != NOBODY
    }


@given(labellings)
def test_each_previous_id_goes_to_one_cluster_that_shares_a_face(
    rows: list[tuple[int, int]],
) -> None:
    previous, current = columns(rows)
    carried = carry_over(previous, current)
    assert len(set(carried.values())) == len(carried)
    for new, old in carried.items():
        assert NOBODY not in (new, old)
        assert ((previous == old) & (current == new)).any()


@given(labellings, st.permutations(range(30)))
def test_ids_are_carried_over_for_most_faces_in_any_order(
    rows: list[tuple[int, int]], order: list[int]
) -> None:
    kept = [row for row in order if row < len(rows)]

    def shared(rows: list[tuple[int, int]]) -> int:
        previous, current = columns(rows)
        carried = carry_over(previous, current)
        return sum(carried.get(new) == old for old, new in rows if NOBODY not in (old, new))

    assert shared(rows) == shared([rows[row] for row in kept])


def test_the_larger_part_of_a_split_cluster_keeps_the_id() -> None:
    previous, current = np.array([7] * 5), np.array([0, 0, 1, 1, 1])
    assert carry_over(previous, current) == {1: 7}


def test_ids_are_carried_over_for_the_most_faces_altogether() -> None:
    # Cluster 0 shares 3 with 7 and 2 with 8; cluster 1 shares 2 with 7 alone.
    previous = np.array([7, 7, 7, 8, 8, 8, 7, 7])
    current = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    assert carry_over(previous, current) == {0: 8, 1: 7}


@given(labellings)
def test_a_cluster_is_whom_more_than_half_of_its_labels_say(rows: list[tuple[int, int]]) -> None:
    clusters, people = columns(rows)
    result = majority_people(clusters, people, nobody=NOBODY)
    for cluster in set(clusters.tolist()) - {NOBODY}:
        votes = [person for c, person in rows if c == cluster and person != NOBODY]
        winners = [person for person in set(votes) if 2 * votes.count(person) > len(votes)]
        assert ([result[cluster]] if cluster in result else []) == winners
    assert NOBODY not in result


def test_a_tie_of_labels_names_nobody() -> None:
    assert majority_people(np.array([0, 0, 0]), np.array([5, 6, 0]), nobody=0) == {}


@given(labellings, st.data())
def test_a_rejected_person_is_not_the_person_of_a_cluster_for_that_face(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    clusters, _ = columns(rows)
    person_of = {0: 10, 1: 11, 2: 10}
    rejected = data.draw(
        st.lists(
            st.tuples(st.integers(0, max(0, len(rows) - 1)), st.sampled_from([10, 11, 12])),
            max_size=10 if rows else 0,
        )
    )
    people = people_of_faces(
        Clusters(clusters, np.ones(len(rows))),
        person_of,
        photos=np.arange(len(rows)),
        labels=np.zeros(len(rows), dtype=np.int64),
        rejected=rejected,
        nobody=0,
    )
    for row, cluster in enumerate(clusters.tolist()):
        meant = person_of.get(cluster, 0)
        assert people[row] == (0 if (row, meant) in rejected else meant)


@given(labellings, st.data())
def test_two_clusters_of_one_person_put_nobody_twice_in_a_photo(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    clusters, _ = columns(rows)
    count = len(rows)

    def each(values: st.SearchStrategy[int]) -> Ints:
        return np.array(data.draw(st.lists(values, min_size=count, max_size=count)), np.int64)

    photos, labels = each(st.integers(1, 4)), each(st.sampled_from([0, 0, 10, 11]))
    people = people_of_faces(
        Clusters(clusters, np.ones(count)),
        {0: 10, 1: 10, 2: 11},
        photos=photos,
        labels=labels,
        rejected=[],
        nobody=0,
    )
    guessed = [
        (photo, person)
        for photo, person, label in zip(photos, people, labels, strict=True)
        if person and not label
    ]
    labelled = {(p, label) for p, label in zip(photos, labels, strict=True) if label}
    assert len(guessed) == len(set(guessed))
    assert not labelled & set(guessed)


def test_the_same_faces_give_the_same_clusters_again() -> None:
    embeddings, _ = made_up_people([5, 4, 1, 1])
    first, again = clustered(embeddings), clustered(embeddings)
    assert first.labels.tolist() == again.labels.tolist()
    assert first.probabilities.tolist() == again.probabilities.tolist()


def test_faces_that_are_apart_are_never_in_one_cluster() -> None:
    embeddings, _ = made_up_people([6, 4])
    photos = np.arange(10)
    labels = cluster_faces(embeddings, photos, model=MODEL, apart=[(0, 1), (7, 9)]).labels
    assert labels[0] != labels[1]
    assert labels[7] != labels[9]
    assert are_apart(labels, [(0, 1), (7, 9)])
    assert not are_apart(np.array([0, 0, 1]), [(0, 1)])
    assert are_apart(np.array([NOBODY, NOBODY, 1]), [(0, 1)])


def test_poor_faces_join_a_cluster_but_make_none() -> None:
    embeddings, people = made_up_people([5, 3])
    poor = np.array([False] * 4 + [True] * 4)
    labels = cluster_faces(embeddings, np.arange(8), model=MODEL, poor=poor).labels
    assert labels.tolist() == [0] * 5 + [NOBODY] * 3


def test_a_poor_face_does_not_join_where_its_photo_has_the_person_already() -> None:
    embeddings, _ = made_up_people([5])
    poor = np.array([False] * 4 + [True])
    labels = cluster_faces(embeddings, np.array([1, 2, 3, 4, 4]), model=MODEL, poor=poor).labels
    assert labels.tolist() == [0, 0, 0, 0, NOBODY]


def test_the_pictures_of_a_burst_count_as_one() -> None:
    """Forty shots of one moment do not make a person whom others resemble more easily."""
    embeddings, _ = made_up_people([4])
    shots = np.repeat(embeddings[:1], 40, axis=0)
    labels = clustered(np.concatenate([embeddings, shots])).labels
    assert labels.tolist() == [0] * 44


def test_clustering_can_be_ended_while_it_computes() -> None:
    class Ended(Exception):
        pass

    def keep_going() -> None:
        raise Ended

    embeddings, _ = made_up_people([5, 5])
    with pytest.raises(Ended):
        cluster_faces(embeddings, np.arange(10), model=MODEL, keep_going=keep_going)


def test_a_new_face_is_placed_with_the_person_it_fits() -> None:
    embeddings, identities = made_up_people([6, 5, 1])
    rows = np.array([0, 6, 11])
    people = np.where(np.isin(np.arange(12), rows), 0, identities + 100)
    placed, probabilities = place_faces(
        embeddings, np.arange(12), people, rows, nobody=0, model=MODEL
    )
    assert placed.tolist() == [100, 101, 0]
    assert (probabilities[:2] > 0.5).all()
    assert probabilities[2] == 0


def test_two_new_faces_of_a_photo_are_not_placed_with_one_person() -> None:
    embeddings, _ = made_up_people([6])
    people = np.array([7, 7, 7, 7, 0, 0])
    placed, _ = place_faces(
        embeddings, np.array([1, 2, 3, 4, 5, 5]), people, np.array([4, 5]), nobody=0, model=MODEL
    )
    assert sorted(placed.tolist()) == [0, 7]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(4, 11), st.integers(4, 11)), max_size=12))
def test_of_new_faces_that_are_apart_as_many_are_placed_as_bar_each_other_not(
    said: list[tuple[int, int]],
) -> None:
    one, _ = made_up_people([1])
    rows = np.arange(4, 12)
    people = np.array([7] * 4 + [0] * 8)
    apart = [pair for pair in said if pair[0] != pair[1]]
    placed, _ = place_faces(
        np.repeat(one, 12, axis=0), np.arange(12), people, rows, nobody=0, model=MODEL, apart=apart
    )
    stayed = set(rows[placed == 7].tolist())
    assert not any(first in stayed and second in stayed for first, second in apart)
    for row in set(rows.tolist()) - stayed:
        assert any(row in pair and stayed & set(pair) for pair in apart)


@settings(deadline=None)
@given(seeds)
def test_which_of_many_new_faces_are_placed_does_not_depend_on_their_order(seed: int) -> None:
    embeddings, _ = made_up_people([12], seed=seed)
    random = np.random.default_rng(seed)
    people = np.array([7] * 4 + [0] * 8)
    apart = [tuple(random.choice(np.arange(4, 12), 2, replace=False).tolist()) for _ in range(8)]
    order = np.concatenate([np.arange(4), 4 + random.permutation(8)])
    place = {int(row): number for number, row in enumerate(order)}

    def placed(embeddings: Matrix, apart: list[tuple[int, int]]) -> Ints:
        own, rows = np.arange(12), np.arange(4, 12)
        return place_faces(embeddings, own, people, rows, nobody=0, model=MODEL, apart=apart)[0]

    straight = placed(embeddings, [(one, other) for one, other in apart])
    shuffled = placed(embeddings[order], [(place[one], place[other]) for one, other in apart])
    assert straight[order[4:] - 4].tolist() == shuffled.tolist()


def test_placing_can_be_ended() -> None:
    embeddings, _ = made_up_people([4])
    people, rows = np.array([7, 7, 7, 0]), np.array([3])

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        place_faces(embeddings, np.arange(4), people, rows, nobody=0, model=MODEL, keep_going=stop)


@pytest.mark.parametrize("known", [[0, 0, 0], [7, 0, 0]])
def test_where_nobody_is_known_new_faces_are_nobody(known: list[int]) -> None:
    embeddings, _ = made_up_people([1, 1, 1])
    rows = np.array([1, 2])
    placed, _ = place_faces(embeddings, np.arange(3), np.array(known), rows, nobody=0, model=MODEL)
    assert placed.tolist() == [0, 0]


def test_new_faces_are_mostly_placed_where_a_full_clustering_puts_them(shared: Path) -> None:
    embeddings, _, photos = press_photos(shared, people=300, at_least=3)
    full = cluster_faces(embeddings, photos, model=MODEL).labels
    new = np.flatnonzero(np.random.default_rng(0).random(len(photos)) < 0.05)
    known = np.delete(np.arange(len(photos)), new)
    before = np.full(len(photos), NOBODY)
    before[known] = cluster_faces(embeddings[known], photos[known], model=MODEL).labels
    placed, _ = place_faces(embeddings, photos, before, new, nobody=NOBODY, model=MODEL)
    continued = carry_over(before[known], full[known])
    expected = np.array([continued.get(int(cluster), NOBODY) for cluster in full[new]])
    assert (placed == expected).mean() > 0.9


def test_a_rejection_keeps_a_face_from_the_faces_of_that_person() -> None:
    people = np.array([5, 5, 6, 0])
    # Row 0 is labelled with whom it was said not to be: the label wins.
    assert rejected_pairs(people, [(3, 5), (0, 5), (2, 9)], nobody=0) == [(3, 0), (3, 1)]


def test_the_question_changes_with_what_is_asked() -> None:
    embeddings, _ = made_up_people([3])
    photos, poor = np.arange(3), np.zeros(3, dtype=bool)

    def asked(**changes: object) -> str:
        question = {
            "model": MODEL,
            "poor": poor,
            "rejected": [],
            "min_cluster_size": 2,
            "core": 0.0,
        }
        return hash_of_question(embeddings, photos, **question | changes)  # type: ignore[arg-type]

    assert asked() == asked(min_cluster_size=[2]) == asked(min_cluster_size="auto")
    others = [asked(model=""), asked(poor=~poor), asked(rejected=[(0, 1)]), asked(core=1.0)]
    others += [asked(min_cluster_size=3), asked(min_cluster_size=[20, 3])]
    assert len({asked(), *others}) == 7


def test_the_stages_fall_whatever_is_asked_and_auto_goes_by_the_size() -> None:
    assert sizes_of_stages(1, 10) == (2,)
    assert sizes_of_stages([3, 20, 10, 3], 10) == (20, 10, 3)
    assert sizes_of_stages(AUTO, 0) == (2,)
    assert sizes_of_stages(AUTO, 2_000) == (10, 2)
    assert sizes_of_stages(AUTO, 1_000_000) == (20, 10, 2)


@settings(deadline=None)
@given(groups, seeds, st.data())
def test_stages_give_the_same_groups_in_any_order(
    sizes: list[int], seed: int, data: st.DataObject
) -> None:
    embeddings, _ = made_up_people(sizes, seed=seed)
    photos = np.random.default_rng(seed).integers(0, len(embeddings), len(embeddings))
    order = np.random.default_rng(data.draw(seeds)).permutation(len(embeddings))
    straight = clustered(embeddings, photos, size=[6, 4, 2])
    shuffled = clustered(embeddings[order], photos[order], size=[6, 4, 2])
    assert partition(straight.labels, range(len(order)), nobody=NOBODY) == partition(
        shuffled.labels, order, nobody=NOBODY
    )
    for cluster in range(straight.count):
        assert len(set(photos[straight.labels == cluster])) == (straight.labels == cluster).sum()


def test_large_clusters_of_an_early_stage_take_what_fits_before_small_ones_are_founded(
    shared: Path,
) -> None:
    embeddings, _, photos = press_photos(shared, people=200, at_least=2)
    first = clustered(embeddings, photos, size=20).labels
    staged = clustered(embeddings, photos, size=[20, 2]).labels
    at_once = clustered(embeddings, photos, size=2).labels
    for cluster in range(first.max() + 1):
        (stands,) = set(staged[first == cluster])
        assert stands != NOBODY
    assert (staged != NOBODY).sum() > (first != NOBODY).sum()
    assert partition(staged, range(len(photos)), nobody=NOBODY) != partition(
        at_once, range(len(photos)), nobody=NOBODY
    )


def test_with_more_evidence_asked_for_the_groups_are_purer_and_more(shared: Path) -> None:
    embeddings, identities, photos = press_photos(shared, people=200, at_least=2)

    def links(core: float) -> tuple[int, int]:
        labels = cluster_faces(embeddings, photos, model=MODEL, core=core).labels
        same = (labels[:, None] == labels) & (labels != NOBODY)[:, None]
        return int(same.sum()), int((same & (identities[:, None] != identities)).sum())

    assert links(-5.0)[0] > links(0.0)[0] > links(5.0)[0]
    assert links(-5.0)[1] > links(5.0)[1]


def test_with_more_evidence_asked_for_a_new_face_is_placed_less_easily() -> None:
    embeddings, people = made_up_people([5, 5])
    known = np.where(np.arange(10) == 4, NOBODY, people)
    rows, photos = np.array([4]), np.arange(10)

    def placed(core: float) -> list[int]:
        found, _ = place_faces(
            embeddings, photos, known, rows, nobody=NOBODY, model=MODEL, core=core
        )
        return list(found)

    assert (placed(0.0), placed(1000.0)) == ([0], [NOBODY])


def test_poor_faces_do_not_move_the_good_ones(shared: Path) -> None:
    embeddings, _, photos = press_photos(shared, people=300)
    poor = np.random.default_rng(0).random(len(photos)) < 0.3
    together = cluster_faces(embeddings, photos, model=MODEL, poor=poor).labels
    alone = cluster_faces(embeddings[~poor], photos[~poor], model=MODEL).labels
    rows = range(int((~poor).sum()))
    assert partition(together[~poor], rows, nobody=NOBODY) == partition(alone, rows, nobody=NOBODY)


def test_many_new_faces_of_one_person_are_placed_with_it(shared: Path) -> None:
    embeddings, identities, photos = press_photos(shared, people=300)
    names, counts = np.unique(identities, return_counts=True)
    largest = np.flatnonzero(identities == names[counts.argmax()])
    new = largest[len(largest) // 3 :]
    placed, _ = place_faces(
        embeddings,
        photos,
        np.where(np.isin(np.arange(len(photos)), new), -1, identities),
        new,
        nobody=-1,
        model=MODEL,
    )
    assert (placed == identities[new]).mean() > 0.9


def test_long_bursts_of_one_person_are_one_cluster() -> None:
    pictures, _ = made_up_people([3, *[1] * 40])
    shots = np.repeat(pictures, [60] * 3 + [1] * 40, axis=0)
    noise = np.random.default_rng(0).normal(scale=1e-4, size=shots.shape)
    shots = unit_rows(shots + noise)
    assert clustered(shots).labels.tolist() == [0] * 180 + [NOBODY] * 40


def test_thousands_of_copies_are_clustered_without_comparing_all_with_all() -> None:
    one, _ = made_up_people([1])
    assert clustered(np.repeat(one, 5_000, axis=0)).labels.tolist() == [0] * 5_000


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_embedding_that_is_none_is_refused_with_its_row(value: float) -> None:
    embeddings, _ = made_up_people([5])
    embeddings[3] = value
    with pytest.raises(InvalidEmbeddingsError, match="Row 3"):
        clustered(embeddings)
