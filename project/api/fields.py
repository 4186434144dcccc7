"""Lists of which a client wants to know only so much."""

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
    wanted, known = frozenset(asked.split(",")), serializer().fields
    if strange := sorted(wanted - set(known)):
        words = f"There is no «{strange[0][:50]}»; there are {', '.join(known)}."
        raise serializers.ValidationError({"fields": words})
    return wanted
