"""Signed addresses of stored images: who was given one may look, and the database rests.

A page shows hundreds of them, and each is asked for on its own. An address names its file, version
and week, and nobody can make one up; lists give them only to those who may see the rows. It changes
with the version and each week, and holds until the end of the week after.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_safe

from project.sending import HARMLESS, IMMUTABLE, left_to_nginx
from project.storage.base import StorageAwayError
from project.storage.names import KINDS, SIZES, kind_of, variant_name
from project.variants import AUTO, best_kind, make_variant

WEEK = 7 * 24 * 3600  # seconds
SIGNATURE_LENGTH = 32  # hexadecimal digits: 128 bits


def image_address(name: str, version: int) -> str:
    """Return where an image of the storage can be looked at, this week and the next."""
    week = _this_week()
    return reverse("image", args=[version, week, _signature(name, version, week), name])


def stored_image(
    name: str, *, make: Callable[[], object] | None = None, vary: bool = False
) -> HttpResponseBase:
    """Send an image from the storage; its address has a version, so that clients may keep it.

    ``make`` makes it where it is not there yet. ``vary`` says that another client might get another
    format. 503 where the storage is away, so that a page misses the picture for now.
    """
    try:
        try:
            response = _from_storage(name)
        except FileNotFoundError:
            if make is None:
                raise
            make()
            response = _from_storage(name)
    except StorageAwayError:
        return _away()
    except FileNotFoundError:
        raise Http404("This image has not been made yet.") from None
    for header, value in {**HARMLESS, "Cache-Control": IMMUTABLE}.items():
        response.headers[header] = value
    if vary:
        patch_vary_headers(response, ["Accept"])
    return response


def _from_storage(name: str) -> HttpResponseBase:
    """Send what the storage has under a name, by one request to it, or leave it to nginx."""
    kind = kind_of(name)
    path = _path_of(name) if settings.KITH_ACCEL else None
    left = left_to_nginx(path, kind) if path is not None and path.is_file() else None
    return left or FileResponse(default_storage.open(name), content_type=kind)


def _path_of(name: str) -> Path | None:
    """Return where nginx finds a picture: nowhere, if it is no file."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def _away() -> HttpResponse:
    return HttpResponse(
        "The storage of pictures does not answer.",
        status=503,
        content_type="text/plain",
        headers={"Retry-After": "10", "Cache-Control": "no-store"},
    )


def image_as_asked(
    name: str, *, size: int | None, kind: str | None, accept: str
) -> HttpResponseBase:
    """Send an image in a size and format, made when it is first asked for; WebP without one.

    For the format AUTO the client's ``Accept`` decides.
    """
    try:
        chosen = best_kind(accept) if kind == AUTO else kind or "webp"
        wanted = variant_name(name, size, chosen)
        make = partial(make_variant, name, size, chosen)
        return stored_image(wanted, make=make, vary=kind == AUTO)
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
