"""Rows of an export as rows of this installation, under its own numbers."""

from collections import defaultdict
from typing import Any

from django.db import connection
from django.db.models import Model

from faces.exports import fields_of
from faces.interchange.kith import Row
from faces.models import Face, Person

BATCH = 1000
# What undoing brings back under its number.
COME_BACK: dict[str, type[Model]] = {"faces": Face, "people": Person}


class Renumbering:
    """Which numbers of an export are which here, and what was written of it."""

    def __init__(self) -> None:
        self.numbers: dict[str, dict[int, int]] = defaultdict(dict)
        self.gone: dict[str, dict[int, int]] = defaultdict(dict)  # what only events remember
        self.rows: dict[str, int] = defaultdict(int)

    def number(self, meaning: str, number: int) -> int:
        """Return which number something has here; what is gone gets one that nothing has.

        That is 0 where no undoing brings it back under its number.
        """
        here = self.numbers[meaning].get(number)
        if here is not None or meaning not in COME_BACK:
            return here or 0
        gone = self.gone[meaning]
        if number not in gone:
            gone[number] = _unused(COME_BACK[meaning])
        return gone[number]

    def made(self, model: type[Any], row: Row, **instead: object) -> Any:
        """Return a row of a model, not stored yet; unknown columns of the export are left out."""
        values = {}
        for each in fields_of(model):
            if each.name in row and not each.is_relation and not each.primary_key:
                values[each.attname] = each.to_python(row[each.name])
        return model(**values | instead)

    def store(self, section: str, made: list[tuple[Row, Any]]) -> None:
        """Write new rows with the moments that they had there."""
        if not made:
            return
        rows = [row for _, row in made]
        model: type[Model] = type(rows[0])
        moments = [f.attname for f in fields_of(model) if getattr(f, "auto_now_add", False)]
        kept = [{name: getattr(row, name) for name in moments} for row in rows]
        model._default_manager.bulk_create(rows)
        for row, values in zip(rows, kept, strict=True):
            for name, value in values.items():
                setattr(row, name, value)
        if moments:
            model._default_manager.bulk_update(rows, moments, batch_size=BATCH)
        self.numbers[section] |= {told["id"]: row.pk for told, row in made}
        self.rows[section] += len(rows)


def _unused(model: type[Model]) -> int:
    """Return an id that no row of a model has, nor ever gets by itself."""
    with connection.cursor() as cursor:
        table, column = model._meta.db_table, "id"
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [table, column])
        return int(cursor.fetchone()[0])
