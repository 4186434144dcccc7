"""Signed addresses of stored images: who was given one may look, and the database rests.

A page shows hundreds of them, and each is asked for on its own. An address names its file, version
and week, and nobody can make one up; lists give them only to those who may see the rows. It changes
with the version and each week, and holds until the end of the week after.
"""

import time
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_safe

from project.sending import HARMLESS, IMMUTABLE, left_to_nginx
from project.variants import AUTO, KINDS, SIZES, best_kind, kind_of, variant

WEEK = 7 * 24 * 3600  # seconds
SIGNATURE_LENGTH = 32  # hexadecimal digits: 128 bits


def image_address(name: str, version: int) -> str:
    """Return where an image of the storage can be looked at, this week and the next."""
    week = _this_week()
    return reverse("image", args=[version, week, _signature(name, version, week), name])


def stored_image(name: str, *, vary: bool = False) -> HttpResponseBase:
    """Send an image from the storage; its address has a version, so that clients may keep it.

    ``vary`` says that another client might get another format.
    """
    kind = kind_of(name)
    response: HttpResponseBase | None = None
    if default_storage.exists(name):
        response = left_to_nginx(Path(default_storage.path(name)), kind)
    try:
        response = response or FileResponse(default_storage.open(name), content_type=kind)
    except FileNotFoundError:
        raise Http404("This image has not been made yet.") from None
    for header, value in {**HARMLESS, "Cache-Control": IMMUTABLE}.items():
        response.headers[header] = value
    if vary:
        patch_vary_headers(response, ["Accept"])
    return response


def image_as_asked(
    name: str, *, size: int | None, kind: str | None, accept: str
) -> HttpResponseBase:
    """Send an image in a size and format, made when it is first asked for; WebP without one.

    For the format AUTO the client's ``Accept`` decides.
    """
    try:
        chosen = best_kind(accept) if kind == AUTO else kind or "webp"
        return stored_image(variant(name, size, chosen), vary=kind == AUTO)
    except OSError:
        raise Http404("This image has not been made yet, or is damaged.") from None


@login_not_required
@require_safe
def image(
    request: HttpRequest, version: int, week: int, signature: str, name: str
) -> HttpResponseBase:
    """Send the image of a signed address; 404 for one that was made up or is too old.

    Whoever may see a picture may have it smaller, and in another format, by ``?size=…&type=…``.
    """
    if not constant_time_compare(signature, _signature(name, version, week)) or week not in (
        _this_week(),
        _this_week() - 1,
    ):
        raise Http404("This address is not valid any more.")
    size, kind = request.GET.get("size"), request.GET.get("type")
    if size not in (None, *map(str, SIZES)) or kind not in (None, AUTO, *KINDS):
        raise Http404("There is no such size or format.")
    accept = request.headers.get("Accept", "")
    return image_as_asked(name, size=int(size) if size else None, kind=kind, accept=accept)


def _this_week() -> int:
    return int(time.time()) // WEEK


def _signature(name: str, version: int, week: int) -> str:
    value = f"{version}/{week}/{name}"
    return salted_hmac(__name__, value, algorithm="sha256").hexdigest()[:SIGNATURE_LENGTH]
