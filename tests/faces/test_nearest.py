"""The nearest faces: the same that a look at all of them finds, and nobody else's."""

import numpy as np
import pytest

from faces.arrays import nearest_faces
from faces.models import Embedding
from faces.nearest import nearest
from photos.models import Library
from tests.embeddings import made_up_people
from tests.factories import (
    MODEL,
    make_embedding,
    make_face,
    make_library,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_the_nearest_come_first_with_their_cosines() -> None:
    vectors, _ = made_up_people([4, 4, 4])
    faces = [make_face(vector=3 * vector) for vector in vectors]
    found, similarities = nearest_faces(make_user().pk, MODEL, vectors[:5], 6)
    cosines = vectors[:5] @ vectors.T
    order = np.argsort(-cosines, axis=1)[:, :6]
    assert found.tolist() == np.array([face.pk for face in faces])[order].tolist()
    assert np.allclose(similarities, np.take_along_axis(cosines, order, axis=1), atol=1e-5)


def test_where_there_are_fewer_the_rest_is_empty() -> None:
    (one, two), _ = made_up_people([2])
    face = make_face(vector=one)
    found, similarities = nearest_faces(make_user().pk, MODEL, np.stack([two]), 3)
    assert found.tolist() == [[face.pk, 0, 0]]
    assert np.isnan(similarities[0]).tolist() == [False, True, True]
    none, _ = nearest_faces(make_user().pk, MODEL, np.empty((0, 128), np.float32), 3)
    assert none.shape == (0, 3)


def test_faces_of_other_owners_and_models_are_not_near() -> None:
    (one, two), _ = made_up_people([2])
    make_face(make_photo(make_library(make_user("charlie"))), vector=one)
    own = make_face(vector=two)
    make_embedding(own, one, "another")
    make_embedding(make_face(), one[:64], MODEL)  # as a file that was imported may have it
    found, _ = nearest_faces(make_user().pk, MODEL, np.stack([one]), 2)
    assert found.tolist() == [[own.pk, 0]]


def test_where_faces_are_not_looked_for_none_is_near() -> None:
    (one, two), _ = made_up_people([2])
    make_face(make_photo(make_library(path="/off")), vector=one)
    Library.objects.update(finds_faces=False)
    on = make_face(vector=two)
    found, _ = nearest_faces(make_user().pk, MODEL, np.stack([one]), 2)
    assert found.tolist() == [[on.pk, 0]]


def test_only_the_libraries_that_are_asked_for_are_searched() -> None:
    (one, two, three), _ = made_up_people([3])
    shared, theirs = make_library(), make_library(make_user("charlie"))
    face = make_face(make_photo(shared), vector=two)
    make_face(vector=one)
    make_face(make_photo(theirs), vector=three)
    (found,) = nearest(make_user().pk, MODEL, [one.tolist()], 3, libraries={shared.pk, theirs.pk})
    assert [pk for pk, _ in found] == [face.pk]


def test_an_embedding_belongs_to_the_owner_of_the_library() -> None:
    (one, two), _ = made_up_people([2])
    for owner, vector in ((make_user(), one), (make_user("bob"), two)):
        make_face(make_photo(make_library(owner)), vector=vector)
    owners = Embedding.objects.values_list("owner", "face__photo__library__owner")
    assert sorted(owners) == [(owner, owner) for owner, _ in sorted(owners)]
