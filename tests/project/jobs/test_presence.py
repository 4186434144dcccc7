"""Which workers are alive: locks that die with their holder."""

import subprocess
import sys
import time

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from project.jobs.presence import (
    PLANNING,
    TOKEN,
    WORKING,
    held,
    live_tokens,
    worker_token,
    workers_present,
)
from tests.project.jobs.conftest import lock, unlock

pytestmark = pytest.mark.django_db
JOB = 2**31 - 1  # the highest number that a lock can have


def tokens() -> set[int]:
    query = live_tokens()
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        return {row[0] for row in cursor.fetchall()}


def is_free(other: BaseDatabaseWrapper, lock_class: int = WORKING) -> bool:
    free = lock(other, lock_class, JOB)
    unlock(other)
    return free


class TestHeld:
    def test_a_lock_is_held_inside_and_free_outside(self, elsewhere: BaseDatabaseWrapper) -> None:
        with held(WORKING, JOB) as granted:
            assert granted
            assert not is_free(elsewhere)
        assert is_free(elsewhere)

    def test_an_error_inside_frees_the_lock(self, elsewhere: BaseDatabaseWrapper) -> None:
        with pytest.raises(RuntimeError), held(WORKING, JOB):
            raise RuntimeError
        assert is_free(elsewhere)

    def test_who_finds_it_taken_holds_nothing_and_frees_nothing(
        self, elsewhere: BaseDatabaseWrapper
    ) -> None:
        lock(elsewhere, WORKING, JOB)
        with held(WORKING, JOB) as granted:
            assert not granted
        with held(WORKING, JOB) as granted:
            assert not granted
        unlock(elsewhere)
        with held(WORKING, JOB) as granted:
            assert granted

    def test_a_shared_lock_keeps_out_only_who_wants_it_alone(
        self, elsewhere: BaseDatabaseWrapper
    ) -> None:
        lock(elsewhere, WORKING, JOB, shared=True)
        with held(WORKING, JOB, shared=True) as together, held(WORKING, JOB) as alone:
            assert (together, alone) == (True, False)

    def test_planning_and_working_do_not_exclude_each_other(
        self, elsewhere: BaseDatabaseWrapper
    ) -> None:
        lock(elsewhere, PLANNING, JOB)
        with held(WORKING, JOB) as granted:
            assert granted

    def test_a_connection_that_broke_has_freed_the_lock_already(
        self, elsewhere: BaseDatabaseWrapper
    ) -> None:
        other = connection.copy()
        lock(other, WORKING, JOB)
        other.close()
        assert is_free(elsewhere)


class TestTokens:
    def test_a_token_lives_as_long_as_its_worker(self) -> None:
        with worker_token() as token:
            assert token in tokens()
        assert token not in tokens()

    def test_every_worker_has_its_own(self) -> None:
        with worker_token() as one, worker_token() as two:
            assert {one, two} <= tokens()
            assert one != two

    def test_a_session_that_ends_takes_its_token_along(
        self, elsewhere: BaseDatabaseWrapper
    ) -> None:
        lock(elsewhere, TOKEN, JOB)
        assert JOB in tokens()
        elsewhere.close()
        assert gone(JOB)

    def test_the_token_of_a_killed_process_is_gone_at_once(self) -> None:
        script = (
            "import psycopg, sys\n"
            "connection = psycopg.connect(sys.argv[1])\n"
            "connection.execute('SELECT pg_advisory_lock(%s, %s)', list(map(int, sys.argv[2:])))\n"
            "print('held', flush=True)\n"
            "sys.stdin.read()\n"
        )
        connection.ensure_connection()
        info = connection.connection.info
        address = f"{info.dsn} password={info.password}" if info.password else info.dsn
        process = subprocess.Popen(
            [sys.executable, "-c", script, address, str(TOKEN), str(JOB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            assert JOB in tokens()
            process.kill()
        assert gone(JOB)

    def test_other_locks_are_no_tokens(self, elsewhere: BaseDatabaseWrapper) -> None:
        lock(elsewhere, WORKING, JOB)
        assert JOB not in tokens()

    def test_locks_of_other_databases_of_the_server_do_not_count(self) -> None:
        before = tokens()
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [TOKEN, JOB])
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [WORKING, JOB])
            assert tokens() == before
            assert workers_present(JOB) == 0


def gone(token: int) -> bool:
    """Whether the server notices within two seconds that the holder is no more."""
    for _ in range(100):
        if token not in tokens():
            return True
        time.sleep(0.02)
    return False


class TestWorkersPresent:
    def test_workers_at_the_job_are_counted(self, elsewhere: BaseDatabaseWrapper) -> None:
        assert workers_present(JOB) == 0
        lock(elsewhere, WORKING, JOB, shared=True)
        with held(WORKING, JOB, shared=True):
            assert workers_present(JOB) == 2
        assert workers_present(JOB) == 1

    def test_workers_at_other_jobs_are_not(self, elsewhere: BaseDatabaseWrapper) -> None:
        lock(elsewhere, WORKING, JOB - 1)
        lock(elsewhere, PLANNING, JOB)
        lock(elsewhere, TOKEN, JOB)
        assert workers_present(JOB) == 0
