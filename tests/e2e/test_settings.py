"""All settings on their page: by keyboard, with reasons, and the button that is needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.album import copy_photos
from tests.e2e.conftest import PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith


@pytest.fixture(scope="module")
def base(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kith of its own, since its settings are everybody's; the environment says one of them."""
    photos = copy_photos(shared, tmp_path_factory.mktemp("photos"), "friends_003.jpg")
    with temporary_home() as home:
        running = Kith(
            home, str(photos), KITH_ADMIN_PASSWORD=PASSWORD, KITH_WORKERS="1", KITH_JITTERS="2"
        )
        running.wait_for("Kith is at")
        yield f"http://127.0.0.1:{running.port}/"
        assert running.end() == 0


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}login/?next=/settings/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All settings")).to_be_visible()


def test_a_setting_is_refused_with_the_reason_then_saved_and_acted_upon(
    base: str, page: Page
) -> None:
    sign_in(page, base)
    upsampling = page.get_by_label("Upsampling")
    upsampling.focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.get_by_text("7 is not a whole number from 0 to 3")).to_be_visible()
    expect(upsampling).to_be_focused()
    expect(upsampling).to_have_value("7")

    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0")
    page.get_by_label("Least faces").fill("20, 10, 3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The settings are saved.")).to_be_in_viewport()
    expect(upsampling).to_have_value("0")
    expect(page.get_by_role("button", name="Train now")).to_be_visible()
    page.get_by_role("button", name="Rescan now").press("Enter")
    expect(page.get_by_text("Rescan of").first).to_be_visible()


def test_what_the_environment_says_cannot_be_changed_here(base: str, page: Page) -> None:
    sign_in(page, base)
    expect(page.get_by_label("Jitters")).to_be_disabled()
    expect(page.get_by_label("Jitters")).to_have_value("2")
    expect(page.get_by_text("KITH_JITTERS says it")).to_be_visible()


def test_without_script_settings_are_saved_too(base: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, base)
    page.get_by_label("Every night").select_option("on")
    page.get_by_label("Time of the night").fill("4:30")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    expect(page.get_by_label("Time of the night")).to_have_value("04:30")
    expect(page.get_by_label("Every night")).to_have_value("on")
    context.close()
