"""Alignment: the least squares of turning and scaling, and the crops that come of it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from faces.recognition.geometry import Floats
from faces.vision.alignment import SIDE_PX, TEMPLATE, align, similarity
from faces.vision.interfaces import Landmarks
from faces.vision.onnx_detectors import ScrfdDetector
from tests.faces.vision.conftest import Open, Weights
from tests.faces.vision.test_detectors import PLAIN

coordinates = st.floats(-1000, 1000)
points = st.lists(st.tuples(coordinates, coordinates), min_size=5, max_size=5).map(np.array)
factors = st.builds(
    lambda size, turn: size * np.exp(1j * turn), st.floats(0.01, 100), st.floats(-4, 4)
)
shifts = st.builds(complex, coordinates, coordinates)


def moved(places: Floats, factor: complex, shift: complex) -> Floats:
    answer = factor * (places[:, 0] + 1j * places[:, 1]) + shift
    return np.stack([answer.real, answer.imag], axis=1)


def at(image: Image.Image, places: Floats) -> Landmarks:
    """Pixels, counted from their centres, as shares of the picture."""
    return tuple((x, y) for x, y in ((places + 0.5) / image.size).tolist())


def pixels(image: Image.Image) -> Floats:
    return np.asarray(image, dtype=np.float64)


def noise(side: int, blur: float) -> Image.Image:
    grain = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(grain).filter(ImageFilter.GaussianBlur(blur))


@given(points, factors, shifts)
def test_what_was_turned_scaled_and_moved_is_found(
    start: Floats, factor: complex, shift: complex
) -> None:
    assume(np.ptp(start, axis=0).max() > 1)
    found, by = similarity(start, moved(start, factor, shift))
    assert found == pytest.approx(factor, rel=1e-6)
    assert by == pytest.approx(shift, rel=1e-6, abs=1e-5 * (1 + abs(factor)))


@given(points, points)
def test_no_other_similarity_comes_nearer(start: Floats, goal: Floats) -> None:
    assume(np.ptp(start, axis=0).max() > 1)
    factor, shift = similarity(start, goal)
    # The same as real linear equations: (x, y) goes to (ax - by + c, bx + ay + d).
    x, y, zero, one = start[:, 0], start[:, 1], np.zeros(len(start)), np.ones(len(start))
    equations = np.vstack([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    answer, *_ = np.linalg.lstsq(equations, np.concatenate([goal[:, 0], goal[:, 1]]), rcond=None)
    assume(np.hypot(*answer[:2]) > 1e-6)
    best = np.sum((equations @ answer - np.concatenate([goal[:, 0], goal[:, 1]])) ** 2)
    assert np.sum((moved(start, factor, shift) - goal) ** 2) <= best * (1 + 1e-6) + 1e-6


@given(coordinates, coordinates)
def test_landmarks_all_in_one_place_are_only_moved(x: float, y: float) -> None:
    factor, shift = similarity(np.full((5, 2), (x, y)), TEMPLATE)
    assert factor == 1
    assert moved(np.array([(x, y)]), factor, shift)[0] == pytest.approx(TEMPLATE.mean(axis=0))


def test_a_face_that_is_aligned_already_stays_as_it_is() -> None:
    image = noise(SIDE_PX, 0)
    assert np.array_equal(pixels(align(image, at(image, TEMPLATE))), pixels(image))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_turned_by_quarters_gives_the_same_face(quarters: int) -> None:
    image = noise(300, 2)
    turned = Image.fromarray(np.rot90(pixels(image), quarters).astype(np.uint8))
    eyes = TEMPLATE * 1.7 + 40
    places = eyes[:, 0] + 1j * eyes[:, 1]
    for _ in range(quarters):  # counterclockwise: what was right is above
        places = places.imag + 1j * (image.width - 1 - places.real)
    found = np.stack([places.real, places.imag], axis=1)
    straight, back = pixels(align(image, at(image, eyes))), pixels(align(turned, at(turned, found)))
    assert np.abs(straight - back).max() <= 2


@pytest.mark.parametrize("scale", [1.5, 2.1, 5.1, 9.3])
def test_a_large_face_is_shrunk_without_patterns(scale: float) -> None:
    """Fine grain becomes even grey: taking one pixel in nine would keep it."""
    image = noise(1200, 0)
    crop = align(image, at(image, TEMPLATE * scale + 50))
    # The mean of independent pixels varies as one over the root of their number.
    whole_parts = int(scale)
    assert pixels(crop).std() < 1.1 * pixels(image).std() / whole_parts


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.4, 9.3])
def test_a_large_face_has_its_landmarks_where_a_small_one_has(scale: float) -> None:
    image = Image.new("RGB", (1300, 1300))
    places = TEMPLATE * scale + 60
    half = max(2, round(3 * scale))
    for x, y in places.round().astype(int).tolist():
        image.paste("white", (x - half, y - half, x + half + 1, y + half + 1))
    crop = pixels(align(image, at(image, places)))[:, :, 0]
    for x, y in TEMPLATE:
        rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
        near = crop * (np.hypot(rows - y, columns - x) < 8)
        middle = (columns * near).sum() / near.sum(), (rows * near).sum() / near.sum()
        assert middle == pytest.approx((x, y), abs=0.6)


def test_what_lies_outside_the_picture_is_black() -> None:
    image = Image.new("RGB", (200, 200), "white")
    crop = pixels(align(image, at(image, TEMPLATE - 56)))
    assert (crop[60:, 60:] == 255).all()
    assert (crop[:55] == 0).all()
    assert (crop[:, :55] == 0).all()


@given(st.lists(st.tuples(st.floats(-3, 4), st.floats(-3, 4)), min_size=5, max_size=5))
def test_whatever_a_detector_says_a_crop_comes_of_it(landmarks: list[tuple[float, float]]) -> None:
    assert align(Image.new("RGB", (30, 20), "red"), tuple(landmarks)).size == (SIDE_PX, SIDE_PX)


def test_a_real_face_is_the_same_in_every_size(photo: Open, weights_file: Weights) -> None:
    image = photo(PLAIN)
    face = ScrfdDetector(weights_file("scrfd_500m.onnx"), "scrfd").detect(image)[0]
    assert face.landmarks is not None
    small = pixels(align(image, face.landmarks))
    doubled = image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)
    assert np.abs(pixels(align(doubled, face.landmarks)) - small).mean() < 4
