"""What the tests of jobs share: empty queues, kinds of their own, and a second session."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import django_rq
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings
from redis import Redis

from project.jobs.kinds import JobKind, Step, register
from project.jobs.models import Job
from project.jobs.run import JobRun
from tests.factories import make_user

_numbers = count(1)
MakeJob = Callable[..., Job]


@pytest.fixture
def redis(db: None, settings: Settings) -> Iterator[Redis]:
    """The tests' Valkey, emptied before and after."""
    # A test's transaction never commits; the product sends its messages outside of any.
    settings.RQ = {"COMMIT_MODE": "auto"}
    client = django_rq.get_connection("default")
    client.flushall()
    yield client
    client.flushall()


@pytest.fixture
def make_job(redis: Redis) -> MakeJob:
    """Make a queued job of a kind of the test's own."""

    def make(step: Callable[[JobRun], Step] = finish, **fields: Any) -> Job:
        options = {name: fields.pop(name) for name in ("plan", "parallel") if name in fields}
        kind = f"test-{next(_numbers)}"
        register(kind, JobKind(step=step, **options))
        return Job.objects.create(kind=kind, scope=kind, requested_by=make_user(), **fields)

    return make


@pytest.fixture
def elsewhere(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A second session at the database, as another worker has it."""
    other = connection.copy()
    yield other
    other.close()


def finish(run: JobRun) -> Step:
    return Step.FINISHED


def messages(queue: str = "default") -> list[str]:
    """The ids of the messages that wait."""
    return list(django_rq.get_queue(queue).get_job_ids())


def lock(session: BaseDatabaseWrapper, lock_class: int, key: int, *, shared: bool = False) -> bool:
    suffix = "_shared" if shared else ""
    with session.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock{suffix}(%s, %s)", [lock_class, key])
        return bool(cursor.fetchone()[0])


def unlock(session: BaseDatabaseWrapper) -> None:
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
