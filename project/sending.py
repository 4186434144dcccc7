"""Sending files so that a browser does nothing with them but show or save them.

Behind nginx the check is done here, and nginx sends the file (``KITH_ACCEL``).
"""

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse

# Whatever a file holds, no script in it runs, and nothing guesses that it might be a page.
HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
IMMUTABLE = "private, max-age=31536000, immutable"


def left_to_nginx(path: Path, kind: str) -> HttpResponse | None:
    """Return the answer that has nginx send a file of the disk; None where Kith does it itself."""
    prefix = settings.KITH_ACCEL
    if not prefix:
        return None
    inner = f"/{prefix.strip('/')}{quote(str(path), errors='surrogateescape')}"
    return HttpResponse(content_type=kind, headers={**HARMLESS, "X-Accel-Redirect": inner})
