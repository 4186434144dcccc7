"""Lists of which a client wants to know only so much, or more at once."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

if TYPE_CHECKING:
    Fields = serializers.BaseSerializer[Any]
else:
    Fields = object

FIELDS = OpenApiParameter(
    "fields",
    str,
    description="Only these fields, with commas between them: «id,thumbnail».",
)


def expands(*known: str) -> OpenApiParameter:
    """Return the parameter of a list whose rows can tell more at once."""
    return OpenApiParameter(
        "expand",
        str,
        enum=known,
        description="What to tell at once of each row, in «expanded», rather than when asked for.",
    )


class SparseFields(Fields):
    """A serializer that tells only the fields in its context's ``fields``, if it has any."""

    def get_fields(self) -> Any:
        """Return the fields that were asked for."""
        fields = super().get_fields()  # type: ignore[misc]
        wanted = self.context.get("fields")
        if wanted is None:
            return fields
        return {name: field for name, field in fields.items() if name in wanted}


def fields_asked(request: Request, serializer: Any) -> frozenset[str] | None:
    """Return the fields that a request wants, None for all; refuse those there are not."""
    asked = request.query_params.get("fields", "")
    if not asked:
        return None
    return _known("fields", asked, serializer().fields)


def expanded_asked(request: Request, *known: str) -> frozenset[str]:
    """Return what a request wants to be told at once of each row; refuse what there is not."""
    asked = request.query_params.get("expand", "")
    return _known("expand", asked, known) if asked else frozenset()


def _known(parameter: str, asked: str, known: Collection[str]) -> frozenset[str]:
    wanted = frozenset(asked.split(","))
    if strange := sorted(wanted - set(known)):
        verb = "is" if len(known) == 1 else "are"
        words = f"There is no «{strange[0][:50]}»; there {verb} {', '.join(known)}."
        raise serializers.ValidationError({parameter: words})
    return wanted
