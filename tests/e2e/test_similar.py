"""Faces like one: from a photo and by a key, and named at once."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.album import copy_album
from tests.e2e.client import wait_until_idle
from tests.e2e.house import Guest, House

PHOTOS = 8
PATIENCE_MS = 20_000  # of a page on a machine that is at much else


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return house.guest("similar", copy_album(shared, tmp_path_factory.mktemp("album"), PHOTOS))


@pytest.fixture
def board(guest: Guest, page: Page) -> Page:
    """The unassigned faces."""
    guest.enter(page)
    wait_until_idle(page, guest.base)
    guest.visit(page, "/?tab=unassigned")
    expect(page.locator(".face-card").first).to_be_visible(timeout=PATIENCE_MS)
    return page


def test_similar_faces_are_a_key_away_and_keep_their_place_when_they_are_named(
    board: Page,
) -> None:
    face = board.locator(".face-card").first
    number = face.get_attribute("data-face")
    face.locator(".crop").focus()
    board.keyboard.press("f")
    expect(board).to_have_url(re.compile(f"/faces/{number}/similar/$"))
    expect(board.get_by_role("heading", name="Faces like this one")).to_be_visible()
    cards = board.locator(".face-card")
    expect(cards.first).to_be_visible(timeout=PATIENCE_MS)
    expect(board.locator(f".face-card[data-face='{number}']")).to_have_count(0)
    likest, all_of_them = cards.first.get_attribute("data-face"), cards.count()
    cards.first.locator(".act.name").click()
    board.keyboard.type("Ann")
    board.keyboard.press("Enter")
    expect(cards.first.locator(".of")).to_have_text("Ann", timeout=PATIENCE_MS)
    assert (cards.first.get_attribute("data-face"), cards.count()) == (likest, all_of_them)
    cards.first.locator(".crop").focus()
    board.keyboard.press(" ")
    link = board.get_by_role("dialog", name=".jpg").get_by_role("link", name="Similar faces")
    expect(link).to_have_attribute("href", f"/faces/{likest}/similar/")
    link.click()
    expect(board.get_by_role("heading", name="Faces like this one of Ann")).to_be_visible()
    expect(board.locator(f".face-card[data-face='{number}']")).to_be_visible()
