"""Pages by keyset."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
ASCENDS = "+"

Key = int | float | str


class KeysetPagination(BasePagination):
    """Pages that begin behind a row: as quick at the last face as at the first.

    The queryset must be ordered by columns that are unique together; the view names them in
    ``keyset`` (default ``("id",)``). They are numbers and descend, but for those with a plus before
    the name, which are text and ascend. Without a cursor the first page begins at the view's
    ``offset`` (default 0).
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Return the rows behind the request's cursor."""
        self.request = request
        self.limit, key = self.place(request, getattr(view, "keyset", ("id",)))
        start = 0 if key else getattr(view, "offset", 0)
        if key:
            queryset = queryset.filter(_behind(self.keyset, key))
        rows = list(queryset[start : start + self.limit + 1])
        self.last = rows[self.limit - 1] if len(rows) > self.limit else None
        return rows[: self.limit]

    def place(self, request: Request, keyset: Sequence[str]) -> tuple[int, list[Key] | None]:
        """Return how many rows are asked for, and the values of the row that they are behind."""
        self.keyset = tuple(keyset)
        cursor = request.query_params.get("cursor")
        return _limit(request), self._decoded(cursor) if cursor else None

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page and the address of the next one."""
        return Response({"next": self._next_address(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the page."""
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": ["string", "null"], "format": "uri"},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe ``cursor`` and ``limit``."""
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            {
                "name": "limit",
                "in": "query",
                "schema": {
                    "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT
                },
            },
        ]  # fmt: skip

    def _next_address(self) -> str | None:
        if self.last is None:
            return None
        values = [getattr(self.last, column.lstrip(ASCENDS)) for column in self.keyset]
        cursor = urlsafe_b64encode(json.dumps(values).encode()).decode()
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def _decoded(self, cursor: str) -> list[Key]:
        try:
            values = json.loads(urlsafe_b64decode(cursor))
        except (ValueError, RecursionError):
            values = None
        if (
            not isinstance(values, list)
            or len(values) != len(self.keyset)
            or not all(map(_is_key, self.keyset, values))
        ):
            raise serializers.ValidationError({"cursor": "Take it from «next» of a page as it is."})
        return values


def _limit(request: Request) -> int:
    field = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT)
    try:
        return int(field.run_validation(request.query_params.get("limit", DEFAULT_LIMIT)))
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"limit": error.detail}) from error


def _is_key(column: str, value: object) -> bool:
    """Return whether a row can have this value in a column of the keyset."""
    if column.startswith(ASCENDS):
        # Neither a zero nor half a character is text to PostgreSQL.
        return isinstance(value, str) and not re.search("[\0\ud800-\udfff]", value)
    # A number that is larger, infinite or none at all would be an error further on.
    return type(value) in (int, float) and abs(value) < 2**63  # type: ignore[arg-type]


def _behind(columns: tuple[str, ...], values: list[Key]) -> Q:
    """Return the condition of coming after ``values``."""
    condition = Q()
    for column, value in reversed(list(zip(columns, values, strict=True))):
        name = column.lstrip(ASCENDS)
        behind = Q((f"{name}__{'gt' if column.startswith(ASCENDS) else 'lt'}", value))
        condition = behind | Q((name, value)) & condition if condition else behind
    return condition
