"""Embedders: which numbers stand for a face?"""

from dataclasses import dataclass
from functools import cache
from math import radians
from pathlib import Path
from typing import ClassVar

import dlib
import face_recognition_models
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.recognition.pose import Layout
from faces.vision.interfaces import Detection, EmbeddedFace, Landmarks
from faces.vision.sessions import preload, session

RESNET = Path(face_recognition_models.face_recognition_model_location())
CHIP_PX, CHIP_PADDING = 150, 0.25  # how dlib cuts out the faces that its ResNet looks at
SURROUNDINGS = 2  # sides of the box, each way: more than the chip of any face takes
BATCH = 16  # chips at once: a third faster than one by one, and more gain nothing

# How far dlib::jitter_image (dlib/image_transforms/interpolation.h) distorts copies of a face.
JITTER_BORDER_PX = 3  # that is taken off each side of the chip
JITTER_SHIFT = 0.02  # to each side, as a share of what is left
JITTER_HEIGHT = 0.97, 0.99999  # of what is left, as a share of what is cut out
JITTER_DEGREES = 3.0  # to each side


@dataclass(frozen=True)
class DlibEmbedder:
    """dlib's ResNet, as face_recognition uses it: aligned by five landmarks, 128 numbers."""

    jitters: int = 1  # distorted copies of the face that are averaged; each costs as much again
    model = "dlib-resnet-128"
    layout: ClassVar[Layout] = "corners"
    dimension = 128

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        """Return one entry for each detection in an upright RGB picture."""
        if not detections:
            return []
        seen = [_chip(image, _rectangle(each.box, *image.size)) for each in detections]
        vectors = self._vectors([chip for chip, _ in seen])
        return [
            EmbeddedFace(vector / np.linalg.norm(vector), landmarks)
            for vector, (_, landmarks) in zip(vectors, seen, strict=True)
        ]

    def load(self) -> None:
        """Load dlib's models."""
        _landmark_predictor()
        preload(RESNET, _read_resnet)

    def _vectors(self, chips: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return (n, 128), of any length: face_recognition averages before anything is scaled."""
        if self.jitters <= 1:
            return _run(chips)
        return np.stack([_run(jitter(chip, self.jitters)).mean(axis=0) for chip in chips])


def jitter(chip: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Return distorted copies of a square picture, each another, the same ones at each call.

    Each is shifted, zoomed and turned a little, and by chance mirrored, as dlib does it.
    """
    random = np.random.default_rng(0)
    side = len(chip)
    inner = side - 2 * JITTER_BORDER_PX
    copies = []
    for _ in range(count):
        across, down = random.uniform(-JITTER_SHIFT, JITTER_SHIFT, 2) * inner
        centre = dlib.point(round(side / 2 + across), round(side / 2 + down))
        cut = int(inner / random.uniform(*JITTER_HEIGHT))
        place = dlib.chip_details(
            dlib.centered_rect(centre, cut, cut),
            dlib.chip_dims(side, side),
            radians(random.uniform(-JITTER_DEGREES, JITTER_DEGREES)),
        )
        copy = dlib.extract_image_chip(chip, place)
        copies.append(copy[:, ::-1] if random.random() < 0.5 else copy)
    return copies


def _run(chips: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    network = session(RESNET, _read_resnet)
    batches = [np.stack(chips[start : start + BATCH]) for start in range(0, len(chips), BATCH)]
    return np.concatenate([network.run(None, {"chips": batch})[0] for batch in batches])


def _chip(image: Image.Image, face: dlib.rectangle) -> tuple[NDArray[np.uint8], Landmarks]:
    """Return what the ResNet looks at, and the landmarks, as shares of the picture's size."""
    # Around the face only, for an array of a large picture takes as much memory again.
    reach = SURROUNDINGS * max(face.width(), face.height(), 1)
    left, top = max(0, face.left() - reach), max(0, face.top() - reach)
    right, bottom = min(image.width, face.right() + reach), min(image.height, face.bottom() + reach)
    pixels = np.asarray(image.crop((left, top, right, bottom)))
    inside = dlib.translate_rect(face, dlib.point(-left, -top))
    shape = _landmark_predictor()(pixels, inside)
    chip = dlib.get_face_chip(pixels, shape, CHIP_PX, CHIP_PADDING)
    points = ((point.x + left, point.y + top) for point in shape.parts())
    return chip, tuple((x / image.width, y / image.height) for x, y in points)


def _read_resnet(path: Path) -> bytes:
    """Convert dlib's file, which takes less time than face_recognition's loading of it."""
    from faces.vision.resnet import onnx_resnet  # loads onnx, which pages do without

    return onnx_resnet(path)


@cache
def _landmark_predictor() -> dlib.shape_predictor:
    file = face_recognition_models.pose_predictor_five_point_model_location()
    return dlib.shape_predictor(file)


def _rectangle(box: Box, width: int, height: int) -> dlib.rectangle:
    """Return the box in pixels as dlib counts them: right and bottom ones are inside."""
    left, top, right, bottom = box.corners
    return dlib.rectangle(
        round(left * width),
        round(top * height),
        round(right * width) - 1,
        round(bottom * height) - 1,
    )
