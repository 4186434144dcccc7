"""Made-up libraries: any size, nobody twice in a photo, as far apart as real faces are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.libraries import FACES_IN_PHOTO, made_up_library


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
