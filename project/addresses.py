"""Where a request came from, and what a proxy may say of it."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)


def client_address(request: HttpRequest) -> str | None:
    """Return the address of whoever asks; None where there is none, as on a Unix socket."""
    address = _address(request.META.get("REMOTE_ADDR", ""))
    return str(address) if address else None


def heed_trusted_proxies(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware that believes a proxy of KITH_TRUSTED_PROXIES, and nobody else.

    What it says of address and scheme becomes that of the request; the like from others is removed,
    so that nothing further in can be deceived by it.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if _is_trusted(request.META.get("REMOTE_ADDR", "")):
            said = request.META.get("HTTP_X_FORWARDED_FOR", "")
            for hop in reversed([hop.strip() for hop in said.split(",") if hop.strip()]):
                request.META["REMOTE_ADDR"] = hop
                if not _is_trusted(hop):
                    break
        else:
            for name in FORWARDED:
                request.META.pop(name, None)
        return get_response(request)

    return answer


def _is_trusted(text: str) -> bool:
    address = _address(text)
    if address is None:
        return False
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # As a socket for both kinds has it.
    return getattr(address, "ipv4_mapped", None) or address
