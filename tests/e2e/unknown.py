"""Somebody whose faces of people nobody has named are grouped."""

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.album import copy_photos
from tests.e2e.client import read, train
from tests.e2e.house import Guest, House

# Where the same two dozen people stand together.
PHOTOS = ("summit_000.jpg", "summit_006.jpg", "summit_008.jpg", "summit_019.jpg")


def crowd(house: House, name: str, shared: Path, folder: Path) -> Guest:
    """Take in a guest with photos of a crowd."""
    return house.guest(name, copy_photos(shared, folder, *PHOTOS))


def visit(guest: Guest, page: Page, address: str) -> None:
    """Go to an address; the faces are grouped by then."""
    guest.visit(page)
    if not read(page, guest.base, "trainings/")["results"]:
        train(page, guest.base)
    page.goto(guest.base + address)


def api(page: Page, address: str) -> str:
    """Return an address of the API that serves the page."""
    return re.sub(r"^(https?://[^/]+).*", rf"\1/api/{address}", page.url)
