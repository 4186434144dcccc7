"""dlib's embedder on real photos: face_recognition's vectors at unit length."""

import os
import signal

import dlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from faces.vision.detectors import DlibDetector
from faces.vision.embedders import DlibEmbedder, jitter
from faces.vision.interfaces import Detection
from tests.faces.vision.conftest import Open
from tests.faces.vision.face_recognition_api import face_recognition_api
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


def of_face_recognition(
    image: Image.Image, faces: list[Detection], jitters: int = 1
) -> NDArray[np.float64]:
    """face_recognition's encodings, at unit length."""
    places = [in_pixels(each.box, image) for each in faces]
    found = face_recognition_api().face_encodings(np.asarray(image), places, jitters)
    encodings: NDArray[np.float64] = np.array(found)
    encodings /= np.linalg.norm(encodings, axis=1, keepdims=True)
    return encodings


@pytest.mark.parametrize("name", [THREE_FACES, AT_THE_BORDER, ONE_FACE])
def test_embeddings_are_those_of_face_recognition_at_unit_length(photo: Open, name: str) -> None:
    """They differ by the order in which 32-bit floats are added."""
    image = photo(name)
    faces = faces_in(image)
    embedded = DlibEmbedder().embed(image, faces)
    expected = of_face_recognition(image, faces)
    assert len(embedded) == len(expected) == len(faces)
    for face, encoding in zip(embedded, expected, strict=True):
        assert face.embedding.dtype == np.float32
        assert face.embedding.shape == (DlibEmbedder.dimension,)
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-6)
        assert face.embedding @ encoding > 0.9999
        assert np.allclose(face.embedding, encoding, atol=2e-6)


def test_jitters_average_what_face_recognition_averages(photo: Open) -> None:
    image = photo(PLAIN)
    faces = faces_in(image)
    (expected,) = of_face_recognition(image, faces, jitters=20)
    (plain,) = DlibEmbedder().embed(image, faces)
    (jittered,) = DlibEmbedder(jitters=20).embed(image, faces)
    assert np.linalg.norm(jittered.embedding) == pytest.approx(1, abs=1e-6)
    assert jittered.embedding @ expected > 0.999 > plain.embedding @ expected


def test_jitters_are_the_same_at_each_run_and_for_each_face(photo: Open) -> None:
    image = photo(THREE_FACES)
    faces = faces_in(image)
    embedder = DlibEmbedder(jitters=3)
    together = embedder.embed(image, faces)
    alone = [embedder.embed(image, [face])[0] for face in faces]
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one.embedding, other.embedding)


def test_a_jittered_picture_is_distorted_as_dlib_distorts_it() -> None:
    """Many copies have dlib's mean and, which says more, dlib's spread at each pixel."""
    blocks = np.random.default_rng(1).integers(0, 256, (15, 15, 3), dtype=np.uint8)
    picture = np.repeat(np.repeat(blocks, 10, axis=0), 10, axis=1)
    ours, dlibs = (
        np.stack(copies).astype(np.float32)
        for copies in (jitter(picture, 1000), dlib.jitter_image(picture, 1000))
    )
    assert ours.shape == dlibs.shape
    assert np.abs(ours.mean(axis=0) - dlibs.mean(axis=0)).mean() < 5
    assert np.abs(ours.std(axis=0) - dlibs.std(axis=0)).mean() < 2
    assert len({copy.tobytes() for copy in ours}) == 1000


def test_one_jitter_is_the_face_itself(photo: Open) -> None:
    """As in face_recognition, where it is the default and means none."""
    image = photo(PLAIN)
    (none,), (one,) = (DlibEmbedder(n).embed(image, faces_in(image)) for n in (0, 1))
    assert np.array_equal(none.embedding, one.embedding)


def test_more_faces_than_go_at_once_are_all_embedded(photo: Open) -> None:
    image = photo(THREE_FACES)
    faces = faces_in(image)
    once = DlibEmbedder().embed(image, faces)
    many = DlibEmbedder().embed(image, faces * 11)
    assert len(many) == 33
    for one, other in zip(once * 11, many, strict=True):
        assert np.array_equal(one.embedding, other.embedding)


def test_what_was_loaded_before_a_fork_embeds_after_it(photo: Open) -> None:
    """A worker loads the models, then forks for each job."""
    image = photo(ONE_FACE)
    faces = faces_in(image)
    DlibEmbedder().load()
    (before,) = DlibEmbedder().embed(image, faces)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a lost pool of threads would wait for ever
        try:
            (after,) = DlibEmbedder().embed(image, faces)
            os.write(writer, after.embedding.tobytes())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == before.embedding.tobytes()
    assert os.waitpid(child, 0)[1] == 0


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
