"""Sharing a library in the browser, and looking into what is shared."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.house import Guest, House

PHOTOS = """
from django.contrib.auth.models import User
from tests.factories import *
owner = User.objects.get(username=name)
library = make_library(owner)
make_face(make_photo(library), person=make_person("Ann", owner))
"""


@pytest.fixture(scope="module")
def owner(house: House) -> Guest:
    guest = house.guest("sharing-owner")
    guest.run(PHOTOS)
    return guest


@pytest.fixture(scope="module")
def friend(house: House) -> Guest:
    """Somebody who has no library."""
    return house.guest("sharing-friend")


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """The browser of the friend."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def open_dialog(page: Page, guest: Guest) -> Locator:
    guest.visit(page, "/settings/")
    page.get_by_role("button", name="Share Pictures").click()
    return page.get_by_role("dialog", name="Share Pictures")


def test_a_library_is_shared_looked_into_and_shared_no_more(
    page: Page, other: Page, owner: Guest, friend: Guest
) -> None:
    friend.visit(other)
    expect(other.get_by_role("heading", name="No photos yet")).to_be_visible()

    dialog = open_dialog(page, owner)
    expect(dialog).to_contain_text("Only you see it.")
    dialog.get_by_label("With whom").select_option("sharing-friend")
    dialog.get_by_role("button", name="Share", exact=True).click()
    role = dialog.get_by_label("What sharing-friend may do")
    expect(role).to_have_value("viewer")

    # Whoever has nothing else sees it at once, and may look.
    other.reload()
    expect(other.get_by_label("Photos of").locator("option:checked")).to_have_text("sharing-owner")
    friend.visit(other, "/?tab=labelled")
    expect(other.get_by_text("Ann").first).to_be_visible()
    expect(other.get_by_role("link", name="History")).to_be_hidden()
    expect(other.get_by_role("button", name="Train")).to_be_hidden()

    role.select_option("labeller")
    expect(page.get_by_text("sharing-friend: looks, and says who is who.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("link", name="History")).to_be_visible()

    dialog.get_by_role("button", name="Share no more with sharing-friend").click()
    expect(dialog).to_contain_text("Only you see it.")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    friend.visit(other)
    expect(other.get_by_role("heading", name="No photos yet")).to_be_visible()


def test_the_dialog_is_used_by_keyboard_and_gives_the_focus_back(page: Page, owner: Guest) -> None:
    owner.visit(page, "/settings/")
    button = page.get_by_role("button", name="Share Pictures")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Share Pictures")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_dialog_fits_a_phone(
    browser: Browser, owner: Guest, friend: Guest, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        color_scheme=theme, viewport={"width": 390, "height": 780}, reduced_motion="reduce"
    )
    page = context.new_page()
    dialog = open_dialog(page, owner)
    dialog.get_by_label("With whom").select_option(friend.name)
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_label(f"What {friend.name} may do")).to_be_visible()
    for control in dialog.locator("button, select").all():
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390, control
    dialog.get_by_role("button", name=f"Share no more with {friend.name}").click()
    expect(dialog).to_contain_text("Only you see it.")
    context.close()
