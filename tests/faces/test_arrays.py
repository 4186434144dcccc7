"""Rows to arrays and back: nothing lost, nothing of other owners, nothing that was ruled out."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from faces.arrays import (
    FaceMatrix,
    GuessMatrix,
    face_matrix,
    load_faces,
    load_previous_clusters,
    load_rejections,
    save_guesses,
)
from faces.models import Face, Guess, Person, Rejection
from tests.embeddings import classes_of, made_up_people
from tests.factories import (
    MODEL,
    make_embedding,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

vectors = arrays(
    np.float32, 8, elements=st.floats(0.125, 8, width=32) | st.floats(-8, -0.125, width=32)
)


def guesses_for(*rows: tuple[Face, Person | None, float, Person | None, float]) -> GuessMatrix:
    """(face, cluster person, probability, class person, probability) of each row."""

    def ids(column: int) -> NDArray[np.int64]:
        values: list[Any] = [row[column] for row in rows]
        return np.array([value.pk if value else 0 for value in values], dtype=np.int64)

    def numbers(column: int) -> NDArray[np.float64]:
        return np.array([row[column] for row in rows], dtype=np.float64)

    return GuessMatrix(ids(0), ids(1), numbers(2), classes_of(ids(3), numbers(4)))


def stored() -> list[tuple[Any, ...]]:
    return list(
        Guess.objects.order_by("face_id").values_list(
            "face_id",
            "cluster_person_id",
            "cluster_probability",
            "class_person_id",
            "class_probability",
        )
    )


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(vectors, min_size=1, max_size=5))
def test_vectors_come_back_as_they_were_stored_but_unit_length(
    stored_vectors: list[NDArray[np.float32]],
) -> None:
    Face.objects.all().delete()
    faces = [make_face(vector=vector) for vector in stored_vectors]
    loaded = load_faces(make_user().pk, MODEL)
    assert loaded.faces.tolist() == [face.pk for face in faces]
    for row, vector in zip(loaded.embeddings, stored_vectors, strict=True):
        assert np.allclose(row, vector / np.linalg.norm(vector), atol=1e-6)


def test_rows_carry_photo_and_label_in_the_order_of_ids() -> None:
    (one, two), _ = made_up_people([2])
    photo, person = make_photo(), make_person()
    labelled = make_face(photo, person=person, vector=one)
    unlabelled = make_face(vector=two)
    loaded = load_faces(make_user().pk, MODEL)
    assert loaded.faces.tolist() == [labelled.pk, unlabelled.pk]
    assert loaded.photos.tolist() == [photo.pk, unlabelled.photo_id]
    assert loaded.people.tolist() == [person.pk, 0]
    assert loaded.embeddings.dtype == np.float32
    assert loaded.embeddings.flags.c_contiguous


def test_other_owners_faces_are_never_in_the_matrix() -> None:
    (one, two), _ = made_up_people([2])
    charlie = make_user("charlie")
    theirs = make_face(make_photo(make_library(charlie)), vector=one)
    own = make_face(vector=two)
    assert load_faces(make_user().pk, MODEL).faces.tolist() == [own.pk]
    assert load_faces(charlie.pk, MODEL).faces.tolist() == [theirs.pk]


def test_only_embeddings_of_the_model_are_read() -> None:
    (one, two), _ = made_up_people([2])
    face = make_face(vector=one)
    make_embedding(face, two, "another")
    make_face()  # not embedded yet
    loaded = load_faces(make_user().pk, "another")
    assert loaded.faces.tolist() == [face.pk]
    assert np.allclose(loaded.embeddings[0], two, atol=1e-6)


def test_a_vector_of_another_length_is_left_out() -> None:
    (one,), _ = made_up_people([1])
    face = make_face(vector=one)
    make_face(vector=one[:64])
    assert load_faces(make_user().pk, MODEL).faces.tolist() == [face.pk]


def test_no_faces_are_an_empty_matrix() -> None:
    loaded = load_faces(make_user().pk, MODEL)
    assert len(loaded.faces) == len(loaded.photos) == len(loaded.people) == 0
    assert loaded.embeddings.shape[0] == 0


def test_rejections_come_as_rows_of_the_matrix() -> None:
    (one, two), _ = made_up_people([2])
    make_face(vector=one)
    face, ann = make_face(vector=two), make_person()
    Rejection.objects.create(face=face, person=ann)
    charlie = make_user("charlie")
    Rejection.objects.create(
        face=make_face(make_photo(make_library(charlie)), vector=one),
        person=make_person("Eve", charlie),
    )
    assert load_rejections(make_user().pk, load_faces(make_user().pk, MODEL)) == [(1, ann.pk)]


def test_rejections_are_found_in_a_matrix_whose_faces_are_in_no_order() -> None:
    three, _ = made_up_people([3])
    faces, ann = [make_face(vector=vector) for vector in three], make_person()
    for face in faces[:2]:
        Rejection.objects.create(face=face, person=ann)
    matrix = face_matrix([(face.pk, 1, 0, 0, 1.0, three[0]) for face in (faces[2], faces[1])])
    assert load_rejections(make_user().pk, matrix) == [(1, ann.pk)]
    assert load_rejections(make_user().pk, face_matrix([])) == []


def test_previous_clusters_are_the_unknown_persons_of_the_standing_guesses() -> None:
    three, _ = made_up_people([3])
    unknown, ann = make_person(""), make_person("Ann")
    faces = [make_face(vector=vector) for vector in three]
    make_guess(faces[0], cluster=unknown)
    make_guess(faces[1], cluster=ann)
    old = make_training(make_user("charlie"))
    Guess.objects.create(training=old, face=faces[2], cluster_person=unknown)
    loaded = load_faces(make_user().pk, MODEL)
    previous = load_previous_clusters(make_user().pk, loaded, nobody=-1)
    assert previous.tolist() == [unknown.pk, -1, -1]


def test_guesses_come_back_as_they_were_saved() -> None:
    ann, unknown = make_person(), make_person("")
    first, second, third = make_face(), make_face(), make_face()
    written = save_guesses(
        make_training(),
        guesses_for(
            (first, ann, 0.8, ann, 0.123456789),
            (second, unknown, 1.0, None, 0.0),
            (third, None, 0.0, ann, 0.5),
        ),
    )
    assert written == 3
    assert stored() == [
        (first.pk, ann.pk, 0.8, ann.pk, 0.123456789),
        (second.pk, unknown.pk, 1.0, None, None),
        (third.pk, None, None, ann.pk, 0.5),
    ]


def test_a_face_of_whom_nothing_is_thought_has_no_guess() -> None:
    assert save_guesses(make_training(), guesses_for((make_face(), None, 0.0, None, 0.0))) == 0
    assert stored() == []


def test_no_faces_have_no_guesses() -> None:
    nothing = np.empty(0)
    none = nothing.astype(np.int64)
    assert (
        save_guesses(make_training(), GuessMatrix(none, none, nothing, classes_of(none, nothing)))
        == 0
    )


def test_a_rejection_made_meanwhile_is_respected_for_its_person_alone() -> None:
    ann, bob = make_person(), make_person("Bob")
    face, other = make_face(), make_face()
    guesses = guesses_for((face, ann, 0.9, bob, 0.8), (other, ann, 0.9, bob, 0.8))
    Rejection.objects.create(face=face, person=ann)
    Rejection.objects.create(face=other, person=bob)
    save_guesses(make_training(), guesses)
    assert stored() == [(face.pk, None, None, bob.pk, 0.8), (other.pk, ann.pk, 0.9, None, None)]


def test_a_face_deleted_meanwhile_is_left_out() -> None:
    ann, gone, kept = make_person(), make_face(), make_face()
    guesses = guesses_for((gone, ann, 0.9, ann, 0.9), (kept, ann, 0.9, ann, 0.9))
    gone.delete()
    assert save_guesses(make_training(), guesses) == 1
    assert [row[0] for row in stored()] == [kept.pk]


def test_a_person_deleted_meanwhile_is_left_out() -> None:
    ann, bob, face = make_person(), make_person("Bob"), make_face()
    guesses = guesses_for((face, ann, 0.9, bob, 0.8))
    ann.delete()
    save_guesses(make_training(), guesses)
    assert stored() == [(face.pk, None, None, bob.pk, 0.8)]


def test_many_faces_are_loaded_in_the_order_of_their_embeddings() -> None:
    sizes = [3, 4, 5]
    embeddings, _ = made_up_people(sizes)
    photo = make_photo()
    for vector in embeddings:
        make_face(photo, vector=vector)
    loaded = load_faces(make_user().pk, MODEL)
    assert isinstance(loaded, FaceMatrix)
    assert np.allclose(loaded.embeddings, embeddings, atol=1e-6)
