"""The embedded PostgreSQL and Valkey: their data, their sockets, and what a crash leaves."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from project.embedded import Postgres, Server, ServerError, Valkey, programs
from project.embedded.account import Account, make_socket_folder, unprivileged_account
from project.processes import has_ended
from tests.services import temporary_home


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder of the test's own; whatever still runs on it afterwards is ended."""
    with temporary_home() as folder:
        yield folder


def connect(server: Postgres) -> psycopg.Connection:
    return psycopg.connect(
        host=str(server.sockets), port=5432, user="kith", dbname="kith", autocommit=True
    )


def kill(server: Server) -> None:
    process = server.find()
    assert process is not None
    process.kill()
    process.wait(10)


def test_rows_survive_a_stop_and_a_start(home: Path) -> None:
    with Postgres(home) as server, connect(server) as connection:
        connection.execute("CREATE TABLE face (name text)")
        connection.execute("INSERT INTO face VALUES ('Ann')")

    with Postgres(home) as server, connect(server) as connection:
        assert connection.execute("SELECT name FROM face").fetchall() == [("Ann",)]
    assert not server.running()


def test_queues_survive_a_stop_and_a_start(home: Path) -> None:
    with Valkey(home) as server, redis.Redis(unix_socket_path=str(server.socket)) as client:
        client.rpush("queue", "scan")

    with Valkey(home) as server, redis.Redis(unix_socket_path=str(server.socket)) as client:
        assert client.lrange("queue", 0, -1) == [b"scan"]
    assert not server.running()


def test_the_database_has_vectors_and_speaks_unicode(home: Path) -> None:
    with Postgres(home) as server, connect(server) as connection:
        connection.execute("CREATE EXTENSION vector")
        row = connection.execute(
            "SELECT '[3,4]'::vector <-> '[0,0]'::vector, lower('ÉLODIE'),"
            " current_setting('server_encoding')"
        ).fetchone()
    assert row == (5.0, "élodie", "UTF8")


def test_the_database_shares_an_eighth_of_the_memory_within_bounds(home: Path) -> None:
    with Postgres(home) as server, connect(server) as connection:
        (pages,) = connection.execute(
            "SELECT setting::bigint FROM pg_settings WHERE name = 'shared_buffers'"
        ).fetchone() or (0,)
    eighth = psutil.virtual_memory().total / 8
    assert pages * 8192 == pytest.approx(min(max(eighth, 128 << 20), 2 << 30), rel=0.01)


def test_a_killed_database_comes_back_with_its_rows(home: Path) -> None:
    with Postgres(home) as server:
        with connect(server) as connection:
            connection.execute("CREATE TABLE face AS SELECT 1 AS id")
            kill(server)
        assert not server.running()

        server.start()
        with connect(server) as connection:
            assert connection.execute("SELECT id FROM face").fetchall() == [(1,)]


def test_a_backend_that_outlived_a_killed_database_is_ended(home: Path) -> None:
    with Postgres(home) as server, connect(server) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.suspend()
        kill(server)
        assert backend.is_running()

        server.start()
        assert has_ended(backend)


def test_a_killed_valkey_comes_back(home: Path) -> None:
    with Valkey(home) as server:
        kill(server)
        server.start()
        assert server.ready()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_server_left_over_from_a_killed_supervisor_is_taken_over(
    home: Path, kind: type[Server]
) -> None:
    left_over = kind(home)
    left_over.start()
    process = left_over.find()

    with kind(home) as server:
        assert server.find() == process
    assert not left_over.running()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_process_number_that_now_belongs_to_somebody_else_is_not_touched(
    home: Path, kind: type[Server]
) -> None:
    with kind(home) as server:
        kill(server)
        server.pid_file.write_text(f"{os.getpid()}\n")

        assert not server.running()
        server.stop()
        server.start()
        assert server.ready()


def test_a_half_made_database_is_made_again(home: Path) -> None:
    draft = home / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")

    with Postgres(home) as server:
        assert server.ready()
    assert not draft.exists()


def test_a_database_of_another_major_version_is_one_clear_line(home: Path) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("16\n")

    with pytest.raises(ServerError, match=r"made by PostgreSQL 16; this Kith brings 18"):
        Postgres(home).start()


def test_a_database_that_cannot_start_says_why(home: Path) -> None:
    with Postgres(home) as server:
        server.stop()
        (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")

        with pytest.raises(ServerError, match=r"(?s)postgres did not start.*no_such_setting"):
            server.start()


def test_others_cannot_reach_the_servers(home: Path) -> None:
    with Postgres(home) as postgres, Valkey(home) as valkey:
        for path in (postgres.sockets, postgres.sockets / ".s.PGSQL.5432", valkey.socket):
            assert path.stat().st_mode & 0o007 == 0, path
        for server in (postgres, valkey):
            process = server.find()
            assert process is not None
            assert process.net_connections("inet") == []


def test_a_long_home_gets_a_short_socket_path() -> None:
    with temporary_home() as short:
        home = short / ("a" * 90)
        with Postgres(home) as postgres, Valkey(home) as valkey:
            assert len(os.fsencode(postgres.sockets)) < 80
            assert valkey.socket.parent == postgres.sockets
        shutil.rmtree(postgres.sockets)


def test_a_socket_folder_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "sockets").symlink_to(elsewhere)

    with pytest.raises(ServerError, match="belongs to somebody else"):
        make_socket_folder(tmp_path / "sockets")


def test_an_interrupt_from_the_terminal_does_not_reach_the_servers(home: Path) -> None:
    with Postgres(home) as postgres, Valkey(home) as valkey:
        for server in (postgres, valkey):
            process = server.find()
            assert process is not None
            assert os.getsid(process.pid) != os.getsid(0)


def test_a_database_that_hangs_is_ended_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = tuple((stop_signal, 0.2) for stop_signal, _ in Postgres.stop_signals)
    monkeypatch.setattr(Postgres, "stop_signals", (*brief[:-1], (signal.SIGKILL, 5)))
    with Postgres(home) as server:
        process = server.find()
        assert process is not None
        process.suspend()
        server.stop()
        assert has_ended(process)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must change to another account")


@as_root
def test_as_root_the_database_runs_as_another_account(home: Path) -> None:
    account = unprivileged_account()
    assert account is not None
    with Postgres(home) as server:
        process = server.find()
        assert process is not None
        assert process.uids().effective == account.user != 0
        assert process.gids().effective == account.group != 0


@as_root
def test_as_root_programs_that_only_root_reaches_are_copied(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = programs._wheel_folder()
    with temporary_home() as closed:
        hidden = closed / "site-packages" / wheel.name
        shutil.copytree(wheel, hidden, ignore=shutil.ignore_patterns("pginstall", "include"))
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, hidden.with_name(libraries.name))
        closed.chmod(0o700)
        monkeypatch.setattr(programs, "_wheel_folder", lambda: hidden)

        with Postgres(home) as server, connect(server) as connection:
            connection.execute("CREATE EXTENSION vector")
            process = server.find()
            assert process is not None
            assert Path(process.exe()).is_relative_to(home)
        with Postgres(home):
            assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_as_root_a_home_that_only_root_reaches_is_one_clear_line() -> None:
    with temporary_home() as closed:
        closed.chmod(0o700)
        with pytest.raises(ServerError, match="set KITH_HOME to a folder that it can enter"):
            Postgres(closed / "home").start()


def test_an_account_that_may_not_run_a_program_says_so() -> None:
    nobody_runs = Account("nobody", os.geteuid(), os.getegid())
    assert not nobody_runs.can_run("/etc/passwd")
