"""A Kith that has grouped the faces of people nobody has named."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith

# Where the same two dozen people stand together.
PHOTOS = ("summit_000.jpg", "summit_006.jpg", "summit_008.jpg", "summit_019.jpg")


@contextmanager
def grouped_kith(shared: Path, album: Path) -> Iterator[Kith]:
    """Give a Kith that has looked at a few photos; sign_in has it train."""
    for photo in PHOTOS:
        shutil.copy(shared / "photos" / "album" / "summits" / photo, album)
    with temporary_home() as home:
        running = Kith(home, str(album), KITH_ADMIN_PASSWORD=PASSWORD, KITH_WORKERS="2")
        running.wait_for("Scan finished", 180)
        yield running
        assert running.end() == 0


def sign_in(kith: Kith, page: Page, address: str) -> None:
    """Sign in and go to an address; the faces are grouped by then."""
    page.goto(f"http://127.0.0.1:{kith.port}/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_visible()
    if not page.request.get(api(page, "trainings/")).json()["results"]:
        train.click()
        expect(page.get_by_text("Training finished")).to_be_visible(timeout=60_000)
    page.goto(f"http://127.0.0.1:{kith.port}{address}")


def api(page: Page, address: str) -> str:
    """Return an address of the API that serves the page."""
    return re.sub(r"^(https?://[^/]+).*", rf"\1/api/{address}", page.url)
