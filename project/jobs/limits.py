"""What one item may cost its worker: a decoder that hangs is ended with its process."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Items that a worker takes at a time: few, so that all workers end at about the same time.
BITE = 8
# An item that was in a worker's hands this often when the worker died is not tried again.
MAX_ATTEMPTS = 2
KILLED_ITS_WORKER = (
    "Twice, Kith was ended while it looked into this file: it takes longer than the time limit, or"
    " more memory than there is."
)

_limit: float | None = None


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End this process if what is inside takes longer; for the main thread.

    A decoder that hangs in C never comes back to Python, so no exception can end it. SIGALRM's
    default is carried out by the kernel. What the worker had taken is free again once it is dead,
    and counts as tried. A timer that ran before, such as RQ's for the whole message, goes on.
    """
    global _limit  # noqa: PLW0603 - there is one timer in a process
    began = time.monotonic()
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    handler = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit = seconds
    try:
        renew_time_limit()
        yield
    finally:
        _limit = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(1.0, left - (time.monotonic() - began)))


def renew_time_limit() -> None:
    """Begin to count anew: an item of many parts, such as a video, has come to its next."""
    if _limit is not None:
        signal.setitimer(signal.ITIMER_REAL, _limit)


def first_to_go() -> None:
    """Have the kernel end this process, rather than the database, when memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:  # not Linux
        return
