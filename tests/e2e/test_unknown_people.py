"""The cards of unknown people: with the mouse, and with the keyboard alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.house import Guest, House
from tests.e2e.unknown import api, crowd, visit

MANY = 10_000
MOST_ELEMENTS = 1_500


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return crowd(house, "unknown", shared, tmp_path_factory.mktemp("album"))


@pytest.fixture
def cards(guest: Guest, page: Page) -> Page:
    """The cards of the unknown people."""
    visit(guest, page, "/?tab=unknown")
    expect(_cards(page).first).to_be_visible()
    return page


def test_the_cards_say_who_has_how_many_faces_the_largest_first(cards: Page) -> None:
    people = _people(cards)
    assert len(people) > 5
    sizes = [person["faces"] for person in people]
    assert sizes == sorted(sizes, reverse=True)
    largest = _cards(cards).first
    expect(largest.get_by_role("heading")).to_have_text(people[0]["display_name"])
    expect(largest.locator(".facts")).to_contain_text(f"{sizes[0]} faces")
    # One large and two small ones, or six.
    best = len(people[0]["best"])
    expect(largest.locator("img")).to_have_count(best if best == 6 else min(best, 3))


def test_the_keyboard_alone_names_a_card_and_takes_it_back(cards: Page) -> None:
    first, second = _people(cards)[:2]
    _focus_first(cards)
    cards.keyboard.press("n")
    expect(cards.get_by_role("combobox", name="Name of the person")).to_be_focused()
    cards.keyboard.type("Angela")
    cards.keyboard.press("Enter")
    expect(cards.get_by_text(f"{first['faces']} faces are Angela.")).to_be_visible()
    expect(_card(cards, first)).to_have_count(0)
    expect(_card(cards, second).locator(".open")).to_be_focused()
    expect(cards.locator("[data-count=labelled]")).to_have_text(str(first["faces"]))
    cards.keyboard.press("u")
    expect(_card(cards, first)).to_be_visible()
    expect(cards.locator("[data-count=labelled]")).to_have_text("0")


def test_the_green_plus_names_a_card(cards: Page) -> None:
    person = _people(cards)[1]
    _card(cards, person).get_by_role("button", name="Who is this?").click()
    cards.keyboard.type("Emmanuel")
    cards.get_by_role("option", name="Emmanuel").click()
    expect(_card(cards, person)).to_have_count(0)
    cards.get_by_role("button", name="Undo").click()
    expect(_card(cards, person)).to_be_visible()


def test_the_arrows_lead_from_card_to_card(cards: Page) -> None:
    people = _people(cards)
    columns = _columns(cards)
    _focus_first(cards)
    for key, at in (
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", len(people) - 1),
        ("Home", 0),
    ):
        cards.keyboard.press(key)
        expect(_card(cards, people[at]).locator(".open")).to_be_focused()
        expect(_card(cards, people[at]).locator(".open")).to_be_in_viewport()
    # Tab leads out of the card, not through all others.
    for _ in range(4):
        cards.keyboard.press("Tab")
    assert cards.evaluate("document.activeElement.closest('.person-card')") is None


def test_the_sheet_of_keys_says_what_can_be_done_to_people(cards: Page) -> None:
    cards.keyboard.press("?")
    sheet = cards.get_by_role("dialog", name="Keys")
    expect(sheet.get_by_text("merge with the selected people")).to_be_visible()


def test_enter_opens_a_card_and_the_way_back_leads_to_it(cards: Page) -> None:
    third = _people(cards)[2]
    _focus_first(cards)
    cards.keyboard.press("ArrowRight")
    cards.keyboard.press("ArrowRight")
    cards.keyboard.press("Enter")
    expect(cards).to_have_url(re.compile(f"tab=unknown&person={third['id']}$"))
    expect(cards.locator(".face-card")).to_have_count(third["faces"])
    cards.go_back()
    expect(_card(cards, third).locator(".open")).to_have_attribute("tabindex", "0")


def test_the_keyboard_alone_merges_selected_cards(cards: Page) -> None:
    first, second, third = _people(cards)[:3]
    _focus_first(cards)
    cards.keyboard.press("x")
    cards.keyboard.press("ArrowRight")
    cards.keyboard.press("Space")
    cards.keyboard.press("ArrowRight")
    cards.keyboard.press("x")
    expect(cards.get_by_text("3 selected")).to_be_visible()
    cards.keyboard.press("m")
    expect(cards.get_by_text(f"2 people are one with {first['display_name']}.")).to_be_visible()
    total = sum(person["faces"] for person in (first, second, third))
    expect(_card(cards, first).locator(".facts")).to_contain_text(f"{total} faces")
    expect(_card(cards, second)).to_have_count(0)
    expect(_card(cards, first).locator(".open")).to_be_focused()
    cards.keyboard.press("u")
    expect(_card(cards, second)).to_be_visible()
    expect(_card(cards, third)).to_be_visible()
    expect(_card(cards, first).locator(".facts")).to_contain_text(f"{first['faces']} faces")


def test_one_card_alone_is_not_merged(cards: Page) -> None:
    people = _people(cards)
    _focus_first(cards)
    cards.keyboard.press("m")
    expect(cards.get_by_text("Select the others")).to_be_visible()
    assert _people(cards) == people


def test_a_card_that_is_dragged_onto_another_becomes_part_of_it(cards: Page) -> None:
    first, second = _people(cards)[:2]
    _card(cards, first).drag_to(_card(cards, second))
    expect(cards.get_by_text(f"1 person is one with {second['display_name']}.")).to_be_visible()
    expect(_card(cards, first)).to_have_count(0)
    total = first["faces"] + second["faces"]
    expect(_card(cards, second).locator(".facts")).to_contain_text(f"{total} faces")
    cards.get_by_role("button", name="Undo").click()
    expect(_card(cards, first)).to_be_visible()


def test_cards_that_are_clicked_are_merged_by_the_button(cards: Page) -> None:
    first, second = _people(cards)[:2]
    for person in (first, second):
        _card(cards, person).hover()
        _card(cards, person).get_by_role("checkbox").check()
    cards.get_by_role("button", name="Merge").click()
    expect(_card(cards, second)).to_have_count(0)
    cards.get_by_role("button", name="Undo").click()
    expect(_card(cards, second)).to_be_visible()


def test_the_keyboard_alone_splits_faces_off_a_card(cards: Page) -> None:
    first = _people(cards)[0]
    _focus_first(cards)
    cards.keyboard.press("Enter")
    faces = cards.locator(".face-card")
    expect(faces).to_have_count(first["faces"])
    faces.first.locator(".crop").focus()
    cards.keyboard.press("x")
    cards.keyboard.press("ArrowRight")
    cards.keyboard.press("x")
    cards.keyboard.press("s")
    expect(cards.get_by_text("2 faces are Unknown person")).to_be_visible()
    expect(faces).to_have_count(first["faces"] - 2)
    sizes = {person["id"]: person["faces"] for person in _people(cards)}
    assert sizes[first["id"]] == first["faces"] - 2
    cards.keyboard.press("u")
    expect(faces).to_have_count(first["faces"])


def test_the_button_splits_faces_off_a_card(cards: Page) -> None:
    first = _people(cards)[0]
    _card(cards, first).locator(".open").click()
    faces = cards.locator(".face-card")
    expect(faces).to_have_count(first["faces"])
    faces.first.locator(".crop").click()
    cards.get_by_role("button", name="Somebody else").click()
    expect(faces).to_have_count(first["faces"] - 1)
    cards.get_by_role("button", name="Undo").click()
    expect(faces).to_have_count(first["faces"])


def test_a_stranger_stays_hidden_after_train_until_shown_again(cards: Page) -> None:
    first, second = _people(cards)[:2]
    _focus_first(cards)
    cards.keyboard.press("h")
    expect(cards.get_by_text(f"{first['display_name']} is hidden.")).to_be_visible()
    expect(_card(cards, second).locator(".open")).to_be_focused()
    cards.get_by_role("button", name="Train", exact=True).click()
    expect(cards.get_by_text("Training finished")).to_be_visible(timeout=60_000)
    cards.reload()
    expect(_card(cards, second)).to_be_visible()
    expect(_card(cards, first)).to_have_count(0)
    cards.get_by_role("link", name=f"Hidden strangers ({first['faces']})").click()
    expect(_cards(cards)).to_have_count(1)
    _card(cards, first).get_by_role("button", name="again").click()
    expect(cards.get_by_text(f"{first['display_name']} is shown again.")).to_be_visible()
    expect(cards.get_by_text("Nobody is hidden")).to_be_visible()
    cards.get_by_role("link", name="To the unknown people").click()
    expect(_card(cards, first)).to_be_visible()


def test_small_people_can_be_left_out(cards: Page) -> None:
    people = _people(cards)
    cards.get_by_label("With at least").select_option("3")
    large = [person for person in people if person["faces"] >= 3]
    assert 0 < len(large) < len(people)
    expect(cards.get_by_text(f"{len(large)} people")).to_be_visible()
    cards.reload()
    expect(cards.get_by_text(f"{len(large)} people")).to_be_visible()


def test_ten_thousand_people_take_few_elements_however_far_one_scrolls(cards: Page) -> None:
    person = _people(cards)[0]
    people = [person | {"id": number, "faces": number} for number in range(MANY, 0, -1)]

    def answer(route: Route) -> None:
        start = int((re.search(r"cursor=(\d+)", route.request.url) or [0, 0])[1])
        end = start + int((re.search(r"limit=(\d+)", route.request.url) or [0, 100])[1])
        more = f"/api/people/?kind=unknown&limit={end - start}&cursor={end}"
        rows = people[start:end]
        route.fulfill(json={"next": more if end < MANY else None, "results": rows})

    cards.route("**/api/people/?kind=unknown*", answer)
    cards.reload()
    expect(_cards(cards).first).to_be_visible()
    most = 0
    while not cards.get_by_text("10,000 people", exact=True).is_visible():
        cards.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        most = max(most, cards.evaluate("document.querySelectorAll('unknown-people *').length"))
    cards.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(cards.locator("[data-person='1']")).to_be_in_viewport()
    assert most < MOST_ELEMENTS


def test_who_is_focused_keeps_the_focus_while_the_page_scrolls(cards: Page) -> None:
    cards.set_viewport_size({"width": 390, "height": 500})
    first = _people(cards)[0]
    _focus_first(cards)
    cards.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    last = _people(cards)[-1]
    expect(_card(cards, last)).to_be_in_viewport()
    expect(_card(cards, first).locator(".open")).to_be_focused()


def _cards(page: Page) -> Locator:
    return page.locator(".person-card")


def _card(page: Page, person: dict[str, Any]) -> Locator:
    return page.locator(f"[data-person='{person['id']}']")


def _focus_first(page: Page) -> None:
    _cards(page).first.locator(".open").focus()


def _columns(page: Page) -> int:
    return int(page.locator(".people").evaluate("list => list.style.getPropertyValue('--columns')"))


def _people(page: Page) -> list[dict[str, Any]]:
    answer = page.request.get(api(page, "people/?kind=unknown&hidden=false"))
    people: list[dict[str, Any]] = answer.json()["results"]
    return people
