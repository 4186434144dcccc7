"""Pages of faces that stand by person: told from the numbers of faces, before any row is sorted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, FloatField, Func, Value

from faces.queries import FaceFilter, counted_groups
from photos.access import Who


@dataclass(frozen=True)
class Window:
    """Whose faces a page can be of, {person: number of faces}, and how many are to be left out."""

    people: dict[int, int]
    offset: int

    @property
    def sizes(self) -> Func:
        """How many faces the person of a face has, as an expression of ``subject_id``."""
        return looked_up_in(self.people, F("subject_id"), BigIntegerField())


def looked_up_in(
    numbers: Mapping[int, float], key: F, kind: "BigIntegerField[Any, Any] | FloatField[Any, Any]"
) -> Func:
    """Return the number of a key as an expression; NULL for one that is not there."""
    place = Func(
        Value(list(numbers), ArrayField(BigIntegerField())),
        key,
        function="array_position",
        output_field=BigIntegerField(),
    )
    return Func(
        Value(list(numbers.values()), ArrayField(kind)),
        place,
        template="((%(expressions)s])",
        arg_joiner=")[",
        output_field=kind,
    )


def window_of(
    who: Who, wanted: FaceFilter, *, offset: int, limit: int, behind: tuple[int, int] | None
) -> Window:
    """Return whose faces are on a page of ``limit`` faces; the person with most comes first.

    It begins ``offset`` faces further on, or behind a face whose person has so many faces:
    (number of faces, person).
    """
    people = counted_groups(who, wanted)
    if behind is not None:
        people = [(pk, count) for pk, count in people if (count, pk) <= behind]
    first = 0
    while first < len(people) and offset >= people[first][1]:
        offset -= people[first][1]
        first += 1
    shown: dict[int, int] = {}
    left = offset + limit
    for pk, count in people[first:]:
        shown[pk] = count
        if behind is None or pk != behind[1]:  # whose faces may all be before the page
            left -= count
        if left < 0:  # one more tells that there is a next page
            break
    return Window(shown, offset)
