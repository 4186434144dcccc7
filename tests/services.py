"""A pytest plugin, loaded before Django: the tests' own data folder, PostgreSQL and Valkey.

They are the product's embedded servers; they start when the first test needs the database or
asks for ``services``. With ``KITH_TEST_DATABASE_URL`` or ``KITH_TEST_REDIS_URL``, an outside
server stands in for them.
"""

import atexit
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.embedded import Postgres, Server, Valkey
from project.home import socket_folder

OUTSIDE = {"DATABASE_URL": "KITH_TEST_DATABASE_URL", "REDIS_URL": "KITH_TEST_REDIS_URL"}


@contextlib.contextmanager
def temporary_home(prefix: str = "kith-test-") -> Iterator[Path]:
    """Give a data folder that the database's account can enter; end and remove what is on it."""
    home = _make_home(prefix)
    try:
        yield home
    finally:
        _remove_home(home)


def _make_home(prefix: str = "kith-test-") -> Path:
    # Root's own temporary folder may be closed to the account that runs PostgreSQL.
    shared = Path("/tmp") if os.geteuid() == 0 else Path(tempfile.gettempdir())  # noqa: S108
    home = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=shared)).resolve()
    if os.geteuid() == 0:
        home.chmod(0o711)
    return home


def _remove_home(home: Path) -> None:
    for server in (Postgres(home), Valkey(home)):
        server.stop()
    for folder in (socket_folder(home), home):
        shutil.rmtree(folder, ignore_errors=True)


class Services:
    """The servers behind the tests' settings."""

    def __init__(self) -> None:
        self.home = _make_home()
        self._owner = os.getpid()
        self._started = False
        self._servers: list[Server] = []
        os.environ.pop("KITH_STORAGE", None)
        for variable, outside in OUTSIDE.items():
            os.environ.pop(variable, None)
            if outside in os.environ:
                os.environ[variable] = os.environ[outside]
        if "DATABASE_URL" not in os.environ:
            self._servers.append(Postgres(self.home))
        if "REDIS_URL" not in os.environ:
            self._servers.append(Valkey(self.home))
        os.environ["KITH_HOME"] = str(self.home)
        os.environ["KITH_API_RATE"] = "1000000"  # tests ask more often than anybody
        os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"

    def start(self) -> None:
        if not self._started:
            for server in self._servers:
                server.start()
            self._started = True

    def stop(self) -> None:
        # A process that a test forked runs the exit handlers too.
        if os.getpid() == self._owner and self.home.exists():
            _remove_home(self.home)


SERVICES = Services()
atexit.register(SERVICES.stop)


def pytest_configure() -> None:
    # So that a run that is told to stop still reaches the end of pytest, and ends the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> None:
    if fixturedef.argname in {"django_db_setup", "services"}:
        SERVICES.start()


def pytest_unconfigure() -> None:
    SERVICES.stop()


@pytest.fixture(scope="session")
def services() -> Services:
    """For a test that needs Valkey, or both servers, but no rows of its own."""
    return SERVICES
