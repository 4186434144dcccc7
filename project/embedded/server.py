"""What the embedded servers have in common: find, start, wait until ready, stop."""

import contextlib
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import psutil

from project.embedded.account import ServerError, make_socket_folder
from project.home import make_home, open_log, socket_folder
from project.processes import has_ended, wait_until_ended

LONGEST_START_SECONDS = 120.0


class Server(ABC):
    """The server of one data folder, whichever process started it.

    A server outlives a supervisor that was killed: the next ``start()`` finds it and takes it over.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    stop_signals: ClassVar[Sequence[tuple[signal.Signals, float]]]

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.data = self.home / self.name
        self.sockets = socket_folder(self.home)
        self.log = self.home / "logs" / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Return when the server answers; raise ``ServerError`` when it does not come up."""
        make_home(self.home)
        make_socket_folder(self.sockets)
        log_start = 0
        if not self.running():
            self.prepare()
            log_start = self._launch()
        self._wait_until_ready(log_start)

    def stop(self) -> None:
        """Return when the server is gone; its data is on disk."""
        for stop_signal, patience in self.stop_signals:
            process = self.find()
            if process is None:
                return
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(stop_signal)
            if wait_until_ended([process], patience):
                return

    def running(self) -> bool:
        """Whether the main process lives."""
        return self.find() is not None

    def find(self) -> psutil.Process | None:
        """Return the server's main process, if one lives."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        if self._child is not None:
            return _process(self._child.pid)
        try:
            pid = int(self.pid_file.read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return None
        process = _process(pid)
        # After a crash or a reboot the number may be somebody else's.
        return process if process is not None and self._owns(process) else None

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return process.name() == self.program and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def _launch(self) -> int:
        """Start the process; return where its lines begin in the log."""
        with open_log(self.home, self.name) as log:
            log_start = log.tell()
            try:
                self._child = subprocess.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # A session of its own: Ctrl-C in the terminal is for the supervisor.
                    start_new_session=True,
                    **self.process_options(),
                )
            except OSError as error:
                raise ServerError(f"cannot run {self.program}: {error}") from error
        return log_start

    def _wait_until_ready(self, log_start: int) -> None:
        deadline = time.monotonic() + LONGEST_START_SECONDS
        while not self.ready():
            if not self.running():
                raise ServerError(f"{self.name} did not start:\n{self._last_lines(log_start)}")
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} does not answer:\n{self._last_lines(log_start)}")
            time.sleep(0.05)

    def _last_lines(self, log_start: int) -> str:
        lines = self.log.read_bytes()[log_start:].decode(errors="replace").splitlines()
        return "\n".join([*lines[-8:], f"(the whole log: {self.log})"])

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """Where the server itself writes its process number."""

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs on disk, and clear what a crash left there."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line; it names the data folder as an argument of its own."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the server answers a connection."""

    def process_options(self) -> dict[str, Any]:
        """Return further arguments for ``subprocess``: account, environment, folder."""
        return {"umask": 0o077}


def _process(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return None if has_ended(process) else process
