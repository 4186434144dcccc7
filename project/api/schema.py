"""The OpenAPI description of the API: what every operation has in common is added here."""

from copy import deepcopy
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.permissions import SAFE_METHODS

from project.api.deprecation import deprecation_of
from project.api.errors import KIND, KINDS, PROBLEM

_TEXT = {"type": "string"}
_BAD_INPUT = {
    "type": "object",
    "description": "What is wrong with one input.",
    "required": ["field", "detail", "code"],
    "properties": {
        "field": _TEXT | {
            "description": "Its path, as «box.left» or «faces.3»; empty for the whole."
        },
        "detail": _TEXT,
        "code": _TEXT | {"description": "What is wrong, in a word for programs."},
    },
}  # fmt: skip
_PROBLEM = {
    "type": "object",
    "description": "Why a request was refused or failed (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT | {
            "enum": [KIND + kind for kind in KINDS],
            "description": "The kind of error, for programs; it stays as it is.",
        },
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT | {"description": "What happened, for the user to read."},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/BadInput"},
            "description": "An entry for each bad input, where the input was bad.",
        },
    },
}  # fmt: skip
_COMPONENTS = {"BadInput": _BAD_INPUT, "Problem": _PROBLEM}

WHY = {
    400: "Bad input, each under its name",
    401: "Not signed in",
    403: "Not allowed, or not signed in",
    404: "There is no such thing, or it is not yours to see",
    409: "It cannot be done as things stand",
    412: "It has changed since",
    413: "More than is taken at a time",
    415: "This kind of body is not taken",
    422: "The idempotency key belongs to another request",
    429: "Too many requests; «Retry-After» tells the seconds to wait",
    500: "Kith had an error, which its log tells of",
}
HEADERS: dict[str, Any] = {
    "If-None-Match": {
        "schema": _TEXT,
        "description": "The «ETag» of what the client has: if it is the same, 304 is all it gets.",
    },
    "If-Match": {
        "schema": _TEXT,
        "description": "The «ETag» of what the client has seen: if it is another by now, 412.",
    },
    "Idempotency-Key": {
        "schema": _TEXT | {"pattern": "^[!-~]{1,255}$", "maxLength": 255},
        "description": "A word that is new for every change, and the same when it is sent again:"
        " what was done is not done twice, and answered as before, for a day.",
    },
}
ALWAYS = {401, 403, 429, 500}
OF_WRITES = {400, 404, 409, 412, 413, 415, 422}


class KithSchema(AutoSchema):
    """Describes operations with their errors, and the scope that a token needs for them."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Return the description of an operation."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for name, schema in _COMPONENTS.items():
            self._component(name, ResolvedComponent.SCHEMA, schema)
        self._tell_conditions(operation)
        for code in sorted(self._errors(operation)):
            shared = self._component(f"Problem{code}", ResolvedComponent.RESPONSE, _response(code))
            operation["responses"].setdefault(str(code), shared)
        return operation

    def _get_paginator(self) -> Any:
        """Return what makes pages: what is written has none, be it many."""
        paginator: Any = super()._get_paginator()  # type: ignore[no-untyped-call]
        return paginator if self.method == "GET" else None

    def is_deprecated(self) -> Any:
        """Return whether the operation is going away."""
        found = deprecation_of(self.view, self.method, getattr(self.view, "action", None))
        return found is not None or super().is_deprecated()

    def _tell_conditions(self, operation: dict[str, Any]) -> None:
        """Add the headers by which a client says what it has, or that it asks again."""
        headers = {"GET": ["If-None-Match"], "POST": ["Idempotency-Key"]}
        for name in headers.get(self.method, ["Idempotency-Key", "If-Match"]):
            parameter = {"name": name, "in": "header", **HEADERS[name]}
            shared = self._component(name, ResolvedComponent.PARAMETER, parameter)
            operation.setdefault("parameters", []).append(shared)
        answer = operation["responses"].get("200", {})
        if self.method == "GET" and "application/json" in answer.get("content", {}):
            answer["headers"] = {"ETag": {"schema": _TEXT}}
            operation["responses"]["304"] = {"description": "The client has it already"}

    def _component(self, name: str, kind: str, described: dict[str, Any]) -> Any:
        """Return the reference to what operations have in common."""
        described = deepcopy(described)  # drf-spectacular changes what it is given
        component: Any = ResolvedComponent(name, kind, described, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return component.ref

    def get_extensions(self) -> dict[str, Any]:
        """Return which scope a token needs."""
        return {**super().get_extensions(), "x-scope": self._scope()}

    def _errors(self, operation: dict[str, Any]) -> set[int]:
        """Return the statuses of what can go wrong."""
        if self.method not in SAFE_METHODS:
            return ALWAYS | OF_WRITES
        parameters = operation.get("parameters", ())
        places = {each.get("in") for each in parameters}
        # Of somebody who shares nothing, there is nothing.
        found = "path" in places or any(each.get("name") == "owner" for each in parameters)
        return ALWAYS | ({400} if "query" in places else set()) | ({404} if found else set())

    def _scope(self) -> str:
        """Return the scope: reading, saying who is who, or everything."""
        if self.method in SAFE_METHODS:
            return "read"
        labels = getattr(self.view, "label_actions", ())
        return "label" if getattr(self.view, "action", None) in labels else "manage"


def _response(code: int) -> dict[str, Any]:
    headers = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return {
        "description": WHY[code],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"headers": headers} if code == 429 else {}),
    }
