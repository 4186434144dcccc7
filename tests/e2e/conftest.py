"""A running Kith and a real browser, signed in."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.house import House
from tests.services import temporary_home
from tests.supervisor import Kith

PASSWORD = "correct-horse-battery"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
POLICY = "Content Security Policy"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium, or set CHROMIUM.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The Kith that modules are guests in."""
    with temporary_home() as home:
        nothing = tmp_path_factory.mktemp("nothing")
        kith = Kith(home, str(nothing), KITH_ADMIN_PASSWORD=PASSWORD, KITH_WORKERS="2")
        kith.wait_for("Kith is at")
        house = House(kith)
        yield house
        house.keeper.end()
        assert kith.end() == 0


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test if a script on it fails, or breaks the policy of the pages."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if POLICY in line.text else None)
    yield page
    context.close()
    assert errors == []
