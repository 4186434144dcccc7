"""Taking all that tells of somebody out of what events and searches remember."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from faces.interchange.kith import MEANINGS, PARTS_OF_PEOPLE, Row

# The lists of an event's details without which it says nothing any more.
SUBJECTS = ("faces", "changed")
NOTHING_LEFT: Row = {"forgotten": True}


@dataclass(frozen=True)
class Gone:
    """Who is forgotten: numbers of people and of their faces, and names in lower case."""

    people: set[int] = field(default_factory=set)
    faces: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def numbers(self, meaning: str) -> set[int]:
        """Return the numbers that stand for something forgotten, of people or of faces."""
        return {"people": self.people, "faces": self.faces}.get(meaning, set())


def without(details: Row, gone: Gone) -> Row:
    """Return what an event remembers without those who are gone.

    Where it was about them alone, or cannot be told without them, it is NOTHING_LEFT.
    """
    kept: Row = {}
    for name, value in details.items():
        meaning = MEANINGS.get(name, "")
        if not isinstance(value, list):
            if tells_of(value, gone, meaning):
                return NOTHING_LEFT
            kept[name] = value
            continue
        kept[name] = [each for each in value if not tells_of(each, gone, meaning)]
        if name in SUBJECTS and value and not kept[name]:
            return NOTHING_LEFT
    return kept


def tells_of(value: Any, gone: Gone, meaning: str = "") -> bool:
    """Return whether something that an event remembers names anybody who is gone."""
    if isinstance(value, Mapping):
        return any(tells_of(each, gone, MEANINGS.get(name, "")) for name, each in value.items())
    if isinstance(value, list):
        return any(tells_of(each, gone, meaning) for each in value)
    if isinstance(value, str):
        return value.casefold() in gone.names
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number and value in gone.numbers(meaning)


def asks_for(query: Mapping[str, Any], people: set[int]) -> bool:
    """Return whether a search, as its address has it, names any of these people."""
    named = ",".join(str(query.get(part, "")) for part in sorted(PARTS_OF_PEOPLE))
    return not people.isdisjoint(int(each) for each in named.split(",") if each.strip().isdigit())
