"""Answers that a client has already, and changes to what it has seen.

An ``ETag`` is of the bytes of an answer. ``If-None-Match`` spares sending them again;
``If-Match`` at a change says which answer it was made from.
"""

import copy
from collections.abc import Callable
from zlib import crc32

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from project.api.errors import PROBLEM, problem

CHANGES = {"PATCH", "PUT", "DELETE"}
LOCK = 0x6B697468  # «kith», beside the address: its conditional changes come one by one

Answering = Callable[[HttpRequest], HttpResponseBase]


def with_tag(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return an answer of JSON with its tag; 304 where the client has it."""
    if not isinstance(response, HttpResponse) or "Cache-Control" in response:
        return response
    if not response.headers.get("Content-Type", "").startswith("application/"):
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    if "ETag" not in response:  # a view may know better what is news
        set_response_etag(response)
    tag = response.headers["ETag"]
    return get_conditional_response(request, etag=tag, response=response) or response


def if_unchanged(request: HttpRequest, answer: Answering) -> HttpResponseBase:
    """Do a change, unless its client has seen something else than is there: then 412.

    Such changes come one after another, so that of two that have seen the same one is done.
    """
    if "If-Match" not in request.headers or request.method not in CHANGES:
        return answer(request)
    with transaction.atomic():
        with connection.cursor() as cursor:
            place = crc32(request.path.encode()) - (1 << 31)
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, place])
        now = answer(_reading(request))
        if now.status_code not in (200, 405):
            return now  # it is not there, or not to be seen by this token
        if now.status_code == 405 or not isinstance(now, HttpResponse):
            return _refusal("Nothing here has a tag: send no If-Match.")
        set_response_etag(now)
        if get_conditional_response(request, etag=now.headers["ETag"]) is not None:
            return _refusal("It has changed since: read it again.")
        response = answer(request)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _refusal(words: str) -> HttpResponse:
    return JsonResponse(problem(412, words), status=412, content_type=PROBLEM)


def _reading(request: HttpRequest) -> HttpRequest:
    """Return a request for what a change is about."""
    reading = copy.copy(request)
    reading.method = "GET"
    reading.GET = QueryDict()
    reading.META = {
        name: value
        for name, value in request.META.items()
        if name not in ("QUERY_STRING", "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_IF_MATCH")
    }
    return reading
