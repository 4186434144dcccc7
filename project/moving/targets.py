"""Whether the servers to which Kith moves can take it: told before anything is copied."""

import redis
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, transaction

from project.moving.database import MovingError
from project.storage.base import StorageAwayError, pictures

# What the embedded server's programs can write into, and whose pgvector has all that queries use.
LEAST_SERVER, LEAST_VECTOR = 17, (0, 8)
SECONDS = 5  # for an answer of the queue


def check_database() -> None:
    """Raise MovingError unless the database of DATABASE_URL can become Kith's."""
    try:
        connection.ensure_connection()
        _check_server()
        _check_vector()
    except DatabaseError as error:
        raise _refused(str(error).strip().splitlines()[0]) from None


def check_pictures() -> None:
    """Raise MovingError unless pictures can be written where KITH_STORAGE says."""
    try:
        pictures().check()
    except StorageAwayError as error:
        raise MovingError(f"KITH_STORAGE: {error}") from None


def check_queue() -> str:
    """Raise MovingError unless the queue of REDIS_URL answers; return what to change there."""
    try:
        with redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        ) as client:
            client.ping()
            policy = client.info("memory").get("maxmemory_policy", "unknown")
    except redis.RedisError as error:
        raise MovingError(f"REDIS_URL: {error}") from None
    if policy == "noeviction":
        return ""
    return (
        f"REDIS_URL: maxmemory-policy is {policy} there: set it to noeviction, or messages to"
        " workers get lost when its memory is full, and are sent again only by the next sweep"
    )


def _check_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int / 10000,"
            " current_setting('server_encoding'),"
            " has_schema_privilege('public', 'CREATE')"
        )
        version, encoding, may_create = cursor.fetchone()
    if version < LEAST_SERVER:
        raise _refused(f"PostgreSQL is {version} there: take {LEAST_SERVER} or newer")
    if encoding != "UTF8":
        raise _refused(f"its encoding is {encoding}: make the database with ENCODING 'UTF8'")
    if not may_create:
        raise _refused(
            "its user may not make tables: let an administrator run"
            f' ALTER DATABASE "{connection.settings_dict["NAME"]}" OWNER TO'
            f' "{connection.settings_dict["USER"]}";'
        )


def _check_vector() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(installed_version, default_version), installed_version IS NOT NULL"
            " FROM pg_available_extensions WHERE name = 'vector'"
        )
        found = cursor.fetchone()
    if found is None:
        raise _refused("there is no pgvector on the server: install it there, 0.8 or newer")
    version, installed = found
    if tuple(map(int, version.split(".")[:2])) < LEAST_VECTOR:
        raise _refused(f"pgvector is {version} there: take 0.8 or newer")
    if not installed:
        _try_to_make_vector()


def _try_to_make_vector() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION vector")
            transaction.set_rollback(True)
    except ProgrammingError:
        raise _refused(
            "its user may not make the extension vector: let an administrator run, in this"
            " database, CREATE EXTENSION vector;"
        ) from None


def _refused(why: str) -> MovingError:
    return MovingError(f"DATABASE_URL: {why}")
