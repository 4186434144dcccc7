"""Measures of a face's picture: in their range, and worse for worse pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from faces.recognition.pose import Pose
from faces.recognition.quality import CROP_SIDE, ENOUGH_PX, SMALLEST_PX, Quality, measure_quality

Crop = NDArray[np.uint8]
crops = arrays(np.uint8, (CROP_SIDE, CROP_SIDE), elements=st.integers(0, 255))
sizes = st.integers(0, 20_000)


def textured(seed: int = 0) -> Crop:
    """Coarse and fine patches of middling grey: sharp and well exposed."""
    random = np.random.default_rng(seed)
    fine = random.normal(0, 25, (CROP_SIDE, CROP_SIDE))
    coarse = np.kron(random.normal(0, 35, (7, 7)), np.ones((16, 16)))
    return np.clip(128 + fine + coarse, 10, 245).astype(np.uint8)


def blurred(crop: Crop, radius: float) -> Crop:
    return np.asarray(Image.fromarray(crop).filter(ImageFilter.GaussianBlur(radius)))


@given(crops, sizes)
def test_measures_stay_in_their_ranges(crop: Crop, size_px: int) -> None:
    quality = measure_quality(crop, size_px)
    assert quality.size_px == size_px
    assert quality.sharpness >= 0
    assert 0 <= quality.exposure <= 1
    assert 0 <= quality.overall <= 1


@given(sizes, sizes)
def test_more_pixels_are_never_worse(size_px: int, other_px: int) -> None:
    small, large = sorted([size_px, other_px])
    crop = textured()
    assert measure_quality(crop, small).overall <= measure_quality(crop, large).overall


@given(st.integers(0, 100))
def test_blur_lowers_sharpness_and_the_sum(seed: int) -> None:
    crop = textured(seed)
    sharp, soft, softer = (
        measure_quality(each, 200) for each in (crop, blurred(crop, 1.5), blurred(crop, 6))
    )
    assert sharp.sharpness > soft.sharpness > softer.sharpness
    assert sharp.overall > softer.overall


@given(st.integers(0, 255))
def test_a_flat_crop_has_no_quality(grey: int) -> None:
    flat = np.full((CROP_SIDE, CROP_SIDE), grey, dtype=np.uint8)
    assert measure_quality(flat, 500) == Quality(500, 0.0, 0.0, 0.0)


def test_burnt_and_drowned_pixels_cost_exposure() -> None:
    crop = textured()
    burnt, drowned = crop.copy(), crop.copy()
    burnt[: CROP_SIDE // 2] = 255
    drowned[: CROP_SIDE // 2] = 0
    for spoilt in (burnt, drowned):
        assert measure_quality(spoilt, 200).exposure == pytest.approx(0.5, abs=0.05)


def test_a_large_sharp_face_in_good_light_has_full_marks() -> None:
    assert measure_quality(textured(), ENOUGH_PX).overall == pytest.approx(1, abs=0.05)


def test_a_smudge_has_no_quality_however_crisp_its_pixels() -> None:
    assert measure_quality(textured(), SMALLEST_PX).overall == 0


@given(st.floats(-90, 90), st.floats(-90, 90))
def test_a_face_that_is_turned_away_has_lower_quality(one: float, other: float) -> None:
    turned, facing = sorted([one, other], key=lambda yaw: -abs(yaw))
    worse, better = (measure_quality(textured(), 200, Pose(yaw, 0, 0)) for yaw in (turned, facing))
    assert 0 <= worse.pose <= better.pose <= 1
    assert 0 <= worse.overall <= better.overall <= 1


def test_without_landmarks_a_face_counts_as_frontal() -> None:
    unknown = measure_quality(textured(), 200)
    assert unknown == measure_quality(textured(), 200, Pose(0, 0, 20))
