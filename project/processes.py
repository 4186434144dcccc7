"""Waiting for processes to end, whoever their parent is."""

import time
from collections.abc import Iterable

import psutil


def wait_until_ended(processes: Iterable[psutil.Process], seconds: float) -> bool:
    """Return whether all ended in time.

    A zombie has ended: in a container, the process that inherits it may never ask after it.
    """
    deadline = time.monotonic() + seconds
    left = list(processes)
    while left := [process for process in left if not has_ended(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def has_ended(process: psutil.Process) -> bool:
    """Whether the process is gone, or only its exit code is left of it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
