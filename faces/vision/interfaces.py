"""What detectors and embedders promise, so that engines can be made of any two of them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.recognition.pose import Layout

# Five points, in shares (0-1) of an upright picture's width and height. A detector's are both eyes
# from left to right, the tip of the nose, both corners of the mouth; an embedder says which.
Landmarks = tuple[tuple[float, float], ...]


class Picture(Protocol):
    """An upright RGB photo."""

    @property
    def image(self) -> Image.Image:
        """The picture, perhaps shrunk, as large as is needed to find ordinary faces."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole picture in pixels."""

    @property
    def whole(self) -> Image.Image:
        """The picture in all its pixels; costs time and memory where ``image`` is shrunk."""


@dataclass(frozen=True)
class Detection:
    """A face that a detector has found."""

    box: Box
    score: float  # the detector's own scale, higher is surer
    landmarks: Landmarks | None = None  # None where the detector finds boxes alone


@dataclass(frozen=True)
class EmbeddedFace:
    """What an embedder makes of a detection."""

    embedding: NDArray[np.float32]  # (dimension,), unit length
    landmarks: Landmarks


class Detector(Protocol):
    """Finds faces in a picture."""

    @property
    def name(self) -> str:
        """What is stored beside a face that it found, such as ``dlib-hog``."""

    def detect(self, image: Image.Image) -> list[Detection]:
        """Return the faces of an upright RGB picture, the surest first; boxes lie within it."""

    def load(self) -> None:
        """Load what it needs now, for the processes that are forked afterwards."""


class Embedder(Protocol):
    """Turns faces into numbers that are alike for one person."""

    @property
    def model(self) -> str:
        """The name of its space: embeddings of two models are never compared."""

    @property
    def layout(self) -> Layout:
        """Which five points its landmarks are."""

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        """Return one entry for each detection in an upright RGB picture."""

    def load(self) -> None:
        """Load what it needs now, for the processes that are forked afterwards."""
