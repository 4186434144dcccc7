"""What of the API goes away, and when: told in headers (RFC 9745, RFC 8594) and the schema."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import http_date


@dataclass(frozen=True)
class Deprecation:
    """An operation that goes away; ``instead`` is the address of what takes its place.

    A view lists its own under the names of their actions, or of their methods in small letters:
    ``deprecated = {"list": Deprecation(...)}``.
    """

    since: date
    sunset: date  # the first day on which it may be gone, at least half a year later
    instead: str

    def headers(self) -> dict[str, str]:
        """Return what every answer says of it."""
        return {
            "Deprecation": f"@{_seconds(self.since)}",
            "Sunset": http_date(_seconds(self.sunset)),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }


def deprecation_of(view: Any, method: str, action: str | None) -> Deprecation | None:
    """Return whether, and since when, an operation of a view is going away."""
    found = getattr(view, "deprecated", {}).get(action or method.lower())
    return found if isinstance(found, Deprecation) else None


def tell_deprecation(request: HttpRequest, response: HttpResponseBase) -> None:
    """Add the headers to the answer of what is going away."""
    func: Any = request.resolver_match and request.resolver_match.func
    method = (request.method or "").lower()
    action = (getattr(func, "actions", None) or {}).get(method)
    if found := deprecation_of(getattr(func, "cls", None), method, action):
        for name, value in found.headers().items():
            response.headers[name] = value


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp())
