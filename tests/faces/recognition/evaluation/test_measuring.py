"""What is measured: here the questions that Kith asks of the simulated user."""

from pathlib import Path

import numpy as np

from faces.recognition.evaluation.effort import Method, user_effort
from faces.recognition.evaluation.matrices import KnownFaces
from faces.recognition.evaluation.measuring import ask, effort, train
from tests.embeddings import MODEL, made_up_people, press_photos


def two_people() -> KnownFaces:
    embeddings, people = made_up_people([12, 12])
    return KnownFaces(embeddings, np.arange(24), people + 1, MODEL)


def test_a_cluster_is_asked_about_beside_the_person_or_the_cluster_that_it_is_like() -> None:
    faces = two_people()
    clusters = np.repeat([0, 1, 2, 3], 6)
    labels = np.where(clusters == 0, 1, 0)
    asked = set(ask(faces, clusters, labels, ()))
    assert asked == {(("person", 1), ("cluster", 1)), (("cluster", 2), ("cluster", 3))}


def test_what_was_answered_is_not_asked_again_however_the_faces_are_grouped_now() -> None:
    faces = two_people()
    clusters = np.repeat([7, 5, 2, 3], 6)
    labels = np.where(clusters == 7, 1, 0)
    asked = set(ask(faces, clusters, labels, ((8, 0), (12, 20))))
    assert asked == set()


def test_a_library_of_press_photos_costs_hardly_more_than_a_name_for_each_person(
    shared: Path,
) -> None:
    embeddings, identities, photos = press_photos(shared, people=600)
    faces = KnownFaces(embeddings, photos, identities + 1, MODEL)
    asked = effort(faces)
    assert asked.actions_per_person <= 1.3
    assert asked.wrong_labels == 0
    unasked = user_effort(Method(lambda *said: train(faces, *said)), faces.identities)
    assert asked.actions <= 1.05 * unasked.actions
