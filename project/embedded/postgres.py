"""The embedded PostgreSQL with pgvector: listens on a private socket, never on the network."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from project.embedded.account import ServerError, unprivileged_account
from project.embedded.programs import VERSION, postgres_programs
from project.embedded.server import Server
from project.processes import wait_until_ended

PORT = 5432  # only a part of the socket's name
NAME = "kith"  # of the database and of its user

# For a home server: a few workers, one page, and now and then the build of a vector index.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",
    "log_checkpoints": "off",
    # A log outlives what it tells of: no names of people in it, as refused rows would bring along.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

# What it keeps at hand: the index of a million similar faces, 0.5 GB, is searched twice as slowly
# where it has to be fetched from the system piece by piece.
LEAST_SHARED, MOST_SHARED, SHARE_OF_MEMORY = 128 << 20, 2 << 30, 1 / 8


class Postgres(Server):
    """PostgreSQL with one database, and one user whom its socket folder authenticates."""

    name = "postgres"
    program = "postgres"
    # SIGINT: end the connections and shut down. SIGQUIT: at once, and recover at the next start.
    stop_signals = ((signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def prepare(self) -> None:
        self._account = unprivileged_account()
        self._programs = postgres_programs(self.home, self._account)
        self._end_orphans()
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        self._check_version()
        # Their process numbers may by now be somebody else's, and then PostgreSQL would not start.
        self.pid_file.unlink(missing_ok=True)
        for lock in self.sockets.glob(".s.PGSQL.*"):
            lock.unlink()

    def command(self) -> list[str]:
        settings = {
            **SETTINGS,
            "shared_buffers": f"{_shared_memory() >> 20}MB",
            "unix_socket_directories": f'"{self.sockets}"',
        }
        options = [f"{name}={value}" for name, value in settings.items()]
        return [
            str(self._programs / "postgres"),
            *("-D", str(self.data)),
            *(word for option in options for word in ("-c", option)),
        ]

    def process_options(self) -> dict[str, Any]:
        # No PG… or locale variable of the user's shell may reach the server.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        account = self._account.options() if self._account else {}
        return {**super().process_options(), "cwd": "/", "env": environment, **account}

    def ready(self) -> bool:
        try:
            with self._connect("postgres") as connection:
                _make_database(connection)
        except psycopg.OperationalError:
            # Not listening yet, or recovering from a crash.
            return False
        return True

    def stop(self) -> None:
        super().stop()
        self._end_orphans()

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            port=PORT,
            user=NAME,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _make_data(self) -> None:
        """Make the data folder aside and rename it: one that is in its place is whole."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account:
            os.chown(draft, self._account.user, self._account.group)
        done = subprocess.run(
            [
                self._programs / "initdb",
                *("-D", draft, "-U", NAME, "-E", "UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            **self.process_options(),
        )
        if done.returncode != 0:
            raise ServerError(f"postgres: {done.stdout.decode(errors='replace').strip()}")
        with contextlib.suppress(FileNotFoundError):
            self.data.rmdir()
        draft.rename(self.data)

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != str(VERSION):
            raise ServerError(
                f"{self.data} was made by PostgreSQL {version}; this Kith brings {VERSION}:"
                " dump it with the old Kith and restore it with the new one"
            )

    def _end_orphans(self) -> None:
        """End what a killed main process left at work on the data; no new one starts before."""
        if self.running():
            return
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == self.program:
                with contextlib.suppress(psutil.Error):
                    if process.cwd() == str(self.data):
                        process.kill()
                        wait_until_ended([process], 5)


def _make_database(connection: psycopg.Connection) -> None:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
    if found is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def _shared_memory() -> int:
    """Return how many bytes the server shall share among its sessions."""
    share = int(psutil.virtual_memory().total * SHARE_OF_MEMORY)
    return min(max(share, LEAST_SHARED), MOST_SHARED)
