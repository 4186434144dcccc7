"""Engines: a detector and an embedder that work together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faces.recognition.geometry import Box, match_faces
from faces.recognition.likelihood import measures_of, oddness, shipped
from faces.recognition.metrics import fitted_metric
from faces.recognition.pose import Pose, pose_of
from faces.recognition.quality import CROP_SIDE, ENOUGH_PX, Quality, measure_quality
from faces.vision.interfaces import (
    Detection,
    Detector,
    EmbeddedFace,
    Embedder,
    Landmarks,
    Picture,
)


@dataclass(frozen=True)
class FoundFace:
    """A face with everything that an engine says of it."""

    box: Box
    detector: str
    score: float  # the detector's
    landmarks: Landmarks
    embedding: NDArray[np.float32]
    quality: Quality
    oddness: float | None  # of the embedding; None under a model that nobody has fitted
    likelihood: float  # 0-1, that it is a face at all, before anybody has said anything


@dataclass(frozen=True)
class Limits:
    """Which detections count as faces."""

    size_px: int = 0  # at least, the shorter side of the box in pixels of the whole picture
    score: float = 0.0  # at least, on the detector's own scale; 0 for all that it reports

    def allow(self, detection: Detection, size: tuple[int, int]) -> bool:
        """Return whether a detection in a picture of this width and height counts."""
        large = shorter_side(detection.box, size) >= self.size_px
        return large and (self.score == 0 or detection.score >= self.score)


@dataclass(frozen=True)
class Engine:
    """Finds faces and embeds them."""

    name: str
    detector: Detector
    embedder: Embedder
    limits: Limits = Limits()

    def find_faces(self, picture: Picture, *, known: Sequence[Box] = ()) -> list[FoundFace]:
        """Return the faces of a picture, the surest first.

        Where there is a face that is ``known``, there is one, whatever the detector and the limits
        say.
        """
        found = []
        detections = [
            each
            for each in self.detector.detect(picture.image)
            if self.limits.allow(each, picture.size)
        ]
        again = {old for old, _ in match_faces(known, [each.box for each in detections])}
        detections += [
            Detection(box, score=0.0) for old, box in enumerate(known) if old not in again
        ]
        for image, some in _by_image(picture, detections):
            embedded = self.embedder.embed(image, some)
            found += self._described(image, picture.size, some, embedded)
        return sorted(found, key=lambda face: -face.score)

    def _described(
        self,
        image: Image.Image,
        size: tuple[int, int],
        detections: list[Detection],
        embedded: list[EmbeddedFace],
    ) -> list[FoundFace]:
        name, layout = self.detector.name, self.embedder.layout
        poses = [pose_of(np.array(face.landmarks) * size, layout) for face in embedded]
        qualities = [
            _quality(image, size, detection.box, pose)
            for detection, pose in zip(detections, poses, strict=True)
        ]
        odd = oddness(
            np.stack([face.embedding for face in embedded]), fitted_metric(self.embedder.model)
        )
        measures = measures_of(
            name,
            scores=[each.score for each in detections],
            sizes_px=[each.size_px for each in qualities],
            sharpness=[each.sharpness for each in qualities],
            exposure=[each.exposure for each in qualities],
            oddness=odd,
        )
        likely = shipped(name).probabilities(measures)
        return [
            FoundFace(
                box=detections[each].box,
                detector=name,
                score=detections[each].score,
                landmarks=face.landmarks,
                embedding=face.embedding,
                quality=qualities[each],
                oddness=None if np.isnan(odd[each]) else float(odd[each]),
                likelihood=float(likely[each]),
            )
            for each, face in enumerate(embedded)
        ]

    def load(self) -> None:
        """Load the models now, for the processes that are forked afterwards."""
        self.detector.load()
        self.embedder.load()
        fitted_metric(self.embedder.model)


def _quality(image: Image.Image, size: tuple[int, int], box: Box, pose: Pose) -> Quality:
    crop = crop_face(image, box, margin=0).convert("L").resize((CROP_SIDE, CROP_SIDE))
    return measure_quality(np.asarray(crop), shorter_side(box, size), pose)


def shorter_side(box: Box, size: tuple[int, int]) -> int:
    """Return the pixels of a box's shorter side in a picture of this width and height."""
    return round(min(box.width * size[0], box.height * size[1]))


def best_image(picture: Picture, box: Box) -> Image.Image:
    """Return the picture as it is at hand, or whole if a face is small there."""
    side = min(box.width * picture.image.width, box.height * picture.image.height)
    return picture.image if side >= ENOUGH_PX else picture.whole


def _by_image(
    picture: Picture, detections: list[Detection]
) -> list[tuple[Image.Image, list[Detection]]]:
    """Return the detections by the image that shows them best."""
    images = [best_image(picture, each.box) for each in detections]
    return [
        (image, [each for each, best in zip(detections, images, strict=True) if best is image])
        for image in {id(each): each for each in images}.values()
    ]


def crop_face(image: Image.Image, box: Box, margin: float = 0.4) -> Image.Image:
    """Return a square around the box, wider by ``margin`` of it, moved to lie in the picture."""
    centre_x = (box.left + box.width / 2) * image.width
    centre_y = (box.top + box.height / 2) * image.height
    side = max(box.width * image.width, box.height * image.height) * (1 + margin)
    side = max(1.0, min(side, image.width, image.height))
    left = min(max(centre_x - side / 2, 0), image.width - side)
    top = min(max(centre_y - side / 2, 0), image.height - side)
    return image.crop((round(left), round(top), round(left + side), round(top + side)))
