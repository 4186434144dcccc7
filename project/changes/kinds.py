"""What clients are told of each kind of object; the apps that have them say so when they load."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet
from rest_framework.serializers import Serializer

from project.changes.models import Change


class Sight(Protocol):
    """What a copy is of: what a user may see of an owner's."""

    @property
    def user(self) -> Any: ...

    @property
    def owner_id(self) -> int | None: ...

    @property
    def libraries(self) -> frozenset[int]: ...

    @property
    def is_own(self) -> bool: ...


@dataclass(frozen=True)
class Told:
    """How one kind is told."""

    rows: Callable[[Any], QuerySet[Any]]  # those in sight
    serializer: type[Serializer[Any]]
    key: str = "id"  # the column that a change names the row by


KINDS: dict[Change.Kind, Told] = {}


def register(kind: Change.Kind, told: Told) -> None:
    """Tell clients of this kind."""
    KINDS[kind] = told
