"""The whole loop without a mouse: name, train, review, confirm, reject, delete, undo."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.album import PEOPLE, copy_album, faces_by_identity
from tests.e2e.conftest import PASSWORD
from tests.e2e.house import Guest, House

# So many presses of a key lead anywhere on a page.
MOST_PRESSES = 150


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    album = copy_album(shared, tmp_path_factory.mktemp("album"), 8)
    return house.guest("keyboard", album, password=PASSWORD)


def test_the_whole_loop_needs_no_mouse(guest: Guest, page: Page, shared: Path) -> None:
    base = guest.base
    page.goto(base)
    page.keyboard.type(guest.name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    faces_of = faces_by_identity(page, base, shared)

    open_tab(page, "Unassigned")
    expect(page.locator(".face-card").first).to_be_visible()
    press_until_focused(page, "Tab", page.locator(".face-card .crop").first)
    for person in PEOPLE[:2]:
        for number, named in enumerate(faces_of[person][:2]):
            page.keyboard.press("Home")
            press_until_focused(page, "ArrowRight", crop_of(page, named))
            page.keyboard.press("n")
            expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
            page.keyboard.type(person if number == 0 else person[:4])
            selected = page.get_by_role("dialog").get_by_role("option", selected=True)
            expect(selected).to_contain_text(person)
            page.keyboard.press("Enter")
            expect(crop_of(page, named)).to_have_count(0)
            expect(page.locator(".face-card .crop:focus")).to_have_count(1)

    page.keyboard.press("t")
    expect(page.get_by_text("Training finished")).to_be_visible(timeout=60_000)

    open_tab(page, "Inferred")
    face = page.locator(".face-card .crop").first
    expect(face).to_be_visible()
    press_until_focused(page, "Tab", face)
    inferred = count(page, "inferred")
    steps = {
        "Enter": "1 face confirmed.",
        "r": "1 face rejected.",
        "u": "Undone: 1 face.",
        "Delete": "1 face deleted.",
    }
    for key, said in steps.items():
        page.keyboard.press(key)
        expect(page.get_by_text(said).last).to_be_visible()
        expect(page.locator(".face-card .crop:focus")).to_have_count(1)
    expect(page.locator("[data-count=inferred]")).to_have_text(str(inferred - 2))
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 selected")).to_have_count(0)


def open_tab(page: Page, name: str) -> None:
    tabs = page.get_by_role("navigation", name="Faces by state")
    link = tabs.get_by_role("link", name=re.compile(name))
    press_until_focused(page, "Tab", link)
    page.keyboard.press("Enter")
    expect(link).to_have_attribute("aria-current", "page")


def press_until_focused(page: Page, key: str, place: Locator) -> None:
    for _ in range(MOST_PRESSES):
        if place.count() and place.evaluate("place => place === document.activeElement"):
            return
        page.keyboard.press(key)
        page.wait_for_timeout(20)
    raise AssertionError(f"{key} does not lead to {place}")


def crop_of(page: Page, face: int) -> Locator:
    return page.locator(f".face-card[data-face='{face}'] .crop")


def count(page: Page, tab: str) -> int:
    return int(page.locator(f"[data-count={tab}]").inner_text())
