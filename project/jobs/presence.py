"""Which workers are alive and at which job: PostgreSQL advisory locks, which die with their holder.

A session's lock is released by the server the moment the worker's connection ends, kill -9
included. So there is no heartbeat to time out, and no worker that is wrongly given up.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models.expressions import RawSQL

from project.jobs.models import Attendance

# First key of pg_advisory_lock(int, int), so that no other user of the database collides.
WORKING = 0x6B697468  # "kith"; second key: the job's id
PLANNING = WORKING + 1  # second key: the job's id
TOKEN = WORKING + 2  # second key: a worker's token

LOCKS_OF_CLASS = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = %s"
)


@contextmanager
def held(lock_class: int, key: int, *, shared: bool = False) -> Iterator[bool]:
    """Hold a lock while inside; yields False, holding nothing, if somebody is in the way."""
    suffix = "_shared" if shared else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock{suffix}(%s, %s)", [lock_class, key])
        (granted,) = cursor.fetchone()
    try:
        yield granted
    finally:
        # A broken connection has released the lock already.
        if granted and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock{suffix}(%s, %s)", [lock_class, key])


@contextmanager
def worker_token() -> Iterator[int]:
    """Yield a number that marks rows as taken by this worker, as long as it is alive."""
    token = secrets.randbelow(2**31)
    with held(TOKEN, token):
        yield token


@contextmanager
def attending(job_id: int, token: int) -> Iterator[None]:
    """Write down that this worker is at the job; one that dies leaves its line behind."""
    Attendance.objects.create(job_id=job_id, token=token, worker=this_worker())
    try:
        yield
    finally:
        if connection.is_usable():  # else it tells that this worker was lost, which it is
            Attendance.objects.filter(token=token).delete()


def this_worker() -> str:
    """Return what this process is called in logs."""
    return f"{socket.gethostname()}, process {os.getpid()}"


def live_tokens() -> RawSQL:
    """Return, as a subquery, the tokens of all workers that are alive."""
    return RawSQL(f"SELECT objid::bigint {LOCKS_OF_CLASS}", [TOKEN])


def workers_present(job_id: int) -> int:
    """Return how many workers are at this job."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {LOCKS_OF_CLASS} AND objid = %s", [WORKING, job_id])
        return int(cursor.fetchone()[0])
