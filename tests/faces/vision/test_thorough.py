"""Looking harder: every look's faces lie where they are, once, and only where it was needed."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from faces.recognition.geometry import Box
from faces.vision.interfaces import Detection, Landmarks
from faces.vision.onnx_detectors import ScrfdDetector
from faces.vision.thorough import TURNS, ThoroughDetector
from tests.faces.vision.conftest import Open, Weights
from tests.faces.vision.test_detectors import ONE_FACE, THREE_FACES, overlap

NEVER = 0.0  # any face is sure, and without faces the looks find none
ALWAYS = float("inf")


@dataclass
class FindsWhite:
    """Finds the white rectangle, if it is larger than ``least`` and smaller than ``most``."""

    name: str = "white"
    score: float = 0.5
    least: float = 0
    most: float = 1
    landmarks: Landmarks | None = None
    seen: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, image: Image.Image) -> list[Detection]:
        self.seen.append(image.size)
        found = image.convert("L").point(lambda value: 255 * (value > 127)).getbbox()
        if found is None:
            return []
        left, top, right, bottom = (np.array(found) / (image.size * 2)).tolist()
        if not self.least <= max(right - left, bottom - top) <= self.most:
            return []
        return [Detection(Box(left, top, right - left, bottom - top), self.score, self.landmarks)]

    def load(self) -> None:
        self.seen.append((0, 0))


def picture(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", size)
    image.paste("white", box)
    return image


@given(st.integers(200, 900), st.integers(200, 900), st.data())
def test_every_look_finds_the_face_in_its_place_and_it_counts_once(
    width: int, height: int, data: st.DataObject
) -> None:
    left, top = data.draw(st.integers(0, width - 80)), data.draw(st.integers(0, height - 80))
    right = data.draw(st.integers(left + 60, min(left + 180, width)))
    bottom = data.draw(st.integers(top + 60, min(top + 180, height)))
    image = picture((width, height), (left, top, right, bottom))
    expected = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
    detector = FindsWhite()
    (found,) = ThoroughDetector(detector, ALWAYS, tile_px=400).detect(image)
    assert overlap(found.box, expected) > 0.8
    assert len(detector.seen) >= 5


@pytest.mark.parametrize("turn", list(TURNS))
def test_what_a_turned_look_finds_is_turned_back(turn: Image.Transpose) -> None:
    upright = picture((300, 200), (30, 20, 90, 60))
    place = TURNS[turn]
    turned = upright.transpose(turn)
    (seen,) = FindsWhite().detect(turned)
    corners = [place(*seen.box.corners[:2]), place(*seen.box.corners[2:])]
    left, top = min(corners)[0], min(y for _, y in corners)
    right, bottom = max(corners)[0], max(y for _, y in corners)
    assert (left, top, right, bottom) == pytest.approx((0.1, 0.1, 0.3, 0.3))


def test_a_sure_face_needs_no_second_look() -> None:
    detector = FindsWhite(score=0.7)
    ThoroughDetector(detector, sure=0.7).detect(picture((300, 200), (30, 20, 90, 60)))
    assert detector.seen == [(300, 200)]


def test_a_face_that_lies_on_its_side_is_not_sure() -> None:
    eyes_left_of_mouth = ((0.1, 0.2), (0.1, 0.1), (0.2, 0.15), (0.3, 0.2), (0.3, 0.1))
    detector = FindsWhite(score=0.9, landmarks=eyes_left_of_mouth)
    ThoroughDetector(detector, sure=0.7).detect(picture((300, 200), (30, 20, 90, 60)))
    assert len(detector.seen) == 5


def test_tiles_find_what_is_too_small_for_the_whole_picture() -> None:
    image = picture((2000, 1000), (1210, 610, 1250, 650))
    detector = FindsWhite(score=1, least=0.05)
    assert ThoroughDetector(detector, NEVER).detect(image) == []
    (found,) = ThoroughDetector(detector, 1.0, tile_px=500).detect(image)
    assert found.box.corners == pytest.approx((0.605, 0.61, 0.625, 0.65))


def test_a_face_cut_by_a_tile_is_not_found_in_half() -> None:
    image = picture((1000, 1000), (330, 100, 700, 470))
    (found,) = ThoroughDetector(FindsWhite(score=1), 1.0, tile_px=400).detect(image)
    assert found.box.corners == pytest.approx((0.33, 0.1, 0.7, 0.47))


def test_a_picture_no_larger_than_a_tile_is_looked_at_once() -> None:
    detector = FindsWhite(score=1)
    ThoroughDetector(detector, 1.0, tile_px=640).detect(picture((640, 480), (10, 10, 60, 60)))
    assert detector.seen == [(640, 480)]


def test_a_face_that_fills_the_picture_is_seen_from_afar() -> None:
    image = picture((500, 400), (0, 0, 500, 400))
    (found,) = ThoroughDetector(FindsWhite(score=1, most=0.6), 1.0).detect(image)
    assert found.box.corners == pytest.approx((0, 0, 1, 1), abs=0.01)


def test_it_goes_by_its_detectors_name_and_loads_it() -> None:
    detector = FindsWhite()
    thorough = ThoroughDetector(detector, 0.7)
    thorough.load()
    assert thorough.name == "white"
    assert detector.seen == [(0, 0)]


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (3000, 20)])
def test_pictures_without_faces_have_none_however_small(size: tuple[int, int]) -> None:
    assert ThoroughDetector(FindsWhite(), 0.7, tile_px=100).detect(Image.new("RGB", size)) == []


@pytest.fixture
def scrfd(weights_file: Weights) -> ScrfdDetector:
    return ScrfdDetector(weights_file("scrfd_500m.onnx"), "scrfd")


@pytest.mark.parametrize("turn", list(TURNS))
def test_the_faces_of_a_turned_photo_are_found_with_their_landmarks(
    photo: Open, scrfd: ScrfdDetector, turn: Image.Transpose
) -> None:
    image = photo(THREE_FACES)
    upright = [each for each in scrfd.detect(image) if each.score > 0.6]
    turned = ThoroughDetector(scrfd, 0.7).detect(image.transpose(turn))
    place = TURNS[turn]
    places = np.array([[place(x, y) for x, y in _landmarks(each)] for each in turned])
    assert len(upright) == 6
    for face in upright:
        misses = np.abs(places - np.array(face.landmarks)).max(axis=(1, 2))
        assert misses.min() < 0.02


def _landmarks(found: Detection) -> Landmarks:
    assert found.landmarks is not None
    return found.landmarks


def test_a_close_up_is_found_from_afar(photo: Open, scrfd: ScrfdDetector) -> None:
    image = photo(ONE_FACE)
    left, top, right, bottom = (
        round(share * length)
        for share, length in zip(scrfd.detect(image)[0].box.corners, image.size * 2, strict=True)
    )
    face = image.crop((left, top, right, bottom))
    assert not [each for each in scrfd.detect(face) if each.box.width > 0.6]
    found = ThoroughDetector(scrfd, 0.7).detect(face)[0]
    assert found.box.width > 0.8
    assert found.box.height > 0.8
