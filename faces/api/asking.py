"""What endpoints of faces and people do with a request before they act."""

from typing import Any

from rest_framework import serializers

from faces.access import people_for
from faces.models import Person
from photos.access import World, check_labeller


def validated(serializer: type[Any], data: Any) -> Any:
    """Return the serializer with data that it has found to be right."""
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return asked


def person_in(world: World, pk: int, field: str = "person") -> Person:
    """Return a person of a world; refuse any other, as this field of what was asked."""
    person = people_for(world).filter(pk=pk).first()
    if person is None:
        raise serializers.ValidationError({field: "There is no such person."})
    return person


def said_by(world: World) -> dict[str, Any]:
    """Return ``owner`` and ``actor`` for an action: whose faces, and which labeller speaks.

    403 for somebody who may not speak in this world at all.
    """
    check_labeller(world)
    return {"owner": world.owner, "actor": world.labeller}
