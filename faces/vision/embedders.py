"""Embedders: which numbers stand for a face?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.vision.dlib_models import face_recognition_api
from faces.vision.interfaces import Detection, EmbeddedFace


@dataclass(frozen=True)
class DlibEmbedder:
    """dlib's ResNet, as face_recognition uses it: aligned by five landmarks, 128 numbers."""

    jitters: int = 1  # shifted copies of the face that are averaged; each costs as much again
    model = "dlib-resnet-128"
    dimension = 128

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        """Return one entry for each detection in an upright RGB picture."""
        if not detections:
            return []
        api = face_recognition_api()
        pixels = np.asarray(image)
        height, width = pixels.shape[:2]
        places = [_css(each.box, width, height) for each in detections]
        shapes = api._raw_face_landmarks(pixels, places, model="small")
        return [
            EmbeddedFace(
                _unit(api.face_encoder.compute_face_descriptor(pixels, shape, self.jitters)),
                tuple((point.x / width, point.y / height) for point in shape.parts()),
            )
            for shape in shapes
        ]

    def load(self) -> None:
        """Load dlib's models."""
        face_recognition_api()


def _css(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the box as face_recognition writes it: top, right, bottom, left in pixels."""
    left, top, right, bottom = box.corners
    return (
        round(top * height),
        round(right * width) - 1,
        round(bottom * height) - 1,
        round(left * width),
    )


def _unit(descriptor: object) -> NDArray[np.float32]:
    vector = np.asarray(descriptor, dtype=np.float32)
    return vector / np.linalg.norm(vector)
