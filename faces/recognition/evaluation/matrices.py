"""Matrices of embeddings whose people are known, as files of numpy."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from faces.recognition.embeddings import InvalidEmbeddingsError, Matrix, unit_rows

Ints = NDArray[np.int64]


class InvalidMatrixError(ValueError):
    """A file that cannot be evaluated; the message says why in one line."""


@dataclass(frozen=True)
class KnownFaces:
    """n faces, and who they are."""

    embeddings: Matrix  # (n, d), unit length
    photos: Ints  # (n,), the same number means the same photo
    identities: Ints  # (n,), numbered from 1 without gaps
    model: str  # what made the embeddings; empty if the file does not say

    def __len__(self) -> int:
        return len(self.identities)


def read_matrix(path: Path) -> KnownFaces:
    """Read ``embedding`` (n, d), ``identity`` (n,), ``photo`` (n,) and perhaps ``model``.

    Embeddings may have any length and floating type. Raises InvalidMatrixError.
    """
    arrays = _arrays(path)
    for key in ("embedding", "identity", "photo"):
        if key not in arrays:
            raise InvalidMatrixError(f"{path} has no array {key!r}.")
    count = len(np.atleast_1d(arrays["embedding"]))
    if count == 0:
        raise InvalidMatrixError(f"{path} has no faces.")
    for key in ("identity", "photo"):
        if arrays[key].shape != (count,):
            raise InvalidMatrixError(
                f"{path}: {key!r} has the shape {arrays[key].shape}, not ({count},)."
            )
    try:
        embeddings = unit_rows(arrays["embedding"])
    except (InvalidEmbeddingsError, ValueError, TypeError) as error:
        raise InvalidMatrixError(f"{path}: 'embedding' cannot be used. {error}") from error
    return KnownFaces(
        embeddings=embeddings,
        photos=_numbered(arrays["photo"]),
        identities=_numbered(arrays["identity"]) + 1,
        model=str(arrays["model"]) if "model" in arrays else "",
    )


def read_extra(path: Path, name: str, count: int) -> NDArray[Any]:
    """Read one more array (n,) of a matrix of ``count`` faces. Raises InvalidMatrixError."""
    array = _arrays(path).get(name)
    if array is None or array.shape != (count,):
        raise InvalidMatrixError(f"{path} has no array {name!r} of one number for each face.")
    return array


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise InvalidMatrixError(f"{path} does not exist.")
    if not is_zipfile(path):
        raise InvalidMatrixError(f"{path} is no file of numpy arrays (.npz).")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, RuntimeError, BadZipFile, zlib.error) as error:
        reason = " ".join(str(error).split())
        raise InvalidMatrixError(f"{path} cannot be read: {reason}") from error


def _numbered(values: NDArray[Any]) -> Ints:
    """Return values (n,) as numbers from 0 without gaps."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
