"""Made-up libraries: any size, nobody twice in a photo, as far apart as real faces are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.libraries import (
    FACES_IN_PHOTO,
    crowded_library,
    joined_matrices,
    looks_of,
    made_up_library,
)
from faces.recognition.evaluation.matrices import KnownFaces


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 2**32 - 1))
def test_a_library_has_as_many_faces_as_asked_for_and_nobody_twice_in_a_photo(
    faces: int, seed: int
) -> None:
    library = made_up_library(faces, seed=seed)
    assert len(library) == len(library.photos) == len(library.embeddings) == faces
    assert len(set(zip(library.photos, library.identities, strict=True))) == faces
    assert np.bincount(library.photos).max(initial=0) <= FACES_IN_PHOTO
    assert library.embeddings.dtype == np.float32


def test_the_same_seed_makes_the_same_library() -> None:
    first, second = made_up_library(200, seed=3), made_up_library(200, seed=3)
    assert (first.embeddings == second.embeddings).all()
    assert (first.identities == second.identities).all()


def test_people_are_as_far_apart_as_in_real_photos() -> None:
    library = made_up_library(3000)
    apart = np.sqrt(np.clip(2 - 2 * library.embeddings @ library.embeddings.T, 0, None))
    same = library.identities[:, None] == library.identities
    assert np.median(apart[~same]) == pytest.approx(0.57, abs=0.02)
    assert np.median(apart[same & (apart > 0.01)]) == pytest.approx(0.30, abs=0.03)


def test_a_third_of_the_faces_are_of_people_seen_once_or_twice() -> None:
    counts = np.bincount(made_up_library(5000).identities)
    assert counts[counts <= 2].sum() / 5000 == pytest.approx(0.3, abs=0.03)
    assert counts.max() > 100


@pytest.fixture(scope="module")
def crowd() -> KnownFaces:
    return crowded_library(looks_of(made_up_library(3000)), 4000, people=300, photos=1600)


def test_a_crowd_has_as_many_faces_people_and_photos_as_asked_for(crowd: KnownFaces) -> None:
    assert len(crowd) == len(crowd.embeddings) == 4000
    counts = np.bincount(crowd.identities)[1:]
    assert len(counts) == 300 and counts.min() >= 1
    assert counts[0] == counts.max() > 100
    assert np.median(counts) < 10
    assert crowd.photos.max() < 1600 and (np.diff(crowd.photos) >= 0).all()


def test_nobody_of_a_crowd_is_twice_in_a_photo_and_no_face_twice_at_all(crowd: KnownFaces) -> None:
    assert len(set(zip(crowd.photos.tolist(), crowd.identities.tolist(), strict=True))) == 4000
    assert len(np.unique(crowd.embeddings, axis=0)) == 4000


def test_a_crowd_is_as_far_apart_as_the_faces_it_is_made_of(crowd: KnownFaces) -> None:
    apart = np.sqrt(np.clip(2 - 2 * crowd.embeddings @ crowd.embeddings.T, 0, None))
    same = crowd.identities[:, None] == crowd.identities
    assert np.median(apart[~same]) == pytest.approx(0.57, abs=0.03)
    assert np.median(apart[same & (apart > 0.01)]) == pytest.approx(0.30, abs=0.04)


def test_matrices_are_joined_without_mixing_their_people_and_photos() -> None:
    one, other = made_up_library(300, seed=1), made_up_library(200, seed=2)
    both = joined_matrices([one, other])
    assert len(both) == 500
    assert set(both.identities[:300]).isdisjoint(both.identities[300:])
    assert set(both.photos[:300]).isdisjoint(both.photos[300:])
