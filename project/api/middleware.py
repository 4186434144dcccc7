"""What happens to every request of the API around its view."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from project.api.conditional import if_unchanged, with_tag
from project.api.deprecation import tell_deprecation
from project.api.errors import is_of_api
from project.api.idempotency import answer_once

Answering = Callable[[HttpRequest], HttpResponseBase]


class ApiMiddleware:
    """Comes last, next to the view: its answers are whole, and its errors are answers."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
        if not is_of_api(request):
            return self.get_response(request)
        response = answer_once(request, lambda each: if_unchanged(each, self.get_response))
        tell_deprecation(request, response)
        return with_tag(request, response)
