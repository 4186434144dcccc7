"""The database as one file, and what is in it: PostgreSQL's own programs do the work."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from faces.nearest import PREFIX
from project.embedded import ServerError
from project.embedded.programs import postgres_programs

QUICKLY = "--compress=1"  # a fifth of the time of the usual level, for an eighth more bytes
# Indexes of similar faces, which take memory and up to hours: a job makes them later.
LATER = re.compile(rf"\d+; \d+ \d+ INDEX \S+ {PREFIX}")
AS_TEXT = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}


class MovingError(Exception):
    """Nothing was moved, or not all of it; the message says what to do."""


@dataclass(frozen=True)
class Content:
    """What is in a table: the number of its rows, and the sum of all rows' hashes."""

    rows: int
    checksum: str


@contextmanager
def frozen(using: str = DEFAULT_DB_ALIAS) -> Iterator[str]:
    """Look at the database as it is at one moment, whatever is written meanwhile.

    Gives the name by which other connections see the same moment.
    """
    connections[using].close()  # the level of a transaction is set before anything else in it
    with transaction.atomic(using), connections[using].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def contents(using: str = DEFAULT_DB_ALIAS) -> dict[str, Content]:
    """Count and sum up all tables: equal for equal rows, in whatever order they lie.

    Rows are compared as text, in which Django's connections write times as of UTC; servers may
    write other things in ways of their own.
    """
    with connections[using].cursor() as cursor:
        for setting in AS_TEXT.items():
            cursor.execute("SELECT set_config(%s, %s, false)", setting)
        found = {}
        for table in _tables(using):
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)"
                    " FROM {} AS row"
                ).format(sql.Identifier(table))
            )
            rows, checksum = cursor.fetchone()
            found[table] = Content(rows, str(checksum))
    return found


def is_empty() -> bool:
    """Whether there is no table yet."""
    return not _tables(DEFAULT_DB_ALIAS)


def dump(
    file: Path, *, moment: str, using: str = DEFAULT_DB_ALIAS, without_rows_of: Sequence[str] = ()
) -> None:
    """Write all tables into a file, as they are at a frozen moment."""
    left_out = [f"--exclude-table-data={table}" for table in without_rows_of]
    how = ("--format=custom", QUICKLY, f"--snapshot={moment}", f"--file={file}", *left_out)
    _run("pg_dump", *how, using=using)


def load(file: Path) -> None:
    """Make the tables of a dump in an empty database: all or none."""
    how = ("--exit-on-error", "--single-transaction", "--no-comments")
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as chosen:
        listed = _call(_program("pg_restore"), "--list", str(file)).splitlines(keepends=True)
        chosen.writelines(line for line in listed if not LATER.match(line))
        chosen.flush()
        _run("pg_restore", *how, f"--use-list={chosen.name}", str(file))


def _tables(using: str) -> list[str]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def _run(program: str, *arguments: str, using: str = DEFAULT_DB_ALIAS) -> None:
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    parameters = {
        name: value
        for name, value in connections[using].get_connection_params().items()
        if name in known and value not in (None, "")
    }
    # Everybody on the machine sees the arguments of a program, and nobody its environment.
    password = parameters.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    database = f"--dbname={make_conninfo('', **parameters)}"
    _call(_program(program), "--no-owner", "--no-acl", database, *arguments, **secret)


def _call(program: str, *arguments: str, **secret: str) -> str:
    """Return what one of PostgreSQL's programs prints; MovingError if it fails."""
    done = subprocess.run(
        [program, *arguments],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MovingError(f"{Path(program).name}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _program(name: str) -> str:
    """Return the wheel's program, or the system's where no wheel is for this platform."""
    try:
        return str(postgres_programs(settings.KITH_HOME, None) / name)
    except ServerError:
        found = shutil.which(name)
        if found is None:
            raise MovingError(f"{name} is not there: install PostgreSQL's programs") from None
        return found
