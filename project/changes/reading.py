"""What a client with a copy is told next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from project.changes.cursors import Cursor
from project.changes.kinds import KINDS, Sight
from project.changes.log import Horizon, Line, is_behind, lines_behind
from project.changes.models import Change

# In which order a copy begins: what others refer to comes first.
ORDER = (Change.Kind.PERSON, Change.Kind.PHOTO, Change.Kind.FACE, Change.Kind.GUESS)
REPLACED = "replaced"


@dataclass(frozen=True)
class Entry:
    """Something that a copy is to take over."""

    kind: Change.Kind
    id: int | None  # None for the whole kind
    change: str  # of Change.What, or REPLACED
    data: Any  # as it is now; None where it is gone


@dataclass(frozen=True)
class Page:
    """The next entries, where they end, and whether there are more."""

    entries: list[Entry]
    cursor: Cursor
    has_more: bool


def beginning(sight: Sight, horizon: Horizon) -> Cursor:
    """Return the cursor of a copy that has nothing yet."""
    return Cursor.at_start(sight, horizon, " ".join(ORDER))


def page_behind(cursor: Cursor, sight: Sight, horizon: Horizon, limit: int) -> Page:
    """Return what comes behind a cursor; the number of queries is the same for any page."""
    if cursor.kinds:
        return _listed(cursor, sight, limit)
    lines = lines_behind(cursor.place, horizon, **_whose(sight), limit=limit)
    switches = [line for line in lines if line.kind == Change.Kind.GUESSES]
    if switches:
        return _switched(cursor, sight, lines, switches[-1])
    entries = _told(sight, lines)
    moved = _may_move_people(sight, lines)
    if len(lines) == limit:
        further = cursor.moved(lines[-1].place, people_moved=moved)
        return Page(entries, further, has_more=True)
    there = cursor.caught_up(horizon)
    if moved or cursor.people_moved:
        return _replaced(Change.Kind.PERSON, entries, there)
    return Page(entries, there, has_more=False)


def anything_behind(cursor: Cursor, sight: Sight) -> bool:
    """Return whether a copy has something to be told."""
    return bool(cursor.kinds) or is_behind(cursor.place, **_whose(sight))


def _whose(sight: Sight) -> dict[str, Any]:
    libraries = None if sight.is_own else sorted(sight.libraries)
    return {"owner": sight.owner_id, "libraries": libraries}


def _listed(cursor: Cursor, sight: Sight, limit: int) -> Page:
    """Return the next rows that are there; behind the last ones the log goes on."""
    entries: list[Entry] = []
    kinds, after = cursor.kinds.split(), cursor.after
    while kinds:
        kind, room = Change.Kind(kinds[0]), limit - len(entries)
        told = KINDS[kind]
        rows = told.rows(sight).filter(**{f"{told.key}__gt": after})
        found = list(rows.order_by(told.key)[:room])
        entries += [
            Entry(kind, pk, Change.What.CREATED, data) for pk, data in _with_data(kind, found)
        ]
        if len(found) == room:
            return Page(entries, cursor.listing(" ".join(kinds), entries[-1].id or 0), True)
        kinds, after = kinds[1:], 0
    return Page(entries, cursor.listing(""), has_more=True)


def _switched(cursor: Cursor, sight: Sight, lines: Sequence[Line], switch: Line) -> Page:
    """Return what came before other guesses stood; then these are listed, all of them."""
    before = [line for line in lines[: lines.index(switch)] if line.kind in ORDER[:-1]]
    there = cursor.moved(switch.place, people_moved=not sight.is_own)
    return _replaced(Change.Kind.GUESS, _told(sight, before), there)


def _replaced(kind: Change.Kind, entries: list[Entry], cursor: Cursor) -> Page:
    """Return entries, and then that all rows of a kind are listed anew."""
    return Page([*entries, Entry(kind, None, REPLACED, None)], cursor.listing(kind.value), True)


def _may_move_people(sight: Sight, lines: Iterable[Line]) -> bool:
    """Return whether others may be in sight: who is in photos that are shared, and by what name."""
    return not sight.is_own and any(line.kind != Change.Kind.PHOTO for line in lines)


def _told(sight: Sight, lines: Iterable[Line]) -> list[Entry]:
    """Return each object of the lines once, as it is now, where it came last.

    People of others are left out: they are listed when all else is told.
    """
    happened: dict[tuple[Change.Kind, int], set[Change.What]] = {}
    for line in lines:
        for kind in _touched(sight, line.kind):
            thing = (kind, line.object_id)
            happened[thing] = happened.pop(thing, set()) | {line.what}
    there = {
        (kind, pk): data
        for kind in ORDER
        for pk, data in _present(kind, sight, [pk for of, pk in happened if of == kind])
    }
    return [Entry(*thing, *_as_it_is(what, there.get(thing))) for thing, what in happened.items()]


def _touched(sight: Sight, kind: Change.Kind) -> Sequence[Change.Kind]:
    """Return what a line is of: of others, a guess is told as long as its face has no label."""
    if sight.is_own:
        return (kind,)
    about = {Change.Kind.FACE: (Change.Kind.FACE, Change.Kind.GUESS), Change.Kind.PERSON: ()}
    return about.get(kind, (kind,))


def _present(kind: Change.Kind, sight: Sight, ids: list[int]) -> list[tuple[int, Any]]:
    if not ids:
        return []
    told = KINDS[kind]
    return _with_data(kind, list(told.rows(sight).filter(**{f"{told.key}__in": ids})))


def _with_data(kind: Change.Kind, rows: list[Any]) -> list[tuple[int, Any]]:
    told = KINDS[kind]
    data = told.serializer(rows, many=True).data
    return [(getattr(row, told.key), each) for row, each in zip(rows, data, strict=True)]


def _as_it_is(happened: set[Change.What], data: Any) -> tuple[str, Any]:
    if data is None:
        return Change.What.DELETED, None
    created = Change.What.CREATED in happened
    return Change.What.CREATED if created else Change.What.UPDATED, data
