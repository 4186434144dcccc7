"""What browsers are told about every answer, besides Django's own headers."""

from collections.abc import Callable

from csp.constants import UNSAFE_INLINE
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADERS = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # No page of others shows our pictures, though their addresses be known.
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages of django-rq, for staff alone, have scripts and styles in their text.
FOREIGN_PAGES = "/admin/queues/"
FOREIGN_POLICY = {"script-src": [UNSAFE_INLINE], "style-src": [UNSAFE_INLINE]}


def add_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that adds them."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, words in HEADERS.items():
            response.headers.setdefault(name, words)
        if request.path.startswith(FOREIGN_PAGES):
            response._csp_update = FOREIGN_POLICY  # type: ignore[attr-defined]
        return response

    return answer
