"""Devices on the settings page: a token is shown once, lets a program in, and is taken back."""

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.house import Guest, House


@pytest.fixture(scope="module")
def guest(house: House) -> Guest:
    return house.guest("dora")


def status(guest: Guest, token: str, method: str = "GET") -> int:
    asked = Request(guest.base + "/api/people/", method=method)
    asked.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(asked) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_a_device_is_let_in_and_signed_out_again_by_keyboard(guest: Guest, page: Page) -> None:
    guest.visit(page, "/settings/")
    expect(page.get_by_text("There is no device yet.")).to_be_visible()
    page.get_by_role("button", name="New device…").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Phone in the kitchen")
    page.keyboard.press("Enter")
    shown = page.get_by_label("Its token")
    expect(shown).to_be_focused()
    token = shown.input_value()
    assert status(guest, token) == 200
    assert status(guest, token, "POST") == 403

    page.get_by_role("button", name="Done").press("Enter")
    row = page.get_by_role("row", name="Phone in the kitchen")
    expect(row).to_contain_text(token[:11])
    expect(row).to_contain_text("look")
    assert token not in page.content()

    page.get_by_role("button", name="Revoke the token of Phone in the kitchen").press("Enter")
    page.get_by_role("button", name="Revoke", exact=True).last.press("Enter")
    expect(page.get_by_text("There is no device yet.")).to_be_visible()
    expect(page.get_by_role("button", name="New device…")).to_be_focused()
    assert status(guest, token) == 401
