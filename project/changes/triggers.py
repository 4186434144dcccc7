"""The SQL by which tables write their changes into the log; for migrations.

The database does it, so that no way of writing rows is forgotten, be it COPY, a cascade or psql.
The triggers see a statement's rows all together: a hundred thousand cost one INSERT.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import migrations

COLUMNS = "kind, what, object_id, owner_id, library_id"
# What each kind of statement knows of its rows.
ROWS = {
    "INSERT": "NEW TABLE AS rows_now",
    "UPDATE": "OLD TABLE AS rows_before NEW TABLE AS rows_now",
    "DELETE": "OLD TABLE AS rows_before",
}


@dataclass(frozen=True)
class Recorded:
    """A table whose changes are told to clients."""

    table: str
    kind: str  # of Change
    shown: Sequence[str]  # columns; an update that leaves all of them as they were is not told
    object_id: str = "r.id"
    owner_id: str = "r.owner_id"
    library_id: str = "NULL::bigint"
    joins: str = ""  # to the rows, ``r``


def recording(table: Recorded) -> migrations.RunSQL:
    """Return the operation that has a table write its changes."""
    name = f"{table.table}_changes"
    made = (_function(name, table), *(_trigger(name, table, event) for event in ROWS))
    return migrations.RunSQL(made, f"DROP FUNCTION {name} CASCADE")


def _trigger(name: str, table: Recorded, event: str) -> str:
    rows = ROWS[event]
    return (
        f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table.table}"
        f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _function(name: str, table: Recorded) -> str:
    """Return the trigger's function.

    Its INSERTs are planned each time, for as many rows as there are: one plan for a single face and
    for a million would be bad for either. Before that, what only workers see is passed over.
    """
    shown = ", ".join(f'"{each}"' for each in dict.fromkeys(["id", *table.shown]))
    other = f"SELECT {shown} FROM rows_now EXCEPT SELECT {shown} FROM rows_before"
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            EXECUTE $sql${_insert(table, "created", "rows_now")}$sql$;
          ELSIF TG_OP = 'DELETE' THEN
            EXECUTE $sql${_insert(table, "deleted", "rows_before")}$sql$;
          ELSIF EXISTS ({other}) THEN
            EXECUTE $sql${_insert(table, "updated", f"({other})")}$sql$;
          END IF;
          RETURN NULL;
        END $body$
    """


def _insert(table: Recorded, what: str, rows: str) -> str:
    return (
        f"INSERT INTO changes_change ({COLUMNS})"
        f" SELECT '{table.kind}', '{what}', {table.object_id}, {table.owner_id}, {table.library_id}"
        f" FROM {rows} r {table.joins}"
    )
