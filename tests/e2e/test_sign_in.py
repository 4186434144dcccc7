"""The first minute: the link that the terminal prints, and the empty pages behind it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith


@pytest.fixture(scope="module")
def kith(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kith]:
    """A Kith that was started for the first time, on a folder without photos."""
    with temporary_home() as home:
        running = Kith(home, str(tmp_path_factory.mktemp("empty")))
        running.wait_for("Kith is at")
        yield running
        assert running.end() == 0


def test_the_printed_link_lets_the_first_user_choose_a_password_once(
    kith: Kith, page: Page
) -> None:
    link = kith.wait_for(r"http://\S+/welcome/\S+").group()
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(link)
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.goto(link.split("/welcome/")[0])
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()


def test_pages_say_nothing_to_strangers(kith: Kith, page: Page) -> None:
    base = f"http://127.0.0.1:{kith.port}"
    for address in ("/", "/settings/", "/jobs/"):
        page.goto(base + address)
        expect(page).to_have_url(re.compile("/login/"))
