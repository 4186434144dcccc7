"""dlib's detectors on real photos: what face_recognition finds, as shares of the photo."""

import numpy as np
import pytest
from PIL import Image

from faces.recognition.geometry import Box, overlaps
from faces.vision.detectors import PIXEL_LIMIT, DlibDetector
from tests.faces.vision.conftest import Open
from tests.faces.vision.face_recognition_api import face_recognition_api

THREE_FACES = "album/friends/friends_050.jpg"
AT_THE_BORDER = "album/friends/friends_102.jpg"
ONE_FACE = "album/friends/friends_080.jpg"
PLAIN, TURNED = (
    f"formats/immich_test_assets__metadata__faces__{name}.jpg"
    for name in ("portrait", "portrait-orientation-6")
)


def in_pixels(box: Box, image: Image.Image) -> tuple[int, int, int, int]:
    """The box as face_recognition writes it: top, right, bottom, left."""
    left, top, right, bottom = box.corners
    return (
        round(top * image.height),
        round(right * image.width) - 1,
        round(bottom * image.height) - 1,
        round(left * image.width),
    )


def overlap(first: Box, second: Box) -> float:
    return float(overlaps(np.array([first.corners]), np.array([second.corners]))[0, 0])


@pytest.mark.parametrize("upsampling", [0, 1, 2])
@pytest.mark.parametrize("name", [THREE_FACES, AT_THE_BORDER, ONE_FACE])
def test_hog_finds_what_face_recognition_finds(photo: Open, name: str, upsampling: int) -> None:
    image = photo(name)
    expected = face_recognition_api().face_locations(np.asarray(image), upsampling, "hog")
    found = DlibDetector("hog", upsampling).detect(image)
    assert sorted(in_pixels(each.box, image) for each in found) == sorted(expected)


def test_more_upsampling_finds_smaller_faces(photo: Open) -> None:
    image = photo(THREE_FACES)
    counts = [len(DlibDetector("hog", times).detect(image)) for times in (0, 1)]
    assert counts == [0, 3]


def test_cnn_finds_what_face_recognition_finds(photo: Open) -> None:
    image = photo(ONE_FACE)
    expected = face_recognition_api().face_locations(np.asarray(image), 1, "cnn")
    (found,) = DlibDetector("cnn", 1).detect(image)
    assert [in_pixels(found.box, image)] == expected
    (by_hog,) = DlibDetector("hog", 1).detect(image)
    assert overlap(found.box, by_hog.box) > 0.3


def test_the_surest_face_comes_first(photo: Open) -> None:
    scores = [each.score for each in DlibDetector().detect(photo(THREE_FACES))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


@pytest.mark.parametrize("limit", [1, 0.6])
def test_a_picture_that_is_shrunk_keeps_its_boxes(
    photo: Open, monkeypatch: pytest.MonkeyPatch, limit: float
) -> None:
    image = photo(PLAIN)
    detector = DlibDetector("hog", 1)
    (whole,) = detector.detect(image)
    monkeypatch.setitem(PIXEL_LIMIT, "hog", int(image.width * image.height * 4 * limit))
    (shrunk,) = detector.detect(image)
    assert overlap(whole.box, shrunk.box) > (0.99 if limit == 1 else 0.5)


def test_a_detector_never_sees_more_pixels_than_the_limit() -> None:
    detector = DlibDetector("hog", 1)
    for size in [(9000, 6000), (20_000, 500), (3000, 1000)]:
        seen = detector._shrunk(Image.new("RGB", size))
        assert seen.width * seen.height * 4 <= PIXEL_LIMIT["hog"] * 1.001
        assert seen.width / seen.height == pytest.approx(size[0] / size[1], rel=0.01)
        assert (seen.size == size) == (size == (3000, 1000))


def test_a_turned_file_has_its_faces_at_the_same_places(photo: Open) -> None:
    """Orientation is the decoder's work: the detector gets both upright."""
    (plain,) = DlibDetector().detect(photo(PLAIN))
    (turned,) = DlibDetector().detect(photo(TURNED))
    assert overlap(plain.box, turned.box) > 0.95


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (80, 80)])
def test_pictures_without_faces_have_none_however_small(size: tuple[int, int]) -> None:
    assert DlibDetector().detect(Image.new("RGB", size, "grey")) == []


@pytest.mark.parametrize("name", [THREE_FACES, AT_THE_BORDER, ONE_FACE])
def test_boxes_lie_inside_the_photo(photo: Open, name: str) -> None:
    image = photo(name)
    # Cut through the surest face, so that its box would reach over the border.
    box = DlibDetector().detect(image)[0].box
    cut = image.crop((round((box.left + box.width * 0.15) * image.width), 0, *image.size))
    for each in DlibDetector().detect(image) + DlibDetector().detect(cut):
        left, top, right, bottom = each.box.corners
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
