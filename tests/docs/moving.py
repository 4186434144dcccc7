"""Servers for an installation to move to, as docs/operations.md has them made."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests.buckets import KEY, SECRET, BucketServer
from tests.outside import OutsidePostgres, OutsideValkey
from tests.services import temporary_home


@contextmanager
def other_servers() -> Iterator[dict[str, str]]:
    """Start them; give what stands in the document, and what stands here in its place."""
    with ExitStack() as stack:
        folders = [stack.enter_context(temporary_home()) for _ in range(3)]
        postgres = stack.enter_context(OutsidePostgres(folders[0]))
        valkey = stack.enter_context(OutsideValkey(folders[1]))
        bucket = BucketServer(folders[2])
        bucket.start()
        stack.callback(bucket.stop)
        address = postgres.new_database("kith_moved")
        with postgres.connect("kith_moved") as connection:
            connection.execute("CREATE EXTENSION vector")
        yield {
            "postgres://kith:password@database/kith": address,
            "redis://queue:6379/0": valkey.url,
            "s3://kith-pictures/home?endpoint=https://s3.example.org&region=eu-1": bucket.address(
                "home"
            ),
            "AWS_ACCESS_KEY_ID=…": f"AWS_ACCESS_KEY_ID={KEY}",
            "AWS_SECRET_ACCESS_KEY=…": f"AWS_SECRET_ACCESS_KEY={SECRET}",
        }


class Host:
    """What somebody has started in a terminal of another host."""

    def __init__(self, home: Path, script: str, environment: dict[str, str], folder: Path) -> None:
        self._output = home / "output.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["bash", "-c", f"exec env {script}"],
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
            )

    def wait_for(self, pattern: str) -> None:
        """Wait until it has said so."""
        deadline = time.monotonic() + 120
        while not re.search(pattern, said := self._output.read_text()):
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def end(self) -> int:
        """Press Ctrl-C; return the exit code."""
        for child in psutil.Process(self._process.pid).children():
            child.send_signal(signal.SIGINT)
        return self._process.wait(60)
