"""What endpoints of faces and people do with a request before they act."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from faces.access import people_for
from faces.models import Person


def validated(serializer: type[Any], data: Any) -> Any:
    """Return the serializer with data that it has found to be right."""
    asked = serializer(data=data)
    asked.is_valid(raise_exception=True)
    return asked


def own_person(request: Request, pk: int, field: str = "person") -> Person:
    """Return the user's person; refuse any other, as this field of what was asked."""
    person = people_for(request.user).filter(pk=pk).first()
    if person is None:
        raise serializers.ValidationError({field: "There is no such person."})
    return person
