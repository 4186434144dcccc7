"""The engines that there are, what each needs and gains, and how it is put together."""

import errno
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from faces.vision.detectors import DlibDetector, DlibModel
from faces.vision.embedders import DlibEmbedder
from faces.vision.engines import Engine, Limits
from faces.vision.interfaces import Detector, Embedder
from faces.vision.onnx_detectors import ScrfdDetector, YunetDetector
from faces.vision.onnx_embedders import OnnxEmbedder
from faces.vision.sessions import hardware
from faces.vision.thorough import ThoroughDetector
from faces.vision.weights import WEIGHTS, Weights, is_installed

DLIB = "dlib"
DLIB_DETECTORS: dict[str, DlibModel] = {"hog": "hog", "cnn": "cnn"}
# ONNX detectors see a photo at this side, and a large one at twice that, as often as is asked for.
SIDE_PX = 640
# Scores from which a face is surely one, so that there is no need to look at the photo turned.
SURE_YUNET, SURE_SCRFD = 0.9, 0.7
NO_LIMITS = Limits()
DEFAULT_ENGINE = "dlib-hog"  # it needs no download


@dataclass(frozen=True)
class EngineKind:
    """What an engine is made of: dlib's parts by their names there, others by their weights'."""

    name: str
    what: str
    detector: str
    embedder: str = DLIB

    @property
    def weights(self) -> list[Weights]:
        """What has to be installed for it."""
        return [WEIGHTS[part] for part in (self.detector, self.embedder) if part in WEIGHTS]

    @property
    def model(self) -> str:
        """The name of its embeddings' space."""
        return DlibEmbedder.model if self.embedder == DLIB else WEIGHTS[self.embedder].model

    @property
    def commercial(self) -> bool:
        """Whether it may be used for everything, business included."""
        return all(each.commercial for each in self.weights)

    def missing(self, folder: Path) -> list[Weights]:
        """Return the weights that are not installed in a folder."""
        return [each for each in self.weights if not is_installed(each, folder)]


ENGINES = {
    each.name: each
    for each in (
        EngineKind("dlib-hog", "dlib's HOG: upright faces from the front", "hog"),
        EngineKind("dlib-cnn", "dlib's CNN: finds more, seconds a photo without a GPU", "cnn"),
        EngineKind(
            "yunet-dlib",
            "many times as quick as HOG, finds turned, small and masked faces; compares them as"
            " before",
            "yunet-2023mar",
        ),
        EngineKind(
            "yunet-sface",
            "quick, finds turned, small and masked faces, and tells people apart by a newer model",
            "yunet-2023mar",
            "sface-2021dec",
        ),
        EngineKind(
            "yunet-auraface",
            "tells people apart best of those free for every use; slow without a graphics card",
            "yunet-2023mar",
            "auraface-v1",
        ),
        EngineKind(
            "buffalo-s",
            "finds and tells apart very well, and quickly",
            "scrfd-500m",
            "w600k-mbf",
        ),
        EngineKind(
            "buffalo-s-int8",
            "the same with a model of a quarter of the size",
            "scrfd-500m",
            "w600k-mbf-int8",
        ),
        EngineKind(
            "buffalo-l",
            "the best at finding and at telling apart; slow without a graphics card",
            "scrfd-10g",
            "w600k-r50",
        ),
    )
}


class UnknownEngineError(ValueError):
    """There is no engine of this name; the message says which there are."""


class MissingWeightsError(FileNotFoundError):
    """An engine's weights are not installed; the message says how to get them."""


def recommended_engine() -> EngineKind:
    """Return the best engine that may be used for everything and suits this machine."""
    return ENGINES["yunet-auraface" if hardware() else "yunet-sface"]


def engine_kind(name: str) -> EngineKind:
    """Return what an engine of this name is; UnknownEngineError says which there are."""
    if name not in ENGINES:
        raise UnknownEngineError(f"There is no engine {name}: choose {' or '.join(ENGINES)}.")
    return ENGINES[name]


def engine_named(
    name: str,
    weights: Path,
    *,
    upsampling: int = 1,
    jitters: int = 1,
    limits: Limits = NO_LIMITS,
) -> Engine:
    """Return an engine whose weights lie in a folder, with face_recognition's parameters.

    Raises UnknownEngineError for a name that none has, MissingWeightsError for one not installed.
    """
    kind = engine_kind(name)
    missing = [each.name for each in kind.missing(weights)]
    if missing:
        raise MissingWeightsError(
            errno.ENOENT,
            f"The engine {name} lacks its weights: manage.py engines download {' '.join(missing)}",
        )
    return replace(_engine(kind, weights, upsampling, jitters), limits=limits)


@cache
def _engine(kind: EngineKind, folder: Path, upsampling: int, jitters: int) -> Engine:
    return Engine(
        kind.name,
        _detector(kind.detector, folder, upsampling),
        _embedder(kind.embedder, folder, jitters),
    )


def _detector(part: str, folder: Path, upsampling: int) -> Detector:
    if part in DLIB_DETECTORS:
        return DlibDetector(DLIB_DETECTORS[part], upsampling)
    weights = WEIGHTS[part]
    side = SIDE_PX * 2**upsampling
    if weights.architecture == "yunet":
        return ThoroughDetector(YunetDetector(folder / weights.file, part, side), SURE_YUNET)
    return ThoroughDetector(ScrfdDetector(folder / weights.file, part, side), SURE_SCRFD)


def _embedder(part: str, folder: Path, jitters: int) -> Embedder:
    if part == DLIB:
        return DlibEmbedder(jitters)
    weights = WEIGHTS[part]
    return OnnxEmbedder(folder / weights.file, weights.model, weights.mean, weights.divisor)
