"""Engines: a detector and an embedder that work together."""

from dataclasses import dataclass
from functools import cache
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.recognition.quality import CROP_SIDE, Quality, measure_quality
from faces.vision.detectors import DlibDetector, DlibModel
from faces.vision.embedders import DlibEmbedder
from faces.vision.interfaces import Detector, Embedder, Landmarks


@dataclass(frozen=True)
class FoundFace:
    """A face with everything that an engine says of it."""

    box: Box
    score: float  # the detector's
    landmarks: Landmarks
    embedding: NDArray[np.float32]
    quality: Quality


@dataclass(frozen=True)
class Engine:
    """Finds faces and embeds them."""

    detector: Detector
    embedder: Embedder

    def find_faces(self, image: Image.Image) -> list[FoundFace]:
        """Return the faces of an upright RGB picture."""
        detections = self.detector.detect(image)
        embedded = self.embedder.embed(image, detections)
        return [
            FoundFace(
                box=detection.box,
                score=detection.score,
                landmarks=face.landmarks,
                embedding=face.embedding,
                quality=_quality(image, detection.box),
            )
            for detection, face in zip(detections, embedded, strict=True)
        ]

    def load(self) -> None:
        """Load the models now, for the processes that are forked afterwards."""
        self.detector.load()
        self.embedder.load()


@cache
def dlib_engine(model: str, upsampling: int, jitters: int) -> Engine:
    """Return the engine for face_recognition's parameters; ValueError for an unknown model."""
    if model not in get_args(DlibModel):
        raise ValueError(f"There is no detector {model!r}: choose hog or cnn.")
    return Engine(DlibDetector(model, upsampling), DlibEmbedder(jitters))  # type: ignore[arg-type]


def crop_face(image: Image.Image, box: Box, margin: float = 0.4) -> Image.Image:
    """Return a square around the box, wider by ``margin`` of it, moved to lie in the picture."""
    centre_x = (box.left + box.width / 2) * image.width
    centre_y = (box.top + box.height / 2) * image.height
    side = max(box.width * image.width, box.height * image.height) * (1 + margin)
    side = max(1.0, min(side, image.width, image.height))
    left = min(max(centre_x - side / 2, 0), image.width - side)
    top = min(max(centre_y - side / 2, 0), image.height - side)
    return image.crop((round(left), round(top), round(left + side), round(top + side)))


def _quality(image: Image.Image, box: Box) -> Quality:
    size_px = round(min(box.width * image.width, box.height * image.height))
    crop = crop_face(image, box, margin=0).convert("L").resize((CROP_SIDE, CROP_SIDE))
    return measure_quality(np.asarray(crop), size_px)
