"""The page of all people, and the page of each, with mouse and keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.album import PEOPLE, copy_album, faces_by_identity
from tests.e2e.client import read, train, write
from tests.e2e.house import Guest, House

PHOTOS = 12
MANY = 5_000
MOST_ELEMENTS = 1_500
NAMES = {identity: identity.replace("_", " ") for identity in PEOPLE}
ANISTON, PERRY, KUDROW, COX = NAMES.values()


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return house.guest("people", copy_album(shared, tmp_path_factory.mktemp("album"), PHOTOS))


@pytest.fixture
def people(guest: Guest, shared: Path, page: Page) -> Page:
    """The page of people, four of whom have a name."""
    base = guest.base
    guest.enter(page)
    if not read(page, base, "people/?kind=named")["results"]:
        for identity, faces in faces_by_identity(page, base, shared).items():
            if identity in NAMES:
                write(page, base, "faces/label/", {"faces": faces, "name": NAMES[identity]})
        train(page, base)
    page.goto(f"{base}/people/")
    expect(_card(page, ANISTON)).to_be_visible()
    return page


def test_people_come_by_name_and_are_found_by_typing(people: Page) -> None:
    assert _names(people) == sorted(NAMES.values())
    people.get_by_label("Order").select_option("Most faces first")
    expect(people).to_have_url(re.compile("sort=count"))
    people.get_by_role("searchbox").fill("kud")
    expect(people.locator(".named-card")).to_have_count(1)
    expect(_card(people, KUDROW)).to_be_visible()
    people.get_by_role("searchbox").fill("nobody")
    expect(people.get_by_text("Nobody is called so.")).to_be_visible()


def test_the_keyboard_alone_makes_a_favourite_which_comes_first(people: Page) -> None:
    _open(people, ANISTON).focus()
    people.keyboard.press("End")
    last = sorted(NAMES.values())[-1]
    expect(_open(people, last)).to_be_focused()
    people.keyboard.press("f")
    expect(people.get_by_text(f"{last} is a favourite.")).to_be_visible()
    expect(people.locator(".named-card .who").first).to_have_text(last)
    expect(_open(people, last)).to_be_focused()
    people.keyboard.press("u")
    expect(people.locator(".named-card .who").first).to_have_text(sorted(NAMES.values())[0])


def test_merging_tells_what_it_would_do_and_is_undone(people: Page) -> None:
    faces = {name: _faces(people, name) for name in (PERRY, COX)}
    for name in faces:
        _open(people, name).focus()
        people.keyboard.press("x")
    people.keyboard.press("m")
    dialog = people.get_by_role("dialog", name="Who are they all?")
    dialog.get_by_role("radio", name=PERRY).check()
    expect(dialog).to_contain_text(f"{PERRY} will have {sum(faces.values())} faces.")
    expect(dialog).to_contain_text(f"Other names: {COX}.")
    expect(dialog).to_contain_text("hardly one person")  # they stand together
    dialog.get_by_role("button", name=f"Merge into {PERRY}").click()
    expect(_card(people, COX)).to_have_count(0)
    expect(_card(people, PERRY)).to_contain_text(f"{sum(faces.values())} faces")
    expect(_open(people, PERRY)).to_be_focused()
    people.get_by_role("button", name="Undo").click()
    expect(_card(people, COX)).to_contain_text(f"{faces[COX]} faces")


def test_hidden_people_are_shown_on_request(people: Page) -> None:
    _open(people, COX).focus()
    people.keyboard.press("h")
    expect(people.get_by_text(f"{COX} is hidden.")).to_be_visible()
    expect(_card(people, COX)).to_have_count(0)
    people.get_by_label("Hidden ones").check()
    expect(people.locator(".named-card")).to_have_count(1)
    _open(people, COX).focus()
    people.keyboard.press("h")
    expect(people.get_by_text("Nobody is hidden.")).to_be_visible()


def test_a_group_is_made_shown_and_deleted(people: Page) -> None:
    for name in (ANISTON, KUDROW):
        _card(people, name).get_by_role("checkbox").check()
    people.get_by_role("button", name="Add to group").click()
    people.keyboard.type("Women")
    people.keyboard.press("Enter")
    expect(people.get_by_text("2 people are in Women.")).to_be_visible()
    people.get_by_label("Group", exact=True).select_option("Women (2)")
    expect(people.locator(".named-card")).to_have_count(2)
    _card(people, KUDROW).get_by_role("checkbox").check()
    people.get_by_role("button", name="Leave group").click()
    expect(people.locator(".named-card")).to_have_count(1)
    people.get_by_role("button", name="Delete group").click()
    people.get_by_role("dialog").get_by_role("button", name="Delete group").click()
    expect(people.locator(".named-card")).to_have_count(4)


def test_five_thousand_people_are_a_few_elements(people: Page) -> None:
    def answer(route: Route) -> None:
        route.fulfill(json=_page_of_many(route.request.url))

    people.route("**/api/people/?*", answer)
    people.reload()
    expect(people.get_by_text("100 people loaded")).to_be_visible()
    most = 0
    for _ in range(200):
        people.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        people.wait_for_timeout(30)
        count = people.evaluate("document.querySelectorAll('people-grid *').length")
        most = max(most, count)
        if people.get_by_text(f"{MANY:,} people", exact=True).is_visible():
            break
    expect(people.get_by_text(f"{MANY:,} people", exact=True)).to_be_visible()
    assert most < MOST_ELEMENTS


def test_facts_are_edited_with_errors_beside_their_fields(people: Page) -> None:
    _open(people, KUDROW).click()
    people.get_by_role("button", name="Edit").click()
    dialog = people.get_by_role("dialog", name="Edit")
    dialog.get_by_label("Name", exact=True).fill(PERRY)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text(f"There is a person called {PERRY} already.")).to_be_visible()
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    dialog.get_by_label("Name", exact=True).fill(KUDROW)
    dialog.get_by_label("Other names").fill("Phoebe")
    dialog.get_by_label("Date of birth").fill("1963-07-30")
    dialog.get_by_role("button", name="Save").click()
    expect(people.get_by_text("also Phoebe")).to_be_visible()
    expect(people.locator(".person-head")).to_contain_text("30 July 1963")
    people.get_by_role("button", name="Undo").click()
    expect(people.get_by_text("also Phoebe")).to_have_count(0)


def test_the_page_of_a_person_shows_photos_and_company(people: Page) -> None:
    _open(people, ANISTON).press("Enter")
    expect(people.get_by_role("heading", name=ANISTON)).to_be_visible()
    expect(people.locator("photo-timeline img").first).to_be_visible()
    expect(people.locator(".company")).to_contain_text(PERRY)
    people.locator(".company").get_by_role("link", name=re.compile(PERRY)).click()
    expect(people.get_by_role("heading", name=PERRY)).to_be_visible()


def test_a_face_becomes_the_cover_and_others_somebody_else(people: Page) -> None:
    faces = _faces(people, ANISTON)
    _open(people, ANISTON).click()
    people.get_by_role("link", name="Faces", exact=True).nth(1).click()
    cards = people.locator(".face-card[data-face]")
    expect(cards.first).to_be_visible()
    last = cards.last
    source = last.locator("img").get_attribute("src")
    last.locator(".crop").click()
    people.get_by_role("button", name="Choose as cover").click()
    expect(people.locator(".person-head img.cover")).to_have_attribute("src", str(source))
    people.get_by_role("button", name=re.compile("^Somebody else")).click()
    expect(cards).to_have_count(faces - 1)
    people.keyboard.press("u")
    expect(cards).to_have_count(faces)


def test_deleting_asks_what_becomes_of_the_faces(people: Page) -> None:
    _open(people, PERRY).click()
    people.get_by_role("button", name="Delete").click()
    dialog = people.get_by_role("dialog", name=f"Delete {PERRY}?")
    dialog.get_by_role("button", name="They stay together as an unknown person").click()
    expect(people.get_by_text(f"{PERRY} is deleted.")).to_be_visible()
    people.get_by_role("button", name="Undo").click()
    expect(people.get_by_role("button", name="Edit")).to_be_visible()
    people.goto(people.url)
    expect(people.get_by_role("heading", name=PERRY)).to_be_visible()


def _card(page: Page, name: str) -> Locator:
    return page.locator(".named-card").filter(has_text=name)


def _open(page: Page, name: str) -> Locator:
    return _card(page, name).locator(".open")


def _names(page: Page) -> list[str]:
    return page.locator(".named-card .who").all_inner_texts()


def _faces(page: Page, name: str) -> int:
    text = _card(page, name).locator(".count").inner_text()
    return int(text.split()[0])


def _page_of_many(address: str) -> dict[str, Any]:
    found = re.search(r"cursor=(\d+)", address)
    start = int(found[1]) if found else 0
    end = min(start + 100, MANY)
    person: dict[str, Any] = {
        "aliases": [], "birth_date": None, "is_favourite": False, "is_hidden": False, "faces": 3,
        "crop": None, "cover": None, "best": [], "first_seen": None, "last_seen": None,
    }  # fmt: skip
    return {
        "next": f"http://kith/api/people/?cursor={end}" if end < MANY else None,
        "results": [
            person | {"id": number + 1, "name": f"Person {number}", "display_name": f"P {number}"}
            for number in range(start, end)
        ],
    }
