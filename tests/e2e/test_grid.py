"""The grid with more faces than anybody scrolls through: drawing, jumping, filters, selecting."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.client import read, write
from tests.e2e.house import Guest, House

MOST_ELEMENTS = 1_500
FILL = "from tests.e2e.filling import fill; fill(name, sizes)"
MANY_PEOPLE = 400


@pytest.fixture(scope="module")
def guest(house: House) -> Guest:
    """Somebody with thousands of faces, which have no files."""
    guest = house.guest("grid")
    guest.run(FILL, sizes=[2003, 503, 103])
    return guest


@pytest.fixture
def base(guest: Guest) -> str:
    return guest.base


@pytest.fixture
def grid(guest: Guest, page: Page) -> Page:
    """The guessed faces of three people."""
    guest.visit(page, "/?tab=inferred")
    expect(faces(page).first).to_be_visible()
    return page


def test_only_what_is_near_is_drawn_wherever_one_looks(grid: Page, base: str) -> None:
    expect(status(grid)).to_have_text(f"{total(grid, base):,} faces")
    assert elements(grid) < MOST_ELEMENTS
    faces(grid).first.locator(".crop").focus()
    grid.keyboard.press("End")
    last = ids(grid, base)[-1]
    expect(grid.locator(f"[data-face='{last}'] .crop")).to_be_focused()
    assert elements(grid) < MOST_ELEMENTS
    grid.keyboard.press("Home")
    expect(grid.locator(f"[data-face='{ids(grid, base)[0]}'] .crop")).to_be_focused()


def test_a_jump_into_the_middle_shows_what_the_server_has_there(grid: Page, base: str) -> None:
    everything = ids(grid, base)
    grid.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(grid.locator(f"[data-face='{everything[0]}']")).to_have_count(0)
    expect(faces(grid).first).to_be_visible()
    expect(grid.locator(".face-card.waiting")).to_have_count(0)
    shown = [int(card.get_attribute("data-face") or 0) for card in faces(grid).all()]
    at = everything.index(shown[0])
    assert at > 500
    assert shown == everything[at : at + len(shown)]


def test_arrows_lead_from_face_to_face_over_the_end_of_a_group(grid: Page, base: str) -> None:
    order = ids(grid, base)
    first_of_second = groups(grid, base)[0]["count"]
    faces(grid).first.locator(".crop").focus()
    grid.keyboard.press("g")
    expect(grid.locator(f"[data-face='{order[first_of_second]}'] .crop")).to_be_focused()
    grid.keyboard.press("ArrowLeft")
    expect(grid.locator(f"[data-face='{order[first_of_second - 1]}'] .crop")).to_be_focused()
    grid.keyboard.press("ArrowRight")
    grid.keyboard.press("G")
    expect(grid.locator(f"[data-face='{order[0]}'] .crop")).to_be_focused()


def test_the_slider_narrows_what_is_shown_and_the_address_says_so(grid: Page, base: str) -> None:
    slider = grid.get_by_role("slider", name="Probability")
    slider.focus()
    grid.keyboard.press("End")
    for _ in range(5):
        grid.keyboard.press("ArrowLeft")
    wanted = "min_probability=0.95"
    expect(grid).to_have_url(re.compile(wanted))
    expect(slider).to_be_focused()
    sure = len(ids(grid, base, wanted))
    assert 0 < sure < total(grid, base)
    expect(status(grid)).to_have_text(f"{sure:,} faces")
    group = groups(grid, base, wanted)[0]["count"]
    button = f"Confirm {group:,} at ≥ 95 %"
    expect(grid.get_by_role("button", name=button)).to_be_visible()
    grid.reload()
    expect(status(grid)).to_have_text(f"{sure:,} faces")


def test_the_order_is_changed_in_place_and_back_leads_to_the_one_before(
    grid: Page, base: str
) -> None:
    grid.get_by_role("combobox", name="Sort").select_option("doubt")
    expect(faces(grid).first).to_have_attribute("data-face", str(ids(grid, base, "sort=doubt")[0]))
    together = grid.get_by_role("checkbox", name="All people together")
    together.check()
    flat = read(grid, base, "faces/ids/?tab=inferred&sort=doubt")["ids"]
    expect(faces(grid).first).to_have_attribute("data-face", str(flat[0]))
    grid.evaluate("history.back()")
    expect(together).not_to_be_checked()
    expect(faces(grid).first).to_have_attribute("data-face", str(ids(grid, base, "sort=doubt")[0]))
    grid.evaluate("history.back()")
    expect(faces(grid).first).to_have_attribute("data-face", str(ids(grid, base)[0]))


def test_a_range_takes_in_faces_that_were_never_loaded(grid: Page, base: str) -> None:
    faces(grid).first.locator(".crop").focus()
    grid.keyboard.press("x")
    grid.keyboard.press("End")
    expect(grid.locator(f"[data-face='{ids(grid, base)[-1]}'] .crop")).to_be_focused()
    grid.keyboard.press("X")
    expect(status(grid)).to_have_text(f"{total(grid, base):,} selected")
    grid.keyboard.press("Escape")
    expect(status(grid)).to_have_text(f"{total(grid, base):,} faces")


def test_groups_and_all_that_the_filter_means_are_selected(grid: Page, base: str) -> None:
    group = groups(grid, base)[0]
    box = grid.get_by_role("checkbox", name=f"Select all of {group['person']['name']}")
    box.check()
    expect(status(grid)).to_have_text(f"{group['count']:,} selected")
    grid.get_by_role("button", name="Select all").click()
    expect(status(grid)).to_have_text(f"{total(grid, base):,} selected")
    box.uncheck()
    expect(status(grid)).to_have_text(f"{total(grid, base) - group['count']:,} selected")


def test_a_rectangle_selects_what_it_touches(grid: Page) -> None:
    first, third = (faces(grid).nth(index).bounding_box() for index in (0, 2))
    assert first is not None
    assert third is not None
    grid.mouse.move(first["x"] + 40, first["y"] + 40)
    grid.mouse.down()
    grid.mouse.move(third["x"] + 30, third["y"] + 60, steps=5)
    grid.mouse.up()
    expect(grid.locator(".face-card.selected")).to_have_count(3)


def test_a_long_press_begins_selecting_and_taps_go_on(grid: Page) -> None:
    press = """async (card) => {
      const crop = card.querySelector(".crop");
      const { left, top } = crop.getBoundingClientRect();
      const at = { bubbles: true, pointerType: "touch", clientX: left + 9, clientY: top + 9 };
      crop.dispatchEvent(new PointerEvent("pointerdown", at));
      await new Promise((resolve) => setTimeout(resolve, 600));
      crop.dispatchEvent(new PointerEvent("pointerup", at));
      crop.dispatchEvent(new PointerEvent("click", at));
    }"""
    tap = """(card) => card.querySelector(".crop")
      .dispatchEvent(new PointerEvent("click", { bubbles: true, pointerType: "touch" }))"""
    faces(grid).nth(0).evaluate(press)
    expect(grid.locator(".face-card.selected")).to_have_count(1)
    grid.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    faces(grid).nth(1).evaluate(tap)
    expect(grid.locator(".face-card.selected")).to_have_count(2)


def test_faces_that_leave_above_move_nothing_that_is_in_sight(grid: Page) -> None:
    for index in range(7):
        faces(grid).nth(index).locator(".crop").click()
    grid.evaluate("scrollTo(0, 3000)")
    expect(grid.locator(".face-card.waiting")).to_have_count(0)
    grid.wait_for_timeout(300)
    card = in_sight(grid)
    before = card.bounding_box()
    grid.get_by_role("toolbar").get_by_role("button", name="Reject").click()
    expect(grid.get_by_text("7 faces rejected.")).to_be_visible()
    assert before is not None
    after = card.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2
    grid.keyboard.press("u")
    expect(grid.get_by_text("Undone: 7 faces.")).to_be_visible()


def test_thousands_of_selected_faces_are_named_at_once(grid: Page, base: str) -> None:
    group = groups(grid, base)[1]
    grid.goto(f"{base}/?tab=inferred&person={group['person']['id']}")
    grid.get_by_role("checkbox", name=re.compile("Select all of")).check()
    expect(status(grid)).to_have_text(f"{group['count']} selected")
    grid.get_by_role("button", name=re.compile("^Confirm .* selected")).click()
    expect(faces(grid)).to_have_count(0)
    expect(grid.get_by_text(f"{group['count']} faces confirmed.")).to_be_visible()
    grid.keyboard.press("u")
    expect(grid.get_by_text(f"Undone: {group['count']} faces.")).to_be_visible()
    expect(faces(grid).first).to_be_visible()


def test_a_face_comes_back_selected_as_it_was_where_the_server_refuses(grid: Page) -> None:
    face = faces(grid).first.get_attribute("data-face")
    refusal = {"status": 400, "json": {"detail": "Not today."}}
    grid.route(re.compile("/api/faces/confirm/"), lambda route: route.fulfill(**refusal))
    faces(grid).first.locator(".crop").focus()
    grid.keyboard.press("x")
    grid.keyboard.press("Enter")
    expect(grid.get_by_text("Not today.")).to_be_visible()
    expect(faces(grid).first).to_have_attribute("data-face", face or "")
    expect(status(grid)).to_have_text("1 selected")
    expect(grid.locator(".face-card.selected")).to_have_attribute("data-face", face or "")


def test_what_another_tab_has_labelled_meanwhile_stays_and_is_told(grid: Page, base: str) -> None:
    face, other = (int(faces(grid).nth(index).get_attribute("data-face") or 0) for index in (0, 1))
    write(grid, base, "faces/label/", {"faces": [face], "name": "Somebody else"})
    for index in (0, 1):
        faces(grid).nth(index).locator(".crop").click()
    grid.keyboard.press("n")
    expect(grid.get_by_role("combobox", name="Name of the person")).to_be_focused()
    grid.keyboard.type("Nobody")
    expect(grid.get_by_role("option", name="Add “Nobody”")).to_be_visible()
    grid.keyboard.press("Enter")
    expect(grid.get_by_text("1 face is Nobody.")).to_be_visible()
    expect(grid.get_by_text("1 face stays as it was: Its label has changed since")).to_be_visible()
    expect(grid.locator(f"[data-face='{face}'], [data-face='{other}']")).to_have_count(0)
    assert read(grid, base, f"faces/{face}/")["person"]["name"] == "Somebody else"


def test_hundreds_of_groups_of_one_face_are_drawn_as_one_looks_at_them(
    house: House, page: Page
) -> None:
    crowd = house.guest("grid-crowd")
    crowd.run(FILL, sizes=[4] * MANY_PEOPLE)  # three of each have a label
    crowd.visit(page, "/?tab=inferred")
    expect(faces(page).first).to_be_visible()
    assert len(groups(page, crowd.base)) == MANY_PEOPLE
    for share in (0, 0.5, 1):
        page.evaluate("share => scrollTo(0, document.documentElement.scrollHeight * share)", share)
        expect(page.locator(".face-card.waiting")).to_have_count(0)
        assert elements(page) < MOST_ELEMENTS
        headings = page.locator(".group h2").all_inner_texts()
        assert len(set(headings)) == len(headings) > 1
    faces(page).last.locator(".crop").focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("g")
    fourth = ids(page, crowd.base)[3]
    expect(page.locator(f"[data-face='{fourth}'] .crop")).to_be_focused()


def test_of_hundreds_of_deleted_faces_only_those_near_are_drawn(house: House, page: Page) -> None:
    guest = house.guest("grid-deleted")
    guest.run(FILL, sizes=[600])
    guest.visit(page, "/?tab=inferred")
    deleted = read(page, guest.base, "faces/ids/?tab=inferred")["ids"][:500]
    write(page, guest.base, "faces/dismiss/", {"faces": deleted})
    guest.visit(page, "/?tab=dismissed")
    places = page.locator(".dismissed")
    places.first.locator(".place").focus()
    last = page.locator(f".dismissed[aria-posinset='{len(deleted)}'] .place:focus")
    for _ in range(100):  # as the next page comes, the end moves on
        page.keyboard.press("End")
        page.wait_for_timeout(100)
        assert places.count() < 150
        if last.count():
            break
    expect(last).to_be_in_viewport()
    page.keyboard.press("x")
    page.keyboard.press("Home")
    expect(page.locator(".dismissed .place:focus")).to_be_in_viewport()
    page.keyboard.press("X")
    expect(status(page)).to_have_text(f"{len(deleted)} selected")
    refusal = {"status": 400, "json": {"detail": "Not today."}}
    page.route(re.compile("/api/dismissals/restore/"), lambda route: route.fulfill(**refusal))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not today.")).to_be_visible()
    expect(status(page)).to_have_text(f"{len(deleted)} selected")


def test_a_face_whose_picture_is_gone_is_shown_as_somebody_without_one(grid: Page) -> None:
    # Those that the fixture makes have no files.
    picture = faces(grid).first.locator("img")
    expect(picture).to_have_attribute("src", re.compile("^data:image/svg"))
    assert picture.evaluate("picture => picture.complete && picture.naturalWidth > 0")


def test_the_sheet_of_keys_is_shown_on_a_key(grid: Page) -> None:
    grid.keyboard.press("?")
    expect(grid.get_by_role("dialog", name="Keys")).to_be_visible()
    grid.keyboard.press("Escape")
    expect(grid.get_by_role("dialog", name="Keys")).to_have_count(0)


def faces(page: Page) -> Locator:
    return page.locator(".face-card[data-face]")


def status(page: Page) -> Locator:
    return page.locator(".toolbar .status")


def elements(page: Page) -> int:
    count: int = page.evaluate("document.querySelectorAll('face-grid *').length")
    return count


def in_sight(page: Page) -> Locator:
    """Return a face in the middle of the screen."""
    face = page.evaluate("document.elementFromPoint(600, 450).closest('[data-face]').dataset.face")
    return page.locator(f"[data-face='{face}']")


def ids(page: Page, base: str, more: str = "sort=probability") -> list[int]:
    query = more if "sort=" in more else f"{more}&sort=probability"
    found: list[int] = read(page, base, f"faces/ids/?tab=inferred&grouped=true&{query}")["ids"]
    return found


def groups(page: Page, base: str, more: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(page, base, f"faces/groups/?tab=inferred&{more}")
    return found


def total(page: Page, base: str) -> int:
    return len(ids(page, base))
