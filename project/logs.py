"""Lines of the log: of which request or job each is, for people or for programs."""

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
KEPT = "kith.request"  # in a request's META, since Django logs what is outside of all middleware
NUMBER = re.compile(r"[\w-]{1,64}", re.ASCII)  # what a proxy may call a request

_request: ContextVar[str] = ContextVar("request", default="")
_job: ContextVar[int | None] = ContextVar("job", default=None)


def number_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that gives each request an id, or takes a proxy's, and tells it in the answer."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        said = request.headers.get(HEADER, "")
        number = said if NUMBER.fullmatch(said) else uuid.uuid4().hex
        request.META[KEPT] = number
        token = _request.set(number)
        try:
            response = get_response(request)
            response.headers[HEADER] = number
            return response
        finally:
            _request.reset(token)

    return answer


@contextmanager
def at_job(number: int) -> Iterator[None]:
    """Let the lines that are logged meanwhile be of a job."""
    token = _job.set(number)
    try:
        yield
    finally:
        _job.reset(token)


class Origin(logging.Filter):
    """Adds to a line its ``request_id`` or ``job_id``, and either in words as ``origin``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all lines through."""
        told = getattr(getattr(record, "request", None), "META", {})
        request, job = _request.get() or told.get(KEPT, ""), _job.get()
        record.request_id, record.job_id = request or None, job
        words = [f"request {request}"] * bool(request) + [f"job {job}"] * (job is not None)
        record.origin = f" [{', '.join(words)}]" if words else ""
        return True


def log_format(name: str) -> dict[str, Any]:
    """Return the formatter of KITH_LOG_FORMAT."""
    if name == "json":
        return {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s %(job_id)s",
            "timestamp": "at",
            "rename_fields": {
                "levelname": "level",
                "name": "logger",
                "request_id": "request",
                "job_id": "job",
            },
            "reserved_attrs": RESERVED,
        }
    return {"format": "%(asctime)s %(levelname)s %(name)s%(origin)s: %(message)s"}


# What a line has besides, which nobody asked to be told of.
RESERVED = [
    *vars(logging.makeLogRecord({})),
    *("message", "asctime", "origin", "request", "request_id", "job_id", "status_code", "taskName"),
]
