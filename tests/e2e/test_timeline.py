"""The timeline of photos: by mouse and by keyboard alone, however many there are."""

import random

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.house import Guest, House

YEARS, A_MONTH, UNDATED = range(2012, 2022), 30, 3
TAKEN = 0x9003
MOST_ELEMENTS = 1_500


@pytest.fixture(scope="module")
def guest(house: House, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Somebody with 303 photos of ten Junes and of no date."""
    album, colours = tmp_path_factory.mktemp("album"), random.Random(0)
    days: list[str] = [f"{y}:06:{day + 1:02} 12:00:00" for y in YEARS for day in range(A_MONTH)]
    for number, day in enumerate([*days, *[""] * UNDATED]):
        exif = Image.Exif()
        if day:
            exif.get_ifd(0x8769)[TAKEN] = day
        colour = tuple(colours.randrange(256) for _ in range(3))
        Image.new("RGB", (96, 64), colour).save(album / f"{number:03}.jpg", exif=exif)
    return house.guest("timeline", album)


@pytest.fixture
def timeline(guest: Guest, page: Page) -> Page:
    guest.visit(page, "/photos/")
    expect(page.locator(".squares img").first).to_be_visible()
    return page


def test_the_newest_month_comes_first_and_few_elements_are_drawn(timeline: Page) -> None:
    expect(timeline.get_by_role("heading", name="June 2021")).to_be_visible()
    expect(timeline.get_by_role("heading", name="June 2012")).to_have_count(0)
    assert timeline.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS


def test_a_press_on_the_scale_leads_anywhere_at_once(timeline: Page) -> None:
    scale = timeline.get_by_role("slider", name="Month").bounding_box()
    assert scale is not None
    timeline.mouse.click(scale["x"] + 8, scale["y"] + scale["height"] - 2)
    expect(timeline.get_by_role("heading", name="Without a date")).to_be_in_viewport()
    expect(timeline.get_by_role("link", name="Without a date, 302.jpg")).to_be_visible()
    assert timeline.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS


def test_the_scale_goes_from_month_to_month_by_keys(timeline: Page) -> None:
    scale = timeline.get_by_role("slider", name="Month")
    scale.focus()
    timeline.keyboard.press("ArrowDown")
    expect(scale).to_have_attribute("aria-valuetext", "June 2020, 30 photos")
    timeline.keyboard.press("End")
    expect(timeline.get_by_role("heading", name="Without a date")).to_be_in_viewport()
    timeline.keyboard.press("Home")
    expect(scale).to_have_attribute("aria-valuetext", "June 2021, 30 photos")


def test_a_click_opens_a_photo_and_arrows_lead_to_its_neighbours(timeline: Page) -> None:
    # The last photo of a month, so that the next one is of another.
    timeline.get_by_role("link", name="June 1, 2021").click()
    dialog = timeline.get_by_role("dialog")
    expect(dialog).to_have_accessible_name("270.jpg")
    timeline.keyboard.press("ArrowRight")
    expect(dialog).to_have_accessible_name("269.jpg")
    dialog.get_by_role("button", name="Photo before").click()
    expect(dialog).to_have_accessible_name("270.jpg")
    dialog.get_by_role("button", name="Next photo").click()
    expect(dialog).to_have_accessible_name("269.jpg")
    timeline.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(timeline.get_by_role("link", name="June 30, 2020")).to_be_focused()


def test_the_keyboard_alone_walks_opens_and_comes_back(timeline: Page) -> None:
    first = timeline.get_by_role("link", name="June 30, 2021")
    first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "Enter"):
        timeline.keyboard.press(key)
    expect(timeline.get_by_role("dialog")).to_have_accessible_name("298.jpg")
    timeline.keyboard.press("Escape")
    expect(timeline.get_by_role("link", name="June 29, 2021")).to_be_focused()
    timeline.keyboard.press("End")
    expect(timeline.get_by_role("link", name="Without a date, 300.jpg")).to_be_focused()


def test_a_photo_opens_in_a_tab_of_its_own_with_ctrl(timeline: Page) -> None:
    with timeline.context.expect_page() as opened:
        timeline.get_by_role("link", name="June 30, 2021").click(modifiers=["Control"])
    expect(opened.value.get_by_role("heading", name="299.jpg")).to_be_attached()
    expect(timeline.get_by_role("dialog")).to_have_count(0)
