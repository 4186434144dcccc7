"""How often somebody may ask: counts of a minute, in the cache that all processes share."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from project.addresses import client_address

MINUTE = 60
SIGN_INS = 30  # tries a minute of one address, by all doors together


def within(name: str, who: object, most: int) -> bool:
    """Count one more of ``who`` in this minute; return whether it is not more than ``most``.

    Without a Redis everybody is let through: it is no reason for Kith to stop.
    """
    key = f"{name}:{who}:{int(time.time()) // MINUTE}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return cache.incr(key) <= most
    except (RedisError, ValueError):  # gone, or emptied just now
        return True


def seconds_left() -> int:
    """Return when the next minute begins."""
    return MINUTE - int(time.time()) % MINUTE


class PerMinute(BaseThrottle):
    """So many requests a minute may a user send to the API; pictures are not counted.

    A view lists in ``picture_actions`` the actions that send one.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return whether this one may come through."""
        most = settings.API_RATE
        if not most or getattr(view, "action", None) in getattr(view, "picture_actions", ()):
            return True
        return within("api", request.user.pk or client_address(request._request), most)

    def wait(self) -> float:
        """Return after how many seconds to come back."""
        return seconds_left()


def limited(
    name: str, *, most: int
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Return a decorator of views that answers an address so many times a minute.

    What only shows a form that nobody has filled in yet is not counted.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            counts = request.method == "POST" or bool(kwargs)
            if counts and not within(name, client_address(request), most):
                words = _("Too many tries. Wait a minute, then try again.")
                wait = {"Retry-After": str(seconds_left())}
                return HttpResponse(words, status=429, content_type="text/plain", headers=wait)
            return view(request, *args, **kwargs)

        return answer

    return decorate
