"""Reading and shortening the log of changes."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from project.changes.models import Change

# How long a copy may stay away before it begins again. Rows are kept longer by more than any
# transaction takes: they bear the time at which theirs began.
DAYS = 90
DAYS_KEPT = 92

XMIN = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Ids and transactions may be given anew where a backup was put in place: other tables, another log.
LOG = "(SELECT system_identifier FROM pg_control_system()), 'changes_change'::regclass::oid::bigint"
# Of an owner; of some libraries and what is in none, or of all; behind a place.
BEHIND = (
    "owner_id = %(owner)s AND (xid, id) > (%(xid)s, %(id)s)"
    " AND (%(libraries)s::bigint[] IS NULL OR library_id IS NULL"
    " OR library_id = ANY(%(libraries)s))"
)


@dataclass(frozen=True)
class Place:
    """A place in the log: behind this row of this transaction."""

    xid: int
    id: int


@dataclass(frozen=True)
class Horizon:
    """How far the log can be read at this moment."""

    log: str  # which one
    xid: int  # all transactions before this one have ended, so that nothing comes before it
    last: int  # none that has begun has a higher number

    @property
    def place(self) -> Place:
        """Where the log goes on."""
        return Place(self.xid, 0)


@dataclass(frozen=True)
class Line:
    """A change as the log has it."""

    place: Place
    kind: Change.Kind
    what: Change.What
    object_id: int


def horizon_now() -> Horizon:
    """Return how far the log can be read now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {XMIN}, {XMIN.replace('xmin', 'xmax')}, {LOG}")
        xid, last, system, table = cursor.fetchone()
    return Horizon(f"{system}.{table}", xid, last)


def lines_behind(
    place: Place, before: Horizon, *, owner: int, libraries: list[int] | None, limit: int
) -> list[Line]:
    """Return the next lines of an owner's; ``libraries`` None for all of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT xid, id, kind, what, object_id FROM changes_change WHERE {BEHIND}"
            " AND xid < %(before)s ORDER BY xid, id LIMIT %(limit)s",
            _values(place, owner, libraries) | {"before": before.xid, "limit": limit},
        )
        return [
            Line(Place(xid, pk), Change.Kind(kind), Change.What(what), object_id)
            for xid, pk, kind, what, object_id in cursor
        ]


def is_behind(place: Place, *, owner: int, libraries: list[int] | None) -> bool:
    """Return whether the log has anything for an owner's copy that is at this place."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM changes_change WHERE {BEHIND} AND xid < {XMIN})",
            _values(place, owner, libraries),
        )
        return bool(cursor.fetchone()[0])


def _values(place: Place, owner: int, libraries: list[int] | None) -> dict[str, Any]:
    return {"owner": owner, "libraries": libraries, "xid": place.xid, "id": place.id}


def shorten_log() -> int:
    """Keep the newest line of each object, and none that is too old; return how many went.

    A copy at any place still hears of each object that changed behind it: what is left of an object
    is its last change, and that comes after all that went.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM changes_change c USING (SELECT id, at, row_number() OVER (PARTITION BY"
            " kind, CASE kind WHEN 'guesses' THEN owner_id ELSE object_id END, library_id"
            f" ORDER BY xid DESC, id DESC) AS place FROM changes_change WHERE xid < {XMIN}) each"
            " WHERE c.id = each.id AND (place > 1 OR each.at < now() - make_interval(days => %s))",
            [DAYS_KEPT],
        )
        return int(cursor.rowcount)


def empty_log() -> None:
    """Drop all lines, where a database was brought here: they bear another's transactions.

    No copy misses any of them, since every copy begins again.
    """
    Change.objects.all().delete()
