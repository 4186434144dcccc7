"""Weights: which model files there are, what may be done with them, and which are installed."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from faces.vision.sessions import new_session

Architecture = Literal["scrfd", "yunet", "arcface"]

# How many answers a model of each architecture gives.
ANSWERS: dict[Architecture, int] = {"scrfd": 9, "yunet": 12, "arcface": 1}
NON_COMMERCIAL = "non-commercial research (InsightFace)"

# Places on the web at one commit, so that nothing can change behind an address.
OPENCV_ZOO = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/"
    "47534e27c9851bb1128ccc0102f1145e27f23f98/models"
)
BUFFALO_S = (
    "https://huggingface.co/immich-app/buffalo_s/resolve/0ff1751885575e62e084dff70549ce24a11fa5dc"
)
BUFFALO_L = (
    "https://huggingface.co/public-data/insightface/resolve/"
    "33c1063c49c785b7652d3fd529f86fa4f149392b/models/buffalo_l"
)
AURAFACE = "https://huggingface.co/fal/AuraFace-v1/resolve/af6d057c9b0ec4071d4c49c80e3539258798b609"
# Releases, which others than their authors keep; the hash is what counts.
UNIFACE = "https://github.com/yakhyo/uniface/releases/download/weights"
VISOMASTER = "https://github.com/visomaster/visomaster-assets/releases/download/v0.1.0"


class WeightsError(Exception):
    """Weights are not to be had or not what they should be; the message says what to do."""


@dataclass(frozen=True)
class Weights:
    """A file of weights, known by its hash whatever a copy is called."""

    name: str
    what: str
    architecture: Architecture
    size: int  # in bytes
    sha256: str
    licence: str  # an SPDX identifier, or words
    commercial: bool  # may it be used for business?
    sources: tuple[str, ...]  # addresses of these bytes; none where nobody is known to publish them
    # Of embedders: the numbers in an embedding, and what makes pixels of 0-255 their input.
    dimension: int = 0
    space: str = ""  # whose embeddings its own can be compared with, if not only themselves
    mean: float = 127.5
    divisor: float = 127.5

    @property
    def kind(self) -> Literal["detector", "embedder"]:
        """What its architecture is for."""
        return "embedder" if self.architecture == "arcface" else "detector"

    @property
    def model(self) -> str:
        """The name of an embedder's space."""
        return f"{self.space or self.name}-{self.dimension}"

    @property
    def file(self) -> str:
        """What it is called in the folder of weights."""
        return f"{self.name}.onnx"


# Sizes and hashes are those of the files themselves, or agree in at least two public projects that
# verify what they download.
WEIGHTS: dict[str, Weights] = {
    each.name: each
    for each in (
        Weights(
            name="yunet-2023mar",
            what="OpenCV's YuNet: very quick, some false faces",
            architecture="yunet",
            size=232_589,
            sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            licence="MIT",
            commercial=True,
            sources=(f"{OPENCV_ZOO}/face_detection_yunet/face_detection_yunet_2023mar.onnx",),
        ),
        Weights(
            name="scrfd-500m",
            what="InsightFace's SCRFD 500M, of buffalo_s: quick",
            architecture="scrfd",
            size=2_524_817,
            sha256="5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(f"{BUFFALO_S}/detection/model.onnx", f"{UNIFACE}/scrfd_500m_kps.onnx"),
        ),
        Weights(
            name="scrfd-2.5g",
            what="InsightFace's SCRFD 2.5G: finds more small and masked faces, 3 times the work",
            architecture="scrfd",
            size=3_290_207,
            sha256="bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(f"{VISOMASTER}/scrfd_2.5g_bnkps.onnx",),
        ),
        Weights(
            name="scrfd-10g",
            what="InsightFace's SCRFD 10G, of buffalo_l: the most thorough, for a graphics card",
            architecture="scrfd",
            size=16_923_827,
            sha256="5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(f"{BUFFALO_L}/det_10g.onnx", f"{UNIFACE}/scrfd_10g_kps.onnx"),
        ),
        Weights(
            name="sface-2021dec",
            what="OpenCV's SFace, a MobileFaceNet",
            architecture="arcface",
            size=38_696_353,
            sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            licence="Apache-2.0",
            commercial=True,
            sources=(f"{OPENCV_ZOO}/face_recognition_sface/face_recognition_sface_2021dec.onnx",),
            dimension=128,
            # The file itself begins with the subtraction; OpenCV hands it plain pixels, red first.
            mean=0,
            divisor=1,
        ),
        Weights(
            name="auraface-v1",
            what="fal's AuraFace, a ResNet-100 for business use: slow without a graphics card",
            architecture="arcface",
            size=260_694_151,
            sha256="a7933ea5330113b01c9b60351d8f4c33003f145d8470ac5f0e52ee2effe25c60",
            licence="Apache-2.0",
            commercial=True,
            sources=(f"{AURAFACE}/glintr100.onnx",),
            dimension=512,
        ),
        Weights(
            name="w600k-mbf",
            what="InsightFace's MobileFaceNet, of buffalo_s: quick and good",
            architecture="arcface",
            size=13_616_099,
            sha256="9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(f"{BUFFALO_S}/recognition/model.onnx", f"{UNIFACE}/w600k_mbf.onnx"),
            dimension=512,
        ),
        Weights(
            name="w600k-mbf-int8",
            what="the same, quantised to a quarter of its size",
            architecture="arcface",
            size=3_514_509,
            sha256="7caa7fb0ad6c37b33e6c59f6411084b487aaabd596bba645d2cce391a5871120",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(),
            dimension=512,
            space="w600k-mbf",
        ),
        Weights(
            name="w600k-r50",
            what="InsightFace's ResNet-50, of buffalo_l: the best, slow without a graphics card",
            architecture="arcface",
            size=174_383_860,
            sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
            licence=NON_COMMERCIAL,
            commercial=False,
            sources=(f"{BUFFALO_L}/w600k_r50.onnx", f"{UNIFACE}/w600k_r50.onnx"),
            dimension=512,
        ),
        Weights(
            name="mobilefacenet",
            what="a MobileFaceNet: the quickest",
            architecture="arcface",
            size=3_973_728,
            sha256="f055d9c9a4d826d198c42666590fdefa0fdc1374a75ccb6306c3d1b1bf8f74c5",
            licence="not stated",
            commercial=False,
            sources=(),
            dimension=128,
        ),
    )
}


