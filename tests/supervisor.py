"""A whole Kith in processes of its own, as ``make run`` starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil

from project.embedded import Postgres, Valkey
from project.run.children import MARK, marked_processes

FOLDER = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Kith:
    """A supervisor in a process of its own, as ``make run`` starts it."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        command: Sequence[str] = (sys.executable, "-m", "project.run"),
        **environment: str,
    ) -> None:
        self.home = home
        self.port = free_port()
        self.output = home / "output.txt"
        # Not on the tests' database: each Kith has its own.
        ours = (MARK, "DATABASE_URL", "REDIS_URL")
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *arguments],
                stdout=output,
                stderr=output,
                cwd=FOLDER,
                env={
                    **inherited,
                    "KITH_HOME": str(home),
                    "KITH_PORT": str(self.port),
                    "KITH_WORKERS": "1",
                    **environment,
                },
                # Under nohup the tests ignore SIGHUP, and so would whatever they start.
                preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),
            )

    def wait_for(self, pattern: str, seconds: float = 200) -> re.Match[str]:
        """Return the match once the output has it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.output.read_text())
            if found:
                return found
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} in:\n{self.output.read_text()}")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal; return the exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired as error:
            error.add_note(f"{self.output.read_text()}\nStill there: {self.processes()}")
            raise

    def processes(self) -> list[psutil.Process]:
        """Return every process of this Kith that is there now, but the supervisor."""
        servers = (Postgres(self.home).find(), Valkey(self.home).find())
        return marked_processes(self.home) + [server for server in servers if server is not None]

    def child(self, argument: str) -> psutil.Process:
        return next(child for child in self.processes() if argument in child.cmdline())
