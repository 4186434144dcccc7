"""The pages of jobs by keyboard: pause, resume, look at what failed, try it again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.album import copy_album
from tests.e2e.client import read, write
from tests.e2e.house import Guest, House

MOST_PRESSES = 60


@pytest.fixture(scope="module")
def album(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos enough to be scanned for a while, and a file that cannot be read."""
    folder = copy_album(shared, tmp_path_factory.mktemp("album"), 30)
    (folder / "empty.jpg").touch()
    return folder


@pytest.fixture(scope="module")
def guest(house: House, album: Path) -> Guest:
    return house.guest("jobs", album)


def test_a_job_is_paused_resumed_and_cancelled_by_keyboard(guest: Guest, page: Page) -> None:
    base = guest.base
    guest.enter(page)
    library = read(page, base, "libraries/")["results"][0]["id"]
    job = write(page, base, f"libraries/{library}/rescan/", {})
    page.goto(f"{base}/jobs/{job['id']}/")
    badge = page.locator("h2 .badge")
    press_until_focused(page, button(page, "Pause"))
    page.keyboard.press("Enter")
    expect(badge).to_have_text("Paused", timeout=5_000)
    expect(button(page, "Resume")).to_be_focused()
    expect(page.get_by_text(re.compile("Paused by jobs"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(badge).to_have_text("Running", timeout=5_000)
    press_until_focused(page, button(page, "Cancel"))
    page.keyboard.press("Enter")
    expect(badge).to_have_text("Cancelled", timeout=5_000)
    expect(page.get_by_text(re.compile("Cancelled by jobs"))).to_be_visible()


def test_what_failed_is_found_and_tried_again_by_keyboard(
    guest: Guest, page: Page, album: Path
) -> None:
    guest.visit(page, "/jobs/")
    first = page.get_by_role("link", name=re.compile("^Scan of"))
    press_until_focused(page, first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="empty.jpg")).to_be_visible()
    press_until_focused(page, page.get_by_role("link", name="Failed", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("outcome=failed"))
    (album / "empty.jpg").write_bytes(next(album.glob("*.jpg")).read_bytes())
    press_until_focused(page, page.get_by_role("button", name="Retry: empty.jpg"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Scan of .* finished"))).to_be_visible(timeout=60_000)


def button(page: Page, text: str) -> Locator:
    return page.locator("main job-actions").get_by_role("button", name=text)


def press_until_focused(page: Page, place: Locator) -> None:
    expect(place).to_be_visible()
    for _ in range(MOST_PRESSES):
        if place.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{place} is not reached with Tab")
