"""dlib's embedder on real photos: face_recognition's vectors at unit length."""

import numpy as np
import pytest
from PIL import Image

from faces.vision.detectors import DlibDetector
from faces.vision.dlib_models import face_recognition_api
from faces.vision.embedders import DlibEmbedder
from faces.vision.interfaces import Detection
from tests.faces.vision.conftest import Open
from tests.faces.vision.test_detectors import (
    AT_THE_BORDER,
    ONE_FACE,
    PLAIN,
    THREE_FACES,
    TURNED,
    in_pixels,
)


def faces_in(image: Image.Image) -> list[Detection]:
    return DlibDetector().detect(image)


@pytest.mark.parametrize("name", [THREE_FACES, AT_THE_BORDER, ONE_FACE])
def test_embeddings_are_those_of_face_recognition_at_unit_length(photo: Open, name: str) -> None:
    image = photo(name)
    faces = faces_in(image)
    embedded = DlibEmbedder().embed(image, faces)
    expected = face_recognition_api().face_encodings(
        np.asarray(image), [in_pixels(each.box, image) for each in faces]
    )
    assert len(embedded) == len(expected) == len(faces)
    for face, encoding in zip(embedded, expected, strict=True):
        assert face.embedding.dtype == np.float32
        assert face.embedding.shape == (DlibEmbedder.dimension,)
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-6)
        assert np.allclose(face.embedding, encoding / np.linalg.norm(encoding), atol=1e-6)


def test_jitters_move_the_embedding_a_little(photo: Open) -> None:
    image = photo(PLAIN)
    faces = faces_in(image)
    (plain,) = DlibEmbedder().embed(image, faces)
    (jittered,) = DlibEmbedder(jitters=5).embed(image, faces)
    assert np.linalg.norm(jittered.embedding) == pytest.approx(1, abs=1e-6)
    assert 0.95 < float(plain.embedding @ jittered.embedding) < 0.99999


def test_landmarks_are_five_points_in_the_face(photo: Open) -> None:
    image = photo(PLAIN)
    (found,) = faces_in(image)
    (face,) = DlibEmbedder().embed(image, [found])
    left, top, right, bottom = found.box.corners
    assert len(face.landmarks) == 5
    assert all(left < x < right and top < y < bottom for x, y in face.landmarks)


def test_a_face_is_more_like_its_turned_file_than_like_anybody_else(photo: Open) -> None:
    plain, turned, other = (
        DlibEmbedder().embed(photo(name), faces_in(photo(name)))[0].embedding
        for name in (PLAIN, TURNED, AT_THE_BORDER)
    )
    assert plain @ turned > 0.99
    assert plain @ other < 0.95


def test_no_boxes_have_no_embeddings() -> None:
    assert DlibEmbedder().embed(Image.new("RGB", (10, 10)), []) == []


def test_embeddings_come_in_the_order_of_the_boxes(photo: Open) -> None:
    image = photo(THREE_FACES)
    faces = faces_in(image)
    straight = DlibEmbedder().embed(image, faces)
    reverse = DlibEmbedder().embed(image, faces[::-1])
    for one, other in zip(straight, reversed(reverse), strict=True):
        assert np.array_equal(one.embedding, other.embedding)