def weights_named(name: str) -> Weights:
    """Return the weights of this name; WeightsError with the names that there are."""
    if name not in WEIGHTS:
        raise WeightsError(f"There are no weights {name!r}: choose of {', '.join(WEIGHTS)}.")
    return WEIGHTS[name]


def is_installed(weights: Weights, folder: Path) -> bool:
    """Return whether the file is there in its size; its bytes were verified when it came."""
    path = folder / weights.file
    return path.is_file() and path.stat().st_size == weights.size


def verify(path: Path, weights: Weights) -> None:
    """Read a file and open it; WeightsError with the reason unless it is these weights, whole."""
    try:
        verify_bytes(path, weights)
        opened = new_session(path)
    except FileNotFoundError:
        raise WeightsError(f"{weights.name} is not installed: {path} is not there.") from None
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error
    except WeightsError:
        raise
    except Exception as error:  # onnxruntime raises types of its own, of which none is public
        raise WeightsError(f"onnxruntime cannot open {path}: {error}") from error
    answers = opened.get_outputs()
    channels = opened.get_inputs()[0].shape[1]
    whole = len(answers) == ANSWERS[weights.architecture] and channels == 3
    if not whole or (weights.dimension and answers[0].shape[-1] != weights.dimension):
        raise WeightsError(f"{path} is not made as {weights.name} should be: report this to Kith.")


def verify_bytes(path: Path, weights: Weights) -> None:
    """Raise WeightsError unless the file has the size and the hash; OSError if it can't be read."""
    size = path.stat().st_size
    if size != weights.size:
        raise WeightsError(
            f"{path} has {size:,} bytes, {weights.name} has {weights.size:,}:"
            " delete it and download it again."
        )
    if _sha256(path) != weights.sha256:
        raise WeightsError(
            f"{path} is not {weights.name}, or damaged (its SHA-256 is another):"
            " delete it and download it again."
        )


def take_from(
    source: Path, folder: Path, wanted: Iterable[Weights] = WEIGHTS.values()
) -> list[Weights]:
    """Copy weights out of a folder and those within it, whatever they are called there.

    Files are known by size and SHA-256. Return what was taken; WeightsError if the source is no
    folder, something cannot be read or written, or a copy is not what it should be.
    """
    if not source.is_dir():
        raise WeightsError(f"{source} is no folder.")
    missing = [each for each in wanted if not is_installed(each, folder)]
    taken = []
    try:
        for path in _files_of_size(source, {each.size for each in missing}):
            digest = _sha256(path)
            for weights in [each for each in missing if each.sha256 == digest]:
                _copy(path, weights, folder)
                missing.remove(weights)
                taken.append(weights)
    except OSError as error:
        raise WeightsError(f"{error.filename or folder}: {error.strerror}.") from error
    return taken


def _copy(path: Path, weights: Weights, folder: Path) -> None:
    """Copy and verify what arrived; aside, since a download may be half done in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as aside:
        copy = Path(aside, weights.file)
        shutil.copyfile(path, copy)
        verify(copy, weights)
        copy.replace(folder / weights.file)


def _files_of_size(folder: Path, sizes: set[int]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size in sizes:
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
