"""Detectors: where in a picture are faces?"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import dlib
import face_recognition_models
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.vision.interfaces import Detection

DlibModel = Literal["hog", "cnn"]

# What a detector may see after upsampling, in pixels. HOG takes 70 ms a megapixel; the CNN takes
# 7 s and a gigabyte, so a large photo is shrunk for it.
PIXEL_LIMIT: dict[DlibModel, int] = {"hog": 12_000_000, "cnn": 1_500_000}


@dataclass(frozen=True)
class DlibDetector:
    """dlib's detectors with face_recognition's parameters."""

    model: DlibModel = "hog"
    upsampling: int = 1  # times the picture is doubled, to find smaller faces

    @property
    def name(self) -> str:
        """What is stored beside a face that it found."""
        return f"dlib-{self.model}"

    def detect(self, image: Image.Image) -> list[Detection]:
        """Return the faces of an upright RGB picture, the surest first."""
        pixels = np.asarray(self._shrunk(image))
        height, width = pixels.shape[:2]
        found = [
            Detection(_relative(rectangle, width, height), float(score))
            for rectangle, score in self._rectangles(pixels)
        ]
        # Next to the border a detector may report a box that lies outside altogether.
        inside = [each for each in found if each.box.width > 0 and each.box.height > 0]
        return sorted(inside, key=lambda each: -each.score)

    def load(self) -> None:
        """Load dlib's model."""
        _cnn() if self.model == "cnn" else _hog()

    def _shrunk(self, image: Image.Image) -> Image.Image:
        pixels = image.width * image.height * 4**self.upsampling
        if pixels <= PIXEL_LIMIT[self.model]:
            return image
        scale = (PIXEL_LIMIT[self.model] / pixels) ** 0.5
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)

    def _rectangles(self, pixels: NDArray[np.uint8]) -> list[tuple[object, float]]:
        if self.model == "cnn":
            found = _cnn()(pixels, self.upsampling)
            return [(each.rect, each.confidence) for each in found]
        rectangles, scores, _ = _hog().run(pixels, self.upsampling, 0.0)
        return list(zip(rectangles, scores, strict=True))


@cache
def _hog() -> Any:
    return dlib.get_frontal_face_detector()


@cache
def _cnn() -> Any:
    return dlib.cnn_face_detection_model_v1(
        face_recognition_models.cnn_face_detector_model_location()
    )


def _relative(rectangle: object, width: int, height: int) -> Box:
    """Return dlib's rectangle, whose right and bottom pixels are inside, cut to the picture."""
    left, top = max(rectangle.left(), 0), max(rectangle.top(), 0)  # type: ignore[attr-defined]
    right = min(rectangle.right() + 1, width)  # type: ignore[attr-defined]
    bottom = min(rectangle.bottom() + 1, height)  # type: ignore[attr-defined]
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
