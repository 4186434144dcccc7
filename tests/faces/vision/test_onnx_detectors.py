"""SCRFD and YuNet on real photos: boxes and landmarks, in every shape of picture."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from faces.recognition.geometry import Box, overlaps
from faces.vision.interfaces import Detection, Detector
from faces.vision.onnx_detectors import ScrfdDetector, YunetDetector
from tests.faces.vision.conftest import Open, Weights
from tests.faces.vision.test_detectors import AT_THE_BORDER, ONE_FACE, THREE_FACES, overlap

Make = Callable[..., Detector]
SIX_FACES = THREE_FACES  # so many look into the camera; dlib's HOG finds three of them


@pytest.fixture(params=["scrfd_500m", "scrfd_2.5g", "face_detection_yunet_2023mar"])
def make(request: pytest.FixtureRequest, weights_file: Weights) -> Make:
    """Make the detector of a real file, with what parameters it is given."""
    path = weights_file(f"{request.param}.onnx")
    kind = YunetDetector if "yunet" in request.param else ScrfdDetector
    return lambda **parameters: kind(path, request.param, **parameters)


def same_faces(some: list[Detection], others: list[Detection]) -> bool:
    first, second = (np.array([each.box.corners for each in found]) for found in (some, others))
    return len(some) == len(others) and bool((overlaps(first, second).max(axis=1) > 0.7).all())


def test_the_faces_of_a_photo_are_found(make: Make, photo: Open) -> None:
    assert len(make().detect(photo(SIX_FACES))) == 6
    assert len(make().detect(photo(ONE_FACE))) >= 1


def test_landmarks_lie_in_the_face_eyes_above_the_mouth_left_before_right(
    make: Make, photo: Open
) -> None:
    for face in make(threshold=0.7).detect(photo(SIX_FACES)):
        assert face.landmarks is not None
        left_eye, right_eye, nose, left_corner, right_corner = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert left_corner[0] < right_corner[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_corner[1], right_corner[1])
        left, top, right, bottom = face.box.corners
        assert all(left < x < right and top < y < bottom for x, y in face.landmarks)


@pytest.mark.parametrize("side", [320, 640, 960, 1000])
def test_a_face_has_its_place_whatever_the_input_side(make: Make, photo: Open, side: int) -> None:
    image = photo(SIX_FACES)
    surest = make().detect(image)[0]
    found = make(side=side).detect(image)
    assert max(overlap(surest.box, each.box) for each in found) > 0.7


def test_a_picture_that_is_not_square_is_not_distorted(make: Make, photo: Open) -> None:
    image = photo(SIX_FACES)
    wide = Image.new("RGB", (image.width, image.height // 2 + image.height))
    wide.paste(image)
    for plain, other in zip(make().detect(image)[:3], make().detect(wide)[:3], strict=True):
        assert plain.box.width == pytest.approx(other.box.width, rel=0.2)
        assert plain.box.height == pytest.approx(other.box.height * 1.5, rel=0.2)


def test_a_mirrored_picture_has_mirrored_faces(make: Make, photo: Open) -> None:
    image = photo(SIX_FACES)
    mirrored = make().detect(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    back = [
        Detection(Box(1 - each.box.left - each.box.width, *_rest(each.box)), each.score)
        for each in mirrored
    ]
    assert same_faces(back, make().detect(image))


def _rest(box: Box) -> tuple[float, float, float]:
    return box.top, box.width, box.height


def test_the_surest_comes_first_and_none_is_below_the_threshold(make: Make, photo: Open) -> None:
    scores = [each.score for each in make(threshold=0.4).detect(photo(SIX_FACES))]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= 0.4
    assert scores[0] <= 1
    assert len(make(threshold=0.8).detect(photo(SIX_FACES))) < len(scores)


def test_no_face_is_found_twice(make: Make, photo: Open) -> None:
    corners = np.array([each.box.corners for each in make().detect(photo(SIX_FACES))])
    assert (overlaps(corners, corners) > 0.4).sum() == len(corners)


@pytest.mark.parametrize("name", [SIX_FACES, AT_THE_BORDER])
def test_boxes_lie_inside_the_photo(make: Make, photo: Open, name: str) -> None:
    image = photo(name)
    box = make().detect(image)[0].box
    # Cut through the surest face, so that its box would reach over the border.
    cut = image.crop((round((box.left + box.width * 0.2) * image.width), 0, *image.size))
    for each in make(threshold=0.2).detect(image) + make(threshold=0.2).detect(cut):
        left, top, right, bottom = each.box.corners
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (80, 80), (3000, 20)])
def test_pictures_without_faces_have_none_however_small(make: Make, size: tuple[int, int]) -> None:
    assert make().detect(Image.new("RGB", size, "grey")) == []


def test_a_loaded_detector_finds_the_same(make: Make, photo: Open) -> None:
    before = make().detect(photo(ONE_FACE))
    make().load()
    assert make().detect(photo(ONE_FACE)) == before


def test_a_larger_side_loses_no_large_face(make: Make, photo: Open) -> None:
    image = photo(ONE_FACE)
    left, top, right, bottom = (
        round(share * length)
        for share, length in zip(make().detect(image)[0].box.corners, image.size * 2, strict=True)
    )
    margin = (right - left) // 3
    face = image.crop((left - margin, top - margin, right + margin, bottom + margin))
    (found,) = make().detect(face)
    assert overlap(make(side=1280).detect(face)[0].box, found.box) > 0.8
