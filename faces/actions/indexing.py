"""Indexes of the nearest faces: one for each owner who has very many, made and dropped as needed.

Which are there is asked of PostgreSQL, so that nothing has to be kept true beside them. They are
made and dropped while everything else goes on, outside of transactions.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import psutil
from django.db import OperationalError, connection

from faces.nearest import PREFIX, condition, index_name, rounded

# An owner's embeddings are searched exactly up to so many numbers: 20,000 faces of 128, 5,000 of
# 512 take about 15 ms. With fewer than half of them an index is dropped.
EXACT_UP_TO = 2_560_000
# How many others each vector leads to, and how many are looked at to choose them when it comes.
LINKS, LOOKED_AT = 16, 128
# What a build may take: 0.9 kB for a face of 128 numbers, 1.7 for one of 512. With less it goes
# on, many times as slowly.
MOST_MEMORY = 2**31
SHARE_OF_MEMORY = 0.25
INTERVAL = 1.0  # seconds between two looks at how far it is

# A file that was imported may have had vectors of other lengths.
OWNERS = """
    SELECT owner_id, count(*), (
      SELECT mode() WITHIN GROUP (ORDER BY vector_dims(few.vector)) FROM (
        SELECT one.vector FROM faces_embedding one
        WHERE one.owner_id = e.owner_id AND one.model = %(model)s LIMIT 100) few)
    FROM faces_embedding e WHERE model = %(model)s GROUP BY owner_id ORDER BY owner_id
"""
THERE = """
    SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'faces_embedding'::regclass AND starts_with(c.relname, %s)
    ORDER BY c.relname
"""
PROGRESS = "SELECT tuples_done FROM pg_stat_progress_create_index WHERE pid = %s"
# A server whose client was killed would build on for nobody.
SETTINGS = {
    "maintenance_work_mem": "{memory}kB",
    # More processes share memory in /dev/shm, of which containers have next to nothing.
    "max_parallel_maintenance_workers": "0",
    "client_connection_check_interval": "10s",
    "statement_timeout": "0",
    "lock_timeout": "0",
}


@dataclass(frozen=True)
class LargeOwner:
    """Somebody who has so many embeddings under a model that they are indexed."""

    owner: int
    model: str
    dimension: int
    faces: int

    @property
    def numbers(self) -> int:
        """How many numbers an exact search reads."""
        return self.faces * self.dimension

    @property
    def index(self) -> str:
        """What the index is called."""
        return index_name(self.owner, self.model)


@dataclass(frozen=True)
class IndexChanges:
    """What there is to do: names of indexes to drop first, and those to make then."""

    drop: list[str] = field(default_factory=list)
    make: list[LargeOwner] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.drop or self.make)


def index_changes(model: str) -> IndexChanges:
    """Return which indexes are missing for a model, and which nobody needs or were never finished.

    Those of other models are of no use as long as this one is in force.
    """
    with connection.cursor() as cursor:
        cursor.execute(THERE, [PREFIX])
        there: dict[str, bool] = dict(cursor.fetchall())
        cursor.execute(OWNERS, {"model": model})
        owners = [LargeOwner(owner, model, size, faces) for owner, faces, size in cursor.fetchall()]
    kept = {each.index for each in owners if 2 * each.numbers > EXACT_UP_TO}
    return IndexChanges(
        drop=[name for name, whole in there.items() if not whole or name not in kept],
        make=[
            each
            for each in owners
            if each.numbers > EXACT_UP_TO and not there.get(each.index, False)
        ],
    )


def drop_index(name: str) -> None:
    """Drop an index, or what is left of one; nobody who is searching is disturbed."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {connection.ops.quote_name(name)}")


def make_index(large: LargeOwner, *, report: Callable[[int], None]) -> None:
    """Make an index, which may take minutes.

    ``report`` is called again and again with the number of faces that are in it, from a thread
    with a session of its own; if it raises, the index is given up, and this raises the same.
    """
    with _settings(), _watched(report, large.index), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY {connection.ops.quote_name(large.index)}"
            f" ON faces_embedding USING hnsw ({rounded(large.dimension)} halfvec_cosine_ops)"
            f" WITH (m = {LINKS}, ef_construction = {LOOKED_AT})"
            f" WHERE {condition(large.owner, large.model, large.dimension)}"
        )


@contextmanager
def _settings() -> Iterator[None]:
    memory = min(MOST_MEMORY, int(psutil.virtual_memory().total * SHARE_OF_MEMORY))
    with connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute(f"SET {name} = '{value.format(memory=memory // 1024)}'")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                for name in SETTINGS:
                    cursor.execute(f"RESET {name}")


@contextmanager
def _watched(report: Callable[[int], None], name: str) -> Iterator[None]:
    """Tell from a thread how far the session is; drop the index where the thread ended it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    over, unwanted = Event(), list[BaseException]()

    def watch() -> None:
        try:
            while not over.wait(INTERVAL):
                report(_progress(session))
        except BaseException as error:  # what cancels a job is no Exception
            unwanted.append(error)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_cancel_backend(%s)", [session])
        finally:
            connection.close()

    thread = Thread(target=watch, name="index-progress", daemon=True)
    thread.start()
    try:
        yield
    except OperationalError:
        if unwanted:
            drop_index(name)
            raise unwanted[0] from None
        raise
    finally:
        over.set()
        thread.join()


def _progress(session: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PROGRESS, [session])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
