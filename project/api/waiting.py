"""Long poll: an answer may wait until there is something new (``Prefer: wait=20``, RFC 7240).

A request that waits keeps a thread of its web process from others: so there are places for a few,
beside the threads that pages need. Whoever finds none is answered at once, and told to come back.
"""

import re
import time
from collections.abc import Callable
from threading import BoundedSemaphore

from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

PLACES = 8  # of a web process
LONGEST = 30  # seconds
LOOK_EVERY = 0.5  # seconds; each look is one small query
COME_BACK_IN = 5  # seconds, where no place is free

PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="«wait=20»: answer when there is news, or after so many seconds, at most"
    f" {LONGEST}. With «Retry-After» in the answer too many wait already: come back then.",
)
_places = BoundedSemaphore(PLACES)


class Patience:
    """How long a request would wait for news, and whether it did."""

    def __init__(self, request: Request) -> None:
        preferences = request.headers.get("Prefer", "")
        asked = re.search(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,5})"?\s*(?:[,;]|$)', preferences, re.I)
        self.seconds = min(int(asked[1]), LONGEST) if asked else 0
        self.found_place = True

    def wait_for(self, news: Callable[[], bool]) -> None:
        """Return when there is news, or the time is over; at once where too many wait."""
        if not self.seconds or news():
            return
        self.found_place = _places.acquire(blocking=False)
        if not self.found_place:
            return
        try:
            end = time.monotonic() + self.seconds
            while time.monotonic() < end:
                time.sleep(LOOK_EVERY)
                if news():
                    return
        finally:
            _places.release()

    def noted_on(self, response: Response) -> Response:
        """Tell in the answer what came of the wish."""
        patch_vary_headers(response, ["Prefer"])
        if not self.found_place:
            response["Retry-After"] = str(COME_BACK_IN)
        elif self.seconds:
            response["Preference-Applied"] = f"wait={self.seconds}"
        return response
