"""The search for photos by people: by keyboard and by mouse, kept, and in its address."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.album import all_faces, copy_photos
from tests.e2e.client import read, write
from tests.e2e.house import Guest, House

# On the first sits Ann with Ben, on the second alone; as this test has it, not as it was.
PHOTOS = ("friends_012.jpg", "friends_019.jpg")


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    album = copy_photos(shared, tmp_path_factory.mktemp("album"), *PHOTOS)
    return house.guest("search", album)


@pytest.fixture
def search(guest: Guest, page: Page) -> Page:
    """The page of the search; Ann is on both photos, Ben on the first."""
    base = guest.base
    guest.visit(page, "/search/")
    if not read(page, base, "people/?kind=named")["results"]:
        photos = {each["path"]: each["id"] for each in read(page, base, "photos/")["results"]}
        faces = all_faces(page, base)
        one, two = ([f["id"] for f in faces if f["photo"] == photos[name]] for name in PHOTOS)
        write(page, base, "faces/label/", {"faces": [one[0], two[0]], "name": "Ann"})
        write(page, base, "faces/label/", {"faces": [one[1]], "name": "Ben"})
    expect(photos_found(page)).to_have_count(2)
    return page


def photos_found(page: Page) -> Locator:
    return page.locator(".squares [data-at]")


def add(page: Page, name: str) -> None:
    """Ask for somebody by keyboard alone, wherever the focus is."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Add a person")).to_be_focused()
    page.keyboard.type(name[:2])
    expect(page.get_by_role("option", name=name)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"{name} is to be")).to_be_visible()
    page.locator("main").focus()


def test_the_keyboard_alone_finds_who_is_with_whom(search: Page) -> None:
    add(search, "Ann")
    expect(search.get_by_role("status").filter(has_text="2 photos")).to_be_visible()
    add(search, "Ben")
    expect(photos_found(search)).to_have_count(1)
    part = search.get_by_role("combobox", name="Ben is to be")
    part.focus()
    search.keyboard.press("n")  # not in it
    expect(search.locator(".asked.none b")).to_have_text("Ben")
    expect(photos_found(search)).to_have_count(1)
    expect(search.get_by_role("link", name="friends_019.jpg")).to_be_visible()


def test_the_address_says_what_is_asked_and_back_leads_to_it(search: Page) -> None:
    add(search, "Ann")
    expect(photos_found(search)).to_have_count(2)
    add(search, "Ben")
    expect(photos_found(search)).to_have_count(1)
    address = search.url
    assert "all=" in address
    search.get_by_role("button", name="Ask no more for Ben").click()
    expect(photos_found(search)).to_have_count(2)
    search.go_back()
    expect(photos_found(search)).to_have_count(1)
    expect(search.get_by_role("combobox", name="Ben is to be")).to_be_visible()
    fresh = search.context.new_page()
    fresh.goto(address)
    expect(photos_found(fresh)).to_have_count(1)
    expect(fresh.get_by_role("combobox", name="Ann is to be")).to_be_visible()


def test_fields_narrow_the_search_and_nothing_found_is_said(search: Page) -> None:
    add(search, "Ann")
    search.get_by_label("Only these people").check()
    expect(search.get_by_text("No photos found")).to_be_visible()
    search.get_by_label("Only these people").uncheck()
    expect(photos_found(search)).to_have_count(2)
    search.get_by_label("Faces from").fill("50")
    search.keyboard.press("Enter")
    search.keyboard.press("Tab")
    expect(search.get_by_text("No photos found")).to_be_visible()
    assert "faces_min=50" in search.url


def test_a_search_is_kept_shown_again_and_given_up(search: Page) -> None:
    add(search, "Ben")
    expect(photos_found(search)).to_have_count(1)
    search.get_by_role("button", name="Keep this search").click()
    search.get_by_label("Name", exact=True).fill("Only Ben")
    search.keyboard.press("Enter")
    expect(search.get_by_role("link", name="Only Ben")).to_have_attribute("aria-current", "true")
    search.goto(search.url.split("?")[0])
    expect(photos_found(search)).to_have_count(2)
    search.get_by_role("link", name="Only Ben").click()
    expect(photos_found(search)).to_have_count(1)
    search.get_by_role("button", name="Do not keep Only Ben").click()
    expect(search.get_by_role("link", name="Only Ben")).to_have_count(0)
    search.get_by_role("button", name="Keep it").click()
    expect(search.get_by_role("link", name="Only Ben")).to_be_visible()


def test_a_photo_that_was_found_opens_and_tells_who_is_in_it(search: Page) -> None:
    add(search, "Ben")
    expect(photos_found(search)).to_have_count(1)
    photos_found(search).click()
    search.keyboard.press("i")
    about = search.get_by_role("complementary", name="About this photo")
    expect(about.get_by_role("link", name="Ann")).to_be_visible()
    expect(about.get_by_text("friends_012.jpg")).to_be_visible()
    with search.expect_download() as saved:
        about.get_by_role("link", name="Download the original").click()
    assert saved.value.suggested_filename == "friends_012.jpg"
    search.keyboard.press("i")
    expect(about).to_have_count(0)
    search.keyboard.press("Escape")
    expect(photos_found(search)).to_be_focused()
