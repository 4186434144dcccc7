"""The signals that end Kith, and the mark that they leave."""

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_came = False


def catch_signals() -> None:
    """Let the first of them raise ``KeyboardInterrupt``, and the others be ignored."""
    for number in SIGNALS:
        # nohup ignores SIGHUP for us, and means it.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def check_signals() -> None:
    """Raise ``KeyboardInterrupt`` if a signal came, for loops that would go on for ever.

    Python drops what a signal raises while a finalizer or a weak reference's callback runs, and
    such a callback runs at the end of each import.
    """
    if _came:
        raise KeyboardInterrupt


def _stop(_number: int, _frame: FrameType | None) -> None:
    global _came  # noqa: PLW0603 - signals are of the whole process
    for number in SIGNALS:
        # Stopping takes a bounded time; an impatient second Ctrl-C must not leave half of it.
        signal.signal(number, signal.SIG_IGN)
    _came = True
    raise KeyboardInterrupt
