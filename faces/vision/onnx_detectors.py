"""SCRFD and YuNet: detectors of boxes and landmarks that run in onnxruntime."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box, Floats
from faces.vision.interfaces import Detection
from faces.vision.sessions import preload, session
from faces.vision.suppression import suppress

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Pixels = NDArray[np.float32]

# Both look at places that lie so many pixels apart: near ones for small faces, far ones for large.
STRIDES = (8, 16, 32)
# How much two boxes of one face may overlap: the authors' values.
SCRFD_OVERLAP, YUNET_OVERLAP = 0.4, 0.3
# A side of 1280 alone loses large faces; with a look at 640 it finds more than either (SCRFD 500M:
# 85 % of street and group photos' faces, at 640 80 %; 99.3 % and 97.8 % of an album's).
LEAST_SIDE = 640
RED_FIRST, BLUE_FIRST = slice(None), slice(None, None, -1)


@dataclass(frozen=True)
class ScrfdDetector:
    """InsightFace's SCRFD with landmarks: two answers at each place, as distances from it.

    ``side`` is that of its input in pixels: the picture is scaled, up or down, to fit in. Faces of
    10 pixels there are found, and such of 450, so a large side is halved for further looks.
    ``threshold`` (0-1) is the least score.
    """

    path: Path
    name: str
    side: int = 640
    threshold: float = 0.5

    def detect(self, image: Image.Image) -> list[Detection]:
        """Return the faces of an upright RGB picture, the surest first."""
        found = [each for view in _views(image, self.side) for each in self._look(view)]
        return _detections(found, SCRFD_OVERLAP)

    def load(self) -> None:
        """Open the model."""
        preload(self.path)

    def _look(self, view: Image.Image) -> list["_Candidates"]:
        pixels = _pixels(view, RED_FIRST)
        pixels -= 127.5
        pixels /= 128
        # Three scores, three boxes, three sets of landmarks, each by stride.
        answers = _run(session(self.path), pixels)
        return [
            self._candidates(answers[each::3], stride, view) for each, stride in enumerate(STRIDES)
        ]

    def _candidates(self, answers: list[Floats], stride: int, view: Image.Image) -> "_Candidates":
        scores, distances, landmarks = (each.reshape(-1, each.shape[-1]) for each in answers)
        sure = np.flatnonzero(scores >= self.threshold)
        places = _places(sure // 2, stride, view)
        starts, ends = np.split(distances[sure] * stride, 2, axis=1)
        return _Candidates(
            scores[sure, 0],
            np.hstack([places - starts, places + ends]) / (view.size * 2),
            (places[:, None] + landmarks[sure].reshape(-1, 5, 2) * stride) / view.size,
        )


@dataclass(frozen=True)
class YunetDetector:
    """OpenCV's YuNet (2023mar): one answer at each place, a centre and the logarithm of a size.

    ``side`` and ``threshold`` are as ScrfdDetector's; at 0.5 it takes thrice as much for faces.
    """

    path: Path
    name: str
    side: int = 640
    threshold: float = 0.7

    def detect(self, image: Image.Image) -> list[Detection]:
        """Return the faces of an upright RGB picture, the surest first."""
        found = [each for view in _views(image, self.side) for each in self._look(view)]
        return _detections(found, YUNET_OVERLAP)

    def load(self) -> None:
        """Open the model."""
        preload(self.path, _of_any_size)

    def _look(self, view: Image.Image) -> list["_Candidates"]:
        # It was trained on OpenCV's order of colours. Three of each: is it a face, is it any
        # object, box, landmarks.
        answers = _run(session(self.path, _of_any_size), _pixels(view, BLUE_FIRST))
        return [
            self._candidates(answers[each::3], stride, view) for each, stride in enumerate(STRIDES)
        ]

    def _candidates(self, answers: list[Floats], stride: int, view: Image.Image) -> "_Candidates":
        faces, objects, boxes, landmarks = (each.reshape(-1, each.shape[-1]) for each in answers)
        scores = np.sqrt(np.clip(faces, 0, 1) * np.clip(objects, 0, 1))
        sure = np.flatnonzero(scores >= self.threshold)
        places = _places(sure, stride, view)
        centres = places + boxes[sure, :2] * stride
        halves = np.exp(boxes[sure, 2:]) * stride / 2
        return _Candidates(
            scores[sure, 0],
            np.hstack([centres - halves, centres + halves]) / (view.size * 2),
            (places[:, None] + landmarks[sure].reshape(-1, 5, 2) * stride) / view.size,
        )


@dataclass(frozen=True)
class _Candidates:
    """What may be faces, in shares of the picture's width and height."""

    scores: Floats  # (n,)
    corners: Floats  # (n, 4)
    landmarks: Floats  # (n, 5, 2)


def _views(image: Image.Image, side: int) -> Iterator[Image.Image]:
    """Yield the picture scaled to a side and its halves; the smallest shows faces that fill it.

    Those that would enlarge the picture are left out, but for the smallest: it gains little. Each
    is made from the one before, which is nearer to it than the picture.
    """
    if side // 2 >= LEAST_SIDE:
        if max(image.size) > side:
            image = _scaled(image, side)
            yield image
        yield from _views(image, side // 2)
    else:
        yield _scaled(image, side)


def _scaled(image: Image.Image, side: int) -> Image.Image:
    scale = side / max(image.size)
    width, height = (max(1, round(each * scale)) for each in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=1.0)


def _pixels(view: Image.Image, colours: slice) -> Pixels:
    """Return (1, 3, height, width), 0-255, with the picture at the top left.

    The rest is black: only as much as makes whole strides, for a square would cost half as much
    again.
    """
    width, height = _padded(view)
    pixels = np.zeros((1, 3, height, width), dtype=np.float32)
    pixels[0, :, : view.height, : view.width] = np.asarray(view).transpose(2, 0, 1)[colours]
    return pixels


def _padded(view: Image.Image) -> tuple[int, int]:
    width, height = (-(-each // STRIDES[-1]) * STRIDES[-1] for each in view.size)
    return width, height


def _run(opened: "InferenceSession", pixels: Pixels) -> list[Floats]:
    return opened.run(None, {opened.get_inputs()[0].name: pixels})


def _places(numbers: NDArray[np.int64], stride: int, view: Image.Image) -> Floats:
    """Return (n, 2) in pixels: where answers of these numbers are given; they come by rows."""
    rows, columns = np.divmod(numbers, _padded(view)[0] // stride)
    return np.stack([columns, rows], axis=-1) * float(stride)


def _detections(found: list[_Candidates], overlap: float) -> list[Detection]:
    """Return what remains of candidates, cut to the picture."""
    scores = np.concatenate([each.scores for each in found])
    corners = np.concatenate([each.corners for each in found])
    landmarks = np.concatenate([each.landmarks for each in found])
    return [
        Detection(
            Box(left, top, right - left, bottom - top),
            float(scores[each]),
            tuple((x, y) for x, y in landmarks[each].tolist()),
        )
        for each in suppress(corners, scores, overlap)
        for left, top, right, bottom in [np.clip(corners[each], 0, 1).tolist()]
        if right > left and bottom > top
    ]


def _of_any_size(path: Path) -> bytes:
    """Return YuNet's model with its input's size set free: the file says 640 × 640."""
    import onnx

    model = onnx.load(path)
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.ClearField("dim_value")
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].ClearField("dim_value")
    return model.SerializeToString()
