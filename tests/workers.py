"""Worker processes as ``make run`` starts them, on the tests' database and queue."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
WORKER = ("manage.py", "worker")
FAULTY_WORKER = ("-m", "tests.faults.faulty_worker")


def database_url() -> str:
    """Return the address of the tests' database, for other processes."""
    at = connection.settings_dict
    account = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    port = f":{at['PORT']}" if at["PORT"] else ""
    # A folder is the place of a socket.
    place = f"/{at['HOST']}" if at["HOST"].startswith("/") else f"{at['HOST']}{port}"
    return f"postgres://{account}@{place}/{at['NAME']}"


class Workers:
    """Worker processes that can be started, stopped and killed."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, number: int, command: tuple[str, ...] = WORKER, **environment: str) -> None:
        """Start so many, each in a process group of its own."""
        for _ in range(number):
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    cwd=ROOT,
                    env={
                        **os.environ,
                        "DATABASE_URL": database_url(),
                        "REDIS_URL": settings.REDIS_URL,
                        "KITH_LOG_LEVEL": "ERROR",
                        **environment,
                    },
                    start_new_session=True,
                )
            )

    def children(self) -> list[psutil.Process]:
        """The processes that were forked for messages."""
        found: list[psutil.Process] = []
        for process in self.processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                found += psutil.Process(process.pid).children(recursive=True)
        return found

    def kill(self) -> None:
        """kill -9 of every worker and of its child."""
        doomed = self.children()
        for process in self.processes:
            process.kill()
        for child in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(doomed, timeout=10)
        for process in self.processes:
            process.wait(10)
        self.processes.clear()

    def stop(self) -> None:
        """Tell every worker to stop, and wait until it has."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)
        self.processes.clear()
