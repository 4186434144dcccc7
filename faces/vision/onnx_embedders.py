"""Embedders of the ArcFace kind, from an ONNX file: an aligned face in, a vector out."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

import dlib
import face_recognition_models
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.recognition.pose import Layout
from faces.vision.alignment import align
from faces.vision.interfaces import Detection, EmbeddedFace, Landmarks
from faces.vision.sessions import Model, hardware, preload, session

# Of dlib's 68 points, those that are the five that faces are aligned by: an eye's centre is the
# mean of its outline. Its five-point predictor has the eyes' corners and no mouth.
FIVE_OF_68 = (range(36, 42), range(42, 48), (30,), (48,), (54,))
# Its predictor was fitted to squares that go from brow to chin. Such as these, around the boxes of
# other detectors, let MobileFaceNet tell 97 % of pairs of press photos (at 1 % false matches)
# instead of 94 %; with a detector's own landmarks it is 99.6 %.
SQUARE, LOWER = 1.1, 0.05  # shares: of the root of the box's area, of its height


@dataclass(frozen=True)
class OnnxEmbedder:
    """A model that looks at aligned faces of 112 × 112 pixels.

    It is given (pixel - ``mean``) / ``divisor``, red first. Faces go one by one: on a CPU, batches
    are no faster, and under a model that was quantised for size a face's vector would depend on its
    neighbours in the batch (cosine similarity 0.985 to the vector it has alone).
    """

    path: Path
    model: str
    mean: float = 127.5
    divisor: float = 127.5
    layout: ClassVar[Layout] = "features"

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has, as the file says."""
        return session(self.path, _read).get_outputs()[0].shape[-1]

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        """Return one entry for each detection in an upright RGB picture.

        Where the detector gave no landmarks, dlib finds them in the box.
        """
        places = [each.landmarks or find_landmarks(image, each.box) for each in detections]
        return [EmbeddedFace(self._vector(align(image, each)), each) for each in places]

    def load(self) -> None:
        """Open the model."""
        preload(self.path, _read)

    def _vector(self, face: Image.Image) -> NDArray[np.float32]:
        opened = session(self.path, _read)
        pixels = (np.asarray(face, dtype=np.float32) - self.mean) / self.divisor
        channels_first = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        (vector,) = opened.run(None, {opened.get_inputs()[0].name: channels_first})[0]
        return vector / np.linalg.norm(vector)


def _read(path: Path) -> Model:
    """Read a model in the operators that suit what it runs on."""
    if hardware():
        return path
    from faces.vision.cpu_operators import quick_on_cpu  # loads onnx, which pages do without

    return quick_on_cpu(path)


def find_landmarks(image: Image.Image, box: Box) -> Landmarks:
    """Return the five landmarks that dlib sees in a box, such as one drawn by hand."""
    width, height = box.width * image.width, box.height * image.height
    side = max(1, round(SQUARE * (width * height) ** 0.5))
    left = round(box.left * image.width + (width - side) / 2)
    top = round(box.top * image.height + (height - side) / 2 + LOWER * height)
    # The predictor looks a little beyond; the rest of a large picture need not be copied.
    edge = side // 4
    start = left - edge, top - edge
    part = image.crop((*start, left + side + edge, top + side + edge))
    inside = dlib.rectangle(edge, edge, edge + side - 1, edge + side - 1)
    shape = _predictor()(np.asarray(part), inside)
    points = np.array([(each.x, each.y) for each in shape.parts()])
    means = np.array([points[list(some)].mean(axis=0) for some in FIVE_OF_68])
    shares = (means + start) / image.size
    return tuple((x, y) for x, y in shares.tolist())


@cache
def _predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
