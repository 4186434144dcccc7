"""Engines: a detector and an embedder together, and the crops of what they find."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageFilter

from faces.recognition.geometry import Box
from faces.recognition.quality import ENOUGH_PX
from faces.vision.catalogue import UnknownEngineError, engine_named
from faces.vision.engines import Limits, crop_face
from photos.imaging.decoding import DecodedImage
from tests.faces.vision.conftest import Open, as_photo
from tests.faces.vision.test_detectors import ONE_FACE, PLAIN, THREE_FACES

shares = st.floats(0, 0.99)


def test_a_found_face_has_all_that_detector_and_embedder_say(photo: Open) -> None:
    image = photo(THREE_FACES)
    engine = engine_named("dlib-hog", Path())
    found = engine.find_faces(as_photo(image))
    detected = engine.detector.detect(image)
    embedded = engine.embedder.embed(image, detected)
    assert [(face.box, face.score) for face in found] == [(d.box, d.score) for d in detected]
    assert [face.landmarks for face in found] == [each.landmarks for each in embedded]
    for face, each in zip(found, embedded, strict=True):
        assert np.array_equal(face.embedding, each.embedding)


def test_small_and_doubtful_detections_are_left_out_unless_they_are_known(photo: Open) -> None:
    picture = as_photo(photo(THREE_FACES))
    found = engine_named("dlib-hog", Path()).find_faces(picture)
    sizes = sorted(face.quality.size_px for face in found)
    scores = sorted(face.score for face in found)

    def kept(limits: Limits, known: tuple[Box, ...] = ()) -> int:
        engine = engine_named("dlib-hog", Path(), limits=limits)
        return len(engine.find_faces(picture, known=known))

    larger = [size for size in sizes if size > sizes[0]]
    assert kept(Limits(size_px=sizes[0])) == 3
    assert kept(Limits(size_px=sizes[0] + 1)) == len(larger) < 3
    assert kept(Limits(score=scores[0])) == 3
    assert kept(Limits(score=scores[1])) == 2
    assert kept(Limits(score=5.0)) == 0
    assert kept(Limits(size_px=1000, score=5.0), (found[0].box,)) == 1


def test_size_is_counted_in_pixels_of_the_original(photo: Open) -> None:
    image = photo(PLAIN)
    (face,) = engine_named("dlib-hog", Path()).find_faces(as_photo(image))
    shorter = min(face.box.width * image.width, face.box.height * image.height)
    assert face.quality.size_px == round(shorter)


def test_small_faces_are_looked_at_in_the_whole_picture(photo: Open) -> None:
    image = photo(PLAIN)
    shrunk = image.resize((image.width // 3, image.height // 3), Image.Resampling.LANCZOS)
    engine = engine_named("dlib-hog", Path())
    (whole,) = engine.find_faces(as_photo(image))
    (at_hand,) = engine.find_faces(as_photo(shrunk))
    (looked_up,) = engine.find_faces(shrunk_of(shrunk, image))
    assert at_hand.quality.size_px < ENOUGH_PX / 2 < whole.quality.size_px
    assert looked_up.quality.size_px > 2 * at_hand.quality.size_px
    assert at_hand.embedding @ whole.embedding < looked_up.embedding @ whole.embedding


def shrunk_of(shrunk: Image.Image, image: Image.Image) -> DecodedImage:
    decoded = DecodedImage(Path(), shrunk, image.size, None)
    vars(decoded)["whole"] = image
    return decoded


def test_a_blurred_face_has_less_quality_in_the_same_place(photo: Open) -> None:
    image = photo(PLAIN)
    (sharp,) = engine_named("dlib-hog", Path()).find_faces(as_photo(image))
    (blurred,) = engine_named("dlib-hog", Path()).find_faces(
        as_photo(image.filter(ImageFilter.GaussianBlur(3)))
    )
    assert blurred.quality.sharpness < sharp.quality.sharpness
    assert blurred.quality.overall < sharp.quality.overall


def test_a_picture_without_faces_gives_none() -> None:
    assert (
        engine_named("dlib-hog", Path()).find_faces(as_photo(Image.new("RGB", (200, 200), "grey")))
        == []
    )


def test_the_detector_has_a_name() -> None:
    assert engine_named("dlib-hog", Path()).detector.name == "dlib-hog"
    assert engine_named("dlib-cnn", Path()).detector.name == "dlib-cnn"


def test_an_unknown_detector_is_refused_by_name() -> None:
    with pytest.raises(UnknownEngineError, match="mtcnn.*dlib-hog"):
        engine_named("mtcnn", Path())


def test_cnn_finds_and_embeds_a_face(photo: Open) -> None:
    image = photo(ONE_FACE)
    (by_cnn,) = engine_named("dlib-cnn", Path()).find_faces(as_photo(image))
    (by_hog,) = engine_named("dlib-hog", Path()).find_faces(as_photo(image))
    assert by_cnn.embedding @ by_hog.embedding > 0.95


@pytest.mark.parametrize("name", ["dlib-hog", "dlib-cnn"])
def test_loading_an_engine_leaves_truncated_files_an_error(name: str) -> None:
    engine_named(name, Path()).load()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.builds(Box, shares, shares, st.floats(0.01, 1), st.floats(0.01, 1)),
    st.floats(0, 1),
)
def test_a_crop_is_square_and_inside_the_picture(
    width: int, height: int, box: Box, margin: float
) -> None:
    image = Image.new("RGB", (width, height), "white")
    crop = crop_face(image, box, margin)
    assert abs(crop.width - crop.height) <= 1
    assert 1 <= crop.width <= width
    assert 1 <= crop.height <= height
    # Pillow fills what lies outside the picture with black.
    assert crop.getextrema() == ((255, 255),) * 3


def test_a_crop_shows_the_box_and_its_margin_around_the_centre() -> None:
    image = Image.new("RGB", (1000, 800))
    assert crop_face(image, Box(0.4, 0.5, 0.1, 0.125), margin=0.4).size == (140, 140)
    marked = Image.new("RGB", (1000, 800))
    marked.paste("white", (400, 400, 500, 500))
    crop = crop_face(marked, Box(0.4, 0.5, 0.1, 0.125), margin=0.4)
    assert crop.getbbox() == (20, 20, 120, 120)


def test_a_face_at_the_border_is_shown_whole() -> None:
    image = Image.new("RGB", (100, 100))
    image.paste("white", (0, 80, 20, 100))
    crop = crop_face(image, Box(0, 0.8, 0.2, 0.2), margin=1)
    assert crop.size == (40, 40)
    assert crop.getbbox() == (0, 20, 20, 40)
