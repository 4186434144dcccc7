"""An installation for the length of a benchmark: own data folder, servers, workers."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import django
import psutil

from benchmarks.hosts import Network, network
from project.embedded import Postgres, Server, Valkey
from project.run.children import Children, marked_processes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from project.jobs.models import Job

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Installation:
    """A running Kith without its web server."""

    home: Path
    owner: "User"
    children: Children

    def start_workers(self, count: int) -> None:
        """Start workers and the scheduler that looks after their jobs."""
        for number in range(1, count + 1):
            self.children.start(f"worker-{number}", [sys.executable, "manage.py", "worker"])
        self.children.start("scheduler", [sys.executable, "manage.py", "scheduler"])

    def workers(self) -> list[psutil.Process]:
        """Return the processes of the workers; their children are at work."""
        return [each for each in marked_processes(self.home) if "worker" in each.cmdline()[-1:]]

    def wait_for(self, job: "Job") -> None:
        """Return when the job has ended well; RuntimeError if it has not."""
        while job.is_active:
            time.sleep(0.05)
            job.refresh_from_db()
        if job.state != job.State.DONE:
            raise RuntimeError(f"{job} ended as {job.state}: {job.error}")


@contextmanager
def installation(kept: Path | None = None) -> Iterator[Installation]:
    """Make an installation in a temporary folder, and remove it afterwards, at SIGTERM too.

    One that lies in a folder to be ``kept`` is used again.
    """
    with _home(kept) as home, _installed(home, [Postgres(home), Valkey(home)]) as place:
        yield place


@contextmanager
def installation_on_hosts() -> Iterator[tuple[Installation, Network]]:
    """Make one whose servers two hosts share."""
    with _home() as home, network(home) as shared:
        os.environ |= {"DATABASE_URL": shared.database_url, "REDIS_URL": shared.redis_url}
        with _installed(home, shared.servers(home)) as place:
            yield place, shared


@contextmanager
def _home(kept: Path | None = None) -> Iterator[Path]:
    home = kept or Path(tempfile.mkdtemp(prefix="kith-benchmark-", dir="/tmp"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)  # the account that runs PostgreSQL for root must pass
    for variable in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(variable, None)
    os.environ |= {"KITH_HOME": str(home), "DJANGO_SETTINGS_MODULE": "project.settings"}
    former = signal.signal(signal.SIGTERM, _end)
    try:
        yield home
    finally:
        signal.signal(signal.SIGTERM, former)
        if kept is None:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _installed(home: Path, servers: Sequence[Server]) -> Iterator[Installation]:
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        django.setup()
        from project.run.installation import first_user, migrate

        migrate()
        children = stack.enter_context(Children(home, ROOT, os.environ))
        yield Installation(home, first_user(), children)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: the servers are being stopped
    raise SystemExit(128 + number)
