"""ArcFace-class embedders on real photos: alike for one person, however the face is given."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faces.recognition.geometry import Box
from faces.vision.interfaces import Detection
from faces.vision.onnx_detectors import ScrfdDetector
from faces.vision.onnx_embedders import OnnxEmbedder, find_landmarks
from tests.faces.vision.conftest import Open, Weights
from tests.faces.vision.test_detectors import ONE_FACE, THREE_FACES

PAIRS = 20  # of each kind, by the files' order


@pytest.fixture
def scrfd(weights_file: Weights) -> ScrfdDetector:
    return ScrfdDetector(weights_file("scrfd_500m.onnx"), "scrfd")


@pytest.fixture(params=["mobilefacenet_128.onnx", "w600k_mbf_int8_512.onnx"])
def embedder(request: pytest.FixtureRequest, weights_file: Weights) -> OnnxEmbedder:
    return OnnxEmbedder(weights_file(request.param), "a model")


def middle_face(scrfd: ScrfdDetector, image: Image.Image) -> Detection:
    return min(
        replace(scrfd, threshold=0.3, side=320).detect(image),
        key=lambda each: abs(each.box.left + each.box.width / 2 - 0.5),
    )


def test_press_photos_of_one_person_are_more_alike_than_others(
    shared: Path, photo: Open, scrfd: ScrfdDetector, embedder: OnnxEmbedder
) -> None:
    """At no false match, the models take at least 98 % of all pairs for one person."""
    with (shared / "photos/lfw/pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    similarity: dict[str, list[float]] = {}
    for kind in "10":
        for row in [row for row in rows if row["same"] == kind][:PAIRS]:
            first, second = (
                embedder.embed(image, [middle_face(scrfd, image)])[0].embedding
                for image in (photo(f"lfw/{row[name]}") for name in "ab")
            )
            similarity.setdefault(kind, []).append(float(first @ second))
    surest_stranger = max(similarity["0"])
    assert np.mean(np.array(similarity["1"]) > surest_stranger) >= 0.95
    assert abs(np.mean(similarity["0"])) < 0.1


def test_embeddings_have_the_files_dimension_and_unit_length(
    photo: Open, scrfd: ScrfdDetector, embedder: OnnxEmbedder
) -> None:
    image = photo(THREE_FACES)
    faces = embedder.embed(image, scrfd.detect(image))
    assert len(faces) == 6
    assert str(embedder.dimension) in embedder.path.name
    for face in faces:
        assert face.embedding.shape == (embedder.dimension,)
        assert face.embedding.dtype == np.float32
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-6)


def test_a_face_has_one_embedding_whoever_stands_beside_it(
    photo: Open, scrfd: ScrfdDetector, embedder: OnnxEmbedder
) -> None:
    image = photo(THREE_FACES)
    found = scrfd.detect(image)
    together = embedder.embed(image, found)
    for face, each in zip(found, together, strict=True):
        (alone,) = embedder.embed(image, [face])
        assert np.array_equal(alone.embedding, each.embedding)
        assert alone.landmarks == face.landmarks


def test_a_turned_face_embeds_as_the_upright_one(
    photo: Open, scrfd: ScrfdDetector, embedder: OnnxEmbedder
) -> None:
    image = photo(ONE_FACE)
    face = scrfd.detect(image)[0]
    assert face.landmarks is not None
    turned = image.transpose(Image.Transpose.ROTATE_180)
    landmarks = tuple((1 - x, 1 - y) for x, y in face.landmarks)
    (upright,), (other,) = (
        embedder.embed(image, [face]),
        embedder.embed(turned, [replace(face, landmarks=landmarks)]),
    )
    assert upright.embedding @ other.embedding > 0.98


def test_without_landmarks_dlib_finds_such_as_give_the_same_person(
    photo: Open, scrfd: ScrfdDetector, embedder: OnnxEmbedder
) -> None:
    image = photo(ONE_FACE)
    face = scrfd.detect(image)[0]
    (given,) = embedder.embed(image, [face])
    (found,) = embedder.embed(image, [replace(face, landmarks=None)])
    assert given.embedding @ found.embedding > 0.85
    assert np.abs(np.array(given.landmarks) - found.landmarks).max() < 0.2 * face.box.width


def test_landmarks_are_the_same_in_a_part_of_the_picture(photo: Open, scrfd: ScrfdDetector) -> None:
    image = photo(ONE_FACE)
    box = scrfd.detect(image)[0].box
    wide = Image.new("RGB", (image.width * 2, image.height * 3), "grey")
    wide.paste(image, (image.width, image.height))
    moved = Box(0.5 + box.left / 2, (1 + box.top) / 3, box.width / 2, box.height / 3)
    straight = np.array(find_landmarks(image, box)) * image.size
    other = np.array(find_landmarks(wide, moved)) * wide.size - image.size
    assert np.abs(straight - other).max() <= 2


@pytest.mark.parametrize(
    "box", [Box(0, 0, 1, 1), Box(0.99, 0.99, 0.001, 0.001), Box(0, 0.5, 1, 0.1)]
)
def test_any_box_drawn_by_hand_gets_an_embedding(embedder: OnnxEmbedder, box: Box) -> None:
    image = Image.effect_noise((60, 40), 50).convert("RGB")
    (face,) = embedder.embed(image, [Detection(box, 1.0)])
    assert len(face.landmarks) == 5
    assert np.isfinite(face.embedding).all()


def test_no_boxes_have_no_embeddings(embedder: OnnxEmbedder) -> None:
    assert embedder.embed(Image.new("RGB", (10, 10)), []) == []
    embedder.load()
