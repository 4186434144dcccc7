"""Errors as the API tells them: problem details (RFC 9457), for every kind of error the same."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import csrf, defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from project.storage.base import StorageAwayError

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
KIND = "urn:kith:problem:"
# What an error is called that Kith or REST framework raises; else its status has a word of its own.
KINDS = {
    "invalid": "Invalid input",
    "malformed": "The body cannot be read",
    "not-signed-in": "Not signed in",
    "forbidden": "Not allowed",
    "not-found": "There is no such thing here",
    "method-not-allowed": "This cannot be done here",
    "not-acceptable": "No such form of answer",
    "conflict": "It cannot be done as things stand",
    "changed": "It has changed since",
    "too-large": "Too large",
    "unsupported-media-type": "This kind of body is not taken here",
    "key-used-otherwise": "The key belongs to another request",
    "too-many-requests": "Too many requests",
    "server-error": "Kith had an error",
    "away": "The storage of pictures does not answer",
    "other": "It could not be done",
}
_BY_STATUS = {
    400: "invalid", 401: "not-signed-in", 403: "forbidden", 404: "not-found",
    405: "method-not-allowed", 406: "not-acceptable", 409: "conflict", 412: "changed",
    413: "too-large", 415: "unsupported-media-type", 422: "key-used-otherwise",
    429: "too-many-requests", 500: "server-error", 503: "away",
}  # fmt: skip
MOST_IN_DETAIL = 5  # bad inputs that the one line of «detail» repeats


class BadInput(TypedDict):
    """What is wrong with one input; ``field`` is empty where it is not about one of them."""

    field: str
    detail: str
    code: str


class Conflict(exceptions.APIException):
    """It cannot be done as things stand."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("It cannot be done as things stand.")
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    """More than is taken at a time."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("This is too large.")
    default_code = "too_large"


class Away(exceptions.APIException):
    """The storage of pictures does not answer; it may be tried again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("The storage of pictures does not answer. Try again in a while.")
    default_code = "away"


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error of a view; None for one that nobody expected, which is told as a 500."""
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, StorageAwayError):
        logger.error("%s", error)
        error = Away()
    response = exception_handler(error, context)
    if response is not None:
        response.data = problem(response.status_code, response.data, kind=_kind_of(error))
        response.content_type = PROBLEM
    return response


def problem(status_code: int, said: Any = "", *, kind: str = "") -> dict[str, Any]:
    """Return the problem details of what REST framework, or somebody else, has to say."""
    kind = kind or _BY_STATUS.get(status_code, "other")
    if isinstance(said, Mapping) and set(said) == {"detail"}:
        said = said["detail"]
    bad = list(_bad_inputs(said)) if kind == "invalid" else []
    texts = list(dict.fromkeys(each["detail"] for each in bad[:MOST_IN_DETAIL]))
    return {
        "type": KIND + kind,
        "title": KINDS[kind],
        "status": status_code,
        "detail": " ".join(texts) or str(said) or HTTPStatus(status_code).phrase,
        **({"errors": bad} if kind == "invalid" else {}),
    }


def _kind_of(error: Exception) -> str:
    """Return the kind, where the status alone does not tell it."""
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return "not-signed-in"  # with 403 where nobody can say how to sign in
    return "malformed" if isinstance(error, exceptions.ParseError) else ""


def _bad_inputs(said: Any, path: tuple[str, ...] = ()) -> Iterator[BadInput]:
    """Yield each message of nested dicts and lists, with the path that leads to it."""
    if isinstance(said, Mapping):
        for name, inner in said.items():
            whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _bad_inputs(inner, path if whole else (*path, str(name)))
    elif isinstance(said, Sequence) and not isinstance(said, str):
        for place, inner in enumerate(said):
            # A list of messages is about one input, a list of dicts about each of several.
            several = isinstance(inner, Mapping | list)
            yield from _bad_inputs(inner, (*path, str(place)) if several else path)
    else:
        code = str(getattr(said, "code", "invalid"))
        yield {"field": ".".join(path), "detail": str(said), "code": code}


def is_of_api(request: HttpRequest) -> bool:
    """Return whether an address is the API's, be it that there is nothing at it."""
    return request.path.startswith("/api/")


def _answer(status_code: int, said: str = "") -> JsonResponse:
    return JsonResponse(problem(status_code, said), status=status_code, content_type=PROBLEM)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django refuses before a view sees it."""
    if not is_of_api(request):
        return defaults.bad_request(request, exception)
    return _answer(413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what somebody may not do."""
    return _answer(403) if is_of_api(request) else defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that there is not."""
    if not is_of_api(request):
        return defaults.page_not_found(request, exception)
    return _answer(404, "There is no such address; /api/docs/ lists them.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody expected; the log has it, the answer says nothing of it."""
    if not is_of_api(request):
        return defaults.server_error(request)
    return _answer(500, "The log of the server says more.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a write that comes from another site, or without the token of this one."""
    if not is_of_api(request):
        return csrf.csrf_failure(request, reason)
    return _answer(403, f"CSRF Failed: {reason}")
