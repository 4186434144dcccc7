"""onnxruntime sessions: one thread each on the CPU, or the hardware that onnxruntime offers."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Model = bytes | Path
# What makes a model of a file: it is called once in a process, and its bytes are not kept here.
Read = Callable[[Path], Model]

# Hardware that is used where onnxruntime was built for it, the surest to be there first. TensorRT
# is left out: it compiles each model for minutes.
HARDWARE = (
    "CUDAExecutionProvider",
    "MIGraphXExecutionProvider",
    "CoreMLExecutionProvider",
    "OpenVINOExecutionProvider",
    "DmlExecutionProvider",
)
ERRORS_ONLY = 3  # onnxruntime's severity; below it are warnings about files that work


def as_it_is(path: Path) -> Model:
    """Read an ONNX file as its authors wrote it."""
    return path


def session(path: Path, read: Read = as_it_is) -> "InferenceSession":
    """Return the session of a file, made once in a process.

    A forked process goes on with its parent's where that is possible: on the CPU, where one thread
    means that there is no pool of threads to be lost in the fork. Raises what onnxruntime raises
    for what is no model.
    """
    return _kept(path, read, os.getpid() if hardware() else None)


def preload(path: Path, read: Read = as_it_is) -> None:
    """Make the session now for the processes that are forked afterwards.

    Nothing is done on other hardware: a driver that was started before a fork fails after it.
    """
    if not hardware():
        session(path, read)


def new_session(model: Model) -> "InferenceSession":
    """Return a session of an ONNX file or its bytes, of its own, as ``session`` makes it."""
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    source = model if isinstance(model, bytes) else str(model)
    providers = [*hardware(), "CPUExecutionProvider"]
    return onnxruntime.InferenceSession(source, options, providers=providers)


@cache
def hardware() -> tuple[str, ...]:
    """Return onnxruntime's names of the hardware that it offers beside the CPU."""
    offered = _onnxruntime().get_available_providers()
    return tuple(each for each in HARDWARE if each in offered)


@cache
def _kept(path: Path, read: Read, process: int | None) -> "InferenceSession":
    return new_session(read(path))


@cache
def _onnxruntime() -> ModuleType:
    """Import onnxruntime, which pages and most commands do without (0.2 s)."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(ERRORS_ONLY)
    return onnxruntime
