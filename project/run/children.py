"""The processes that the supervisor starts, restarts, and ends with all that they started."""

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from project.home import open_log
from project.processes import wait_until_ended

# In the environment of each child and so of its children: how we find them all again, also those
# that moved to a process group of their own, or whose supervisor was killed.
MARK = "KITH_SUPERVISED_HOME"
SECONDS_TO_END = 10.0
LONGEST_DELAY = 60.0


@dataclass
class Backoff:
    """How long to wait before starting again what ends again and again."""

    failures: int = 0
    started: float = field(default_factory=time.monotonic)
    due: float | None = None

    def ended(self) -> float:
        """Note an end; return the seconds until the next start."""
        now = time.monotonic()
        self.failures = 1 if now - self.started > LONGEST_DELAY else self.failures + 1
        delay = min(2.0 ** (self.failures - 1), LONGEST_DELAY)
        self.due = now + delay
        return delay

    def is_due(self) -> bool:
        """Whether the time has come to start again; says so once."""
        if self.due is None or time.monotonic() < self.due:
            return False
        self.due, self.started = None, time.monotonic()
        return True


@dataclass
class Child:
    """A process of ours and how to start it again."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    backoff: Backoff = field(default_factory=Backoff)


class Children:
    """All processes of one data folder but its database and its queue."""

    def __init__(self, home: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._home = home
        self._folder = folder
        self._environment = {**environment, MARK: str(home)}
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        end_processes(self._home)
        for child in self._children:
            child.process.poll()

    def start(self, name: str, command: Sequence[str]) -> Child:
        """Start a process; what it prints goes to its log."""
        child = Child(name, command, self._launch(name, command))
        self._children.append(child)
        return child

    def restart_ended(self) -> list[str]:
        """Start again what has ended, after a while; return a line for each end."""
        lines = []
        for child in self._children:
            code = child.process.poll()
            if code is None:
                continue
            if child.backoff.due is None:
                delay = child.backoff.ended()
                lines.append(
                    f"{child.name} ended ({_how(code)}) and starts again in {delay:.0f} s;"
                    f" its log: {self.log(child)}"
                )
            elif child.backoff.is_due():
                child.process = self._launch(child.name, child.command)
        return lines

    def log(self, child: Child) -> Path:
        """Where the child's lines go."""
        return self._home / "logs" / f"{child.name}.log"

    def _launch(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with open_log(self._home, name) as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self._environment,
                # A session of its own: Ctrl-C in the terminal is for the supervisor alone.
                start_new_session=True,
            )


def end_processes(home: Path) -> None:
    """End them all: kindly at first, and none is left after a bounded time."""
    marked = marked_processes(home)
    pids = {process.pid for process in marked}
    for process in marked:
        with contextlib.suppress(psutil.Error):
            # The others are theirs to end, in their order.
            if process.ppid() not in pids:
                process.terminate()
    wait_until_ended(marked, SECONDS_TO_END)
    # A process that was just being started was in no list: look until there is none.
    deadline = time.monotonic() + SECONDS_TO_END
    while (marked := marked_processes(home)) and time.monotonic() < deadline:
        for process in marked:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait_until_ended(marked, 1)


def marked_processes(home: Path) -> list[psutil.Process]:
    """Return the processes that a supervisor of this data folder started, and theirs."""
    found = []
    for process in psutil.process_iter():
        # Other people's processes do not show us their environment, and none of them is ours.
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                found.append(process)
    return found


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
