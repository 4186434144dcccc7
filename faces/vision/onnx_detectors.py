"""SCRFD and YuNet: detectors of boxes and landmarks that run in onnxruntime."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box, Floats
from faces.vision.interfaces import Detection
from faces.vision.sessions import Model, preload, session
from faces.vision.suppression import suppress

Pixels = NDArray[np.uint8]

# Both look at places that lie so many pixels apart: near ones for small faces, far ones for large.
STRIDES = (8, 16, 32)
# How much two boxes of one face may overlap: the authors' values.
SCRFD_OVERLAP, YUNET_OVERLAP = 0.4, 0.3
# A side of 1280 alone loses large faces; with a look at 640 it finds more than either (SCRFD 500M:
# 85 % of street and group photos' faces, at 640 80 %; 99.3 % and 97.8 % of an album's).
LEAST_SIDE = 640


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
        found = [each for side in _sides(self.side, image) for each in self._look(image, side)]
        return _detections(found, self.threshold, SCRFD_OVERLAP)

    def load(self) -> None:
        """Open the model."""
        preload(self.path)

    def _look(self, image: Image.Image, side: int) -> list["_Candidates"]:
        pixels, shown = _fitted(image, side)
        answers = _run(self.path, (pixels.astype(np.float32) - 127.5) / np.float32(128))
        # Three scores, three boxes, three sets of landmarks, each by stride.
        return [
            _scrfd_candidates(answers[each::3], _places(pixels, stride, answers=2), stride, shown)
            for each, stride in enumerate(STRIDES)
        ]


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
        found = [each for side in _sides(self.side, image) for each in self._look(image, side)]
        return _detections(found, self.threshold, YUNET_OVERLAP)

    def load(self) -> None:
        """Open the model."""
        preload(_of_any_size(self.path))

    def _look(self, image: Image.Image, side: int) -> list["_Candidates"]:
        pixels, shown = _fitted(image, side)
        # It was trained on OpenCV's order of colours, blue first.
        answers = _run(_of_any_size(self.path), pixels[:, :, ::-1].astype(np.float32))
        # Three of each: is it a face, is it any object, box, landmarks.
        return [
            _yunet_candidates(answers[each::3], _places(pixels, stride, answers=1), stride, shown)
            for each, stride in enumerate(STRIDES)
        ]


@dataclass(frozen=True)
class _Candidates:
    """What may be faces, in shares of the picture's width and height."""

    scores: Floats  # (n,)
    corners: Floats  # (n, 4)
    landmarks: Floats  # (n, 5, 2)


def _scrfd_candidates(
    answers: list[Floats], places: Floats, stride: int, shown: Floats
) -> _Candidates:
    scores, distances, landmarks = answers
    starts, ends = np.split(distances.reshape(-1, 4) * stride, 2, axis=1)
    return _Candidates(
        scores.reshape(-1),
        np.hstack([(places - starts) / shown, (places + ends) / shown]),
        (places[:, None] + landmarks.reshape(-1, 5, 2) * stride) / shown,
    )


def _yunet_candidates(
    answers: list[Floats], places: Floats, stride: int, shown: Floats
) -> _Candidates:
    faces, objects, boxes, landmarks = answers
    boxes = boxes.reshape(-1, 4)
    centres = places + boxes[:, :2] * stride
    halves = np.exp(boxes[:, 2:]) * stride / 2
    return _Candidates(
        np.sqrt(np.clip(faces, 0, 1) * np.clip(objects, 0, 1)).reshape(-1),
        np.hstack([(centres - halves) / shown, (centres + halves) / shown]),
        (places[:, None] + landmarks.reshape(-1, 5, 2) * stride) / shown,
    )


def _sides(side: int, image: Image.Image) -> list[int]:
    """Return the side and its halves, of which the smallest sees faces that fill the picture.

    Those that would enlarge the picture are left out, but for the smallest: it gains little.
    """
    if side // 2 < LEAST_SIDE:
        return [side]
    return [*([side] if max(image.size) > side else []), *_sides(side // 2, image)]


def _fitted(image: Image.Image, side: int) -> tuple[Pixels, Floats]:
    """Return pixels (height, width, 3) with the picture at the top left, and its width and height.

    The rest is black: only as much as makes whole strides, for a square would cost half as much
    again.
    """
    scale = side / max(image.size)
    width, height = (max(1, round(each * scale)) for each in image.size)
    scaled = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    whole = [-(-each // STRIDES[-1]) * STRIDES[-1] for each in (height, width)]
    pixels = np.zeros((*whole, 3), dtype=np.uint8)
    pixels[:height, :width] = np.asarray(scaled)
    return pixels, np.array([width, height], dtype=np.float32)


def _run(model: Model, pixels: NDArray[np.float32]) -> list[Floats]:
    opened = session(model)
    channels_first = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
    return opened.run(None, {opened.get_inputs()[0].name: channels_first})


def _places(pixels: Pixels, stride: int, answers: int) -> Floats:
    """Return (n, 2) in pixels, by rows, where answers are given, each place as often as they."""
    rows, columns = np.mgrid[: pixels.shape[0] // stride, : pixels.shape[1] // stride]
    places = np.stack([columns, rows], axis=-1).reshape(-1, 2) * np.float32(stride)
    return np.repeat(places, answers, axis=0)


def _detections(found: list[_Candidates], threshold: float, overlap: float) -> list[Detection]:
    """Return what remains of candidates, cut to the picture."""
    scores = np.concatenate([each.scores for each in found])
    sure = scores >= threshold
    scores = scores[sure]
    corners = np.concatenate([each.corners for each in found])[sure]
    landmarks = np.concatenate([each.landmarks for each in found])[sure]
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


@cache
def _of_any_size(path: Path) -> bytes:
    """Return YuNet's model with its input's size set free: the file says 640 × 640."""
    import onnx

    model = onnx.load(path)
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.ClearField("dim_value")
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].ClearField("dim_value")
    return model.SerializeToString()
