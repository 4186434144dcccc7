"""What the person at the terminal sees: lines that stay, and one that is rewritten."""

import contextlib
import os
import shutil
import time
from typing import TextIO

SECONDS_BETWEEN_LINES = 5.0


class Terminal:
    """Standard output: a terminal, a file or a pipe; it may go away at any time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rewrites = stream.isatty()
        self._status = ""
        self._status_at = float("-inf")

    def say(self, line: str) -> None:
        """Print a line that stays."""
        status = self._status
        self._erase_status()
        self._write(f"{line}\n")
        if self._rewrites and status:
            self.show_status(status)

    def show_status(self, status: str) -> None:
        """Show what is under way; where lines cannot be rewritten, only now and then."""
        if status == self._status:
            return
        if self._rewrites:
            self._erase_status()
            self._write(status[: shutil.get_terminal_size().columns - 1])
            self._status = status
        elif status and time.monotonic() - self._status_at >= SECONDS_BETWEEN_LINES:
            self._write(f"{status}\n")
            self._status, self._status_at = status, time.monotonic()

    def _erase_status(self) -> None:
        if self._rewrites and self._status:
            self._write("\r\033[K")
            self._status = ""

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # The terminal was closed or the pipe's reader ended. There is still much to stop.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
