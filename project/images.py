"""Signed addresses of stored images: who was given one may look, and the database rests.

A page shows hundreds of them, and each is asked for on its own. An address names its file, version
and week, and nobody can make one up; lists give them only to those who may see the rows. It changes
with the version and each week, and holds until the end of the week after.
"""

import time

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_safe

WEEK = 7 * 24 * 3600  # seconds
SIGNATURE_LENGTH = 32  # hexadecimal digits: 128 bits


def image_address(name: str, version: int) -> str:
    """Return where an image of the storage can be looked at, this week and the next."""
    week = _this_week()
    return reverse("image", args=[version, week, _signature(name, version, week), name])


def stored_image(name: str) -> FileResponse:
    """Send an image from the storage; its address has a version, so that clients may keep it."""
    try:
        content = default_storage.open(name)
    except FileNotFoundError:
        raise Http404("This image has not been made yet.") from None
    return FileResponse(
        content,
        content_type="image/webp",
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


@login_not_required
@require_safe
def image(
    _request: HttpRequest, version: int, week: int, signature: str, name: str
) -> FileResponse:
    """Send the image of a signed address; 404 for one that was made up or is too old."""
    if not constant_time_compare(signature, _signature(name, version, week)) or week not in (
        _this_week(),
        _this_week() - 1,
    ):
        raise Http404("This address is not valid any more.")
    return stored_image(name)


def _this_week() -> int:
    return int(time.time()) // WEEK


def _signature(name: str, version: int, week: int) -> str:
    value = f"{version}/{week}/{name}"
    return salted_hmac(__name__, value, algorithm="sha256").hexdigest()[:SIGNATURE_LENGTH]
