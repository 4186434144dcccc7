"""Embedders of the ArcFace kind, from an ONNX file: an aligned face in, a vector out."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dlib
import face_recognition_models
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box
from faces.vision.alignment import align
from faces.vision.interfaces import Detection, EmbeddedFace, Landmarks
from faces.vision.sessions import preload, session

# Of dlib's 68 points, those that are the five that faces are aligned by: an eye's centre is the
# mean of its outline. Its five-point predictor has the eyes' corners and no mouth.
FIVE_OF_68 = (range(36, 42), range(42, 48), (30,), (48,), (54,))


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

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has, as the file says."""
        return session(self.path).get_outputs()[0].shape[-1]

    def embed(self, image: Image.Image, detections: list[Detection]) -> list[EmbeddedFace]:
        """Return one entry for each detection in an upright RGB picture.

        Where the detector gave no landmarks, dlib finds them in the box.
        """
        places = [each.landmarks or find_landmarks(image, each.box) for each in detections]
        return [EmbeddedFace(self._vector(align(image, each)), each) for each in places]

    def load(self) -> None:
        """Open the model."""
        preload(self.path)

    def _vector(self, face: Image.Image) -> NDArray[np.float32]:
        opened = session(self.path)
        pixels = (np.asarray(face, dtype=np.float32) - self.mean) / self.divisor
        channels_first = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        (vector,) = opened.run(None, {opened.get_inputs()[0].name: channels_first})[0]
        return vector / np.linalg.norm(vector)


def find_landmarks(image: Image.Image, box: Box) -> Landmarks:
    """Return the five landmarks that dlib sees in a box, such as one drawn by hand."""
    left, top, right, bottom = box.corners
    places = [
        round(left * image.width),
        round(top * image.height),
        round(right * image.width),
        round(bottom * image.height),
    ]
    # The predictor looks a little beyond the box; the rest of a large picture need not be copied.
    margin = max(places[2] - places[0], places[3] - places[1])
    start = max(places[0] - margin, 0), max(places[1] - margin, 0)
    end = min(places[2] + margin, image.width), min(places[3] + margin, image.height)
    shape = _predictor()(
        np.asarray(image.crop((*start, *end))),
        dlib.rectangle(
            places[0] - start[0],
            places[1] - start[1],
            places[2] - start[0] - 1,
            places[3] - start[1] - 1,
        ),
    )
    points = np.array([(each.x, each.y) for each in shape.parts()])
    means = np.array([points[list(some)].mean(axis=0) for some in FIVE_OF_68])
    shares = (means + start) / image.size
    return tuple((x, y) for x, y in shares.tolist())


@cache
def _predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
