"""The request that is being answered, for signals that are not told of it."""

from collections.abc import Callable
from contextvars import ContextVar

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_answering: ContextVar[HttpRequest | None] = ContextVar("answering", default=None)


def remember_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that keeps the request in mind while it is answered."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        token = _answering.set(request)
        try:
            return get_response(request)
        finally:
            _answering.reset(token)

    return answer


def request_now() -> HttpRequest | None:
    """Return the request that is being answered; None in jobs and commands."""
    return _answering.get()


def who_is_asking() -> User | None:
    """Return who sent it, if that is somebody who has signed in."""
    user = getattr(request_now(), "user", None)
    return user if isinstance(user, User) else None
