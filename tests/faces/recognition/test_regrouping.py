"""Clustering the rest: who is in a cluster stays there, the others find one or make one."""

import numpy as np

from faces.recognition.clustering import NOBODY, Clusters, cluster_faces
from faces.recognition.embeddings import Matrix
from faces.recognition.regrouping import cluster_rest
from tests.embeddings import MODEL, made_up_people


def go_on(
    embeddings: Matrix, standing: Clusters, apart: list[tuple[int, int]] | None = None
) -> Clusters:
    return cluster_rest(
        embeddings,
        np.arange(len(embeddings)),
        standing,
        np.flatnonzero(standing.labels == NOBODY),
        model=MODEL,
        poor=np.zeros(len(embeddings), dtype=bool),
        apart=apart or [],
        min_cluster_size=2,
        core=0.0,
        keep_going=lambda: None,
    )


def standing(labels: list[int]) -> Clusters:
    known = np.array(labels, dtype=np.int64)
    return Clusters(known, np.where(known == NOBODY, 0.0, 0.9))


def test_new_faces_join_the_clusters_there_are_or_make_their_own() -> None:
    embeddings, people = made_up_people([6, 5, 1])
    before = standing([0 if person == 0 else NOBODY for person in people])
    before.labels[np.flatnonzero(people == 0)[-2:]] = NOBODY
    after = go_on(embeddings, before)
    assert set(after.labels[people == 0]) == {0}
    assert set(after.labels[people == 1]) == {1}
    assert set(after.labels[people == 2]) == {NOBODY}
    assert ((after.probabilities > 0) == (after.labels != NOBODY)).all()


def test_what_stands_is_not_moved_even_where_a_clustering_of_all_would() -> None:
    embeddings, people = made_up_people([8, 4])
    halves = [index % 2 if person == 0 else NOBODY for index, person in enumerate(people)]
    before = standing(halves)
    everything = cluster_faces(embeddings, np.arange(len(embeddings)), model=MODEL)
    assert everything.count == 2
    after = go_on(embeddings, before)
    assert (after.labels[people == 0] == before.labels[people == 0]).all()
    assert (after.probabilities[people == 0] == 0.9).all()
    assert after.count == 3


def test_who_is_two_people_is_not_put_together() -> None:
    embeddings, people = made_up_people([4])
    after = go_on(embeddings, standing([NOBODY] * 4), apart=[(0, 1)])
    assert after.labels[0] != after.labels[1]


def test_nobody_left_and_nobody_there_are_no_error() -> None:
    embeddings, people = made_up_people([3])
    whole = standing([0, 0, 0])
    assert (go_on(embeddings, whole).labels == whole.labels).all()
    assert len(go_on(embeddings[:0], standing([])).labels) == 0
