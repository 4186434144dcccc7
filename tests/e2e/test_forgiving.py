"""The pop-up of names, Train and the messages, also while the server does not answer."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.album import PEOPLE, copy_album, faces_by_identity
from tests.e2e.client import read, train, write
from tests.e2e.house import Guest, House

ANSWERS = "**/api/**"


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Somebody with ten photos."""
    return house.guest("forgiving", copy_album(shared, tmp_path_factory.mktemp("album"), 10))


@pytest.fixture
def base(guest: Guest, page: Page, shared: Path) -> str:
    """The address of a Kith that is trained with two labels of each of four people; signed in."""
    base = guest.base
    guest.enter(page)
    if not read(page, base, "people/?kind=named")["results"]:
        faces_of = faces_by_identity(page, base, shared)
        for person in PEOPLE:
            data = {"faces": faces_of[person][:2], "name": person.replace("_", " ")}
            write(page, base, "faces/label/", data)
        train(page, base)
    return base


@pytest.fixture
def inferred(page: Page, base: str) -> Locator:
    """The first of the inferred faces, with the focus on it."""
    page.goto(f"{base}/?tab=inferred")
    face = page.locator(".face-card .crop").first
    face.focus()
    return face


def test_enter_takes_the_likeliest_person_when_nothing_is_typed(
    page: Page, inferred: Locator
) -> None:
    name, probability = _guess(inferred)
    page.keyboard.press("n")
    first = _pop_up(page).get_by_role("option").first
    expect(first).to_contain_text(f"{name} · {probability}")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"1 face is {name}.")).to_be_visible()


def test_typing_finds_people_whatever_the_accents(page: Page, inferred: Locator) -> None:
    page.keyboard.press("n")
    page.keyboard.type("lísa")
    expect(_pop_up(page).get_by_role("option").first).to_contain_text("Lisa Kudrow")
    expect(_pop_up(page).get_by_role("option", selected=True)).to_contain_text("Lisa Kudrow")
    expect(_pop_up(page).get_by_role("option", name="Add “lísa”")).to_be_visible()
    page.keyboard.press("Escape")
    expect(inferred).to_be_focused()


def test_what_was_typed_outlasts_an_outage(page: Page, inferred: Locator) -> None:
    page.keyboard.press("n")
    page.route(ANSWERS, lambda route: route.abort())
    page.keyboard.type("Gunther")
    problem = _pop_up(page).get_by_role("alert")
    expect(problem).to_contain_text("Kith does not answer")
    expect(page.get_by_text("trying again")).to_be_visible()
    page.keyboard.press("Enter")
    expect(_pop_up(page).get_by_role("combobox", name="Name of the person")).to_have_value(
        "Gunther"
    )
    page.unroute(ANSWERS)
    expect(problem).to_have_count(0, timeout=10_000)
    expect(page.get_by_text("trying again")).to_have_count(0)
    expect(_pop_up(page).get_by_role("option", selected=True)).to_have_text(
        re.compile("Add “Gunther”")
    )


def test_an_action_that_found_no_server_is_done_again_on_one_press(
    page: Page, inferred: Locator
) -> None:
    name, _ = _guess(inferred)
    card = page.locator(f"[data-face='{_face(inferred)}']")
    page.route(ANSWERS, lambda route: route.abort())
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved: Kith does not answer.")).to_be_visible()
    expect(card).to_be_visible()
    page.unroute(ANSWERS)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 face confirmed.")).to_be_visible()
    expect(card).to_have_count(0)
    expect(page.get_by_text("Not saved")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.get_by_text("Undone: 1 face.")).to_be_visible()
    expect(card.get_by_role("button", name=f"Confirm {name}")).to_be_visible()


def test_undo_waits_for_the_action_that_is_under_way(page: Page, inferred: Locator) -> None:
    labelled = page.locator("[data-count=labelled]").inner_text()

    def later(route: object) -> None:
        page.wait_for_timeout(500)
        route.continue_()  # type: ignore[attr-defined]

    page.route("**/api/faces/confirm/", later)
    page.keyboard.press("Enter")
    page.keyboard.press("u")
    expect(page.get_by_text("Undone: 1 face.")).to_be_visible()
    expect(page.locator("[data-count=labelled]")).to_have_text(labelled)


def test_the_focus_goes_back_to_the_faces_when_a_message_with_it_goes(
    page: Page, inferred: Locator
) -> None:
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo").first
    undo.focus()
    page.wait_for_timeout(7_000)  # longer than a message stays
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Undone: 1 face.")).to_be_visible()
    expect(page.locator(".face-card .crop[tabindex='0']")).to_be_focused()


def test_confirming_a_group_by_mouse_leads_nowhere_else(page: Page, inferred: Locator) -> None:
    page.set_viewport_size({"width": 390, "height": 500})
    buttons = page.locator(".confirm-group")
    page.mouse.wheel(0, 4_000)
    expect(inferred).not_to_be_in_viewport()
    expect(buttons.last).to_be_in_viewport()
    buttons.last.click()
    expect(page.get_by_text(re.compile("faces? confirmed"))).to_be_visible()
    # The last group has gone: what was above it is shown.
    left = page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
    assert left < 500
    page.keyboard.press("u")
    expect(page.get_by_text(re.compile("Undone"))).to_be_visible()


def test_a_phone_shows_faces_at_once_and_filters_on_demand(page: Page, inferred: Locator) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.reload()
    expect(inferred).to_be_in_viewport()
    slider = page.get_by_role("slider", name="Probability")
    expect(slider).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    expect(slider).to_be_visible()


def test_train_says_how_stale_the_guesses_are_and_what_it_changed(
    page: Page, inferred: Locator
) -> None:
    page.keyboard.press("Enter")
    beside = page.locator("train-button")
    expect(beside.get_by_text(re.compile(r"^\d+ labels? since the last training$"))).to_be_visible()
    below = _top(page)
    page.keyboard.press("t")
    expect(beside.get_by_role("progressbar")).to_be_visible()
    assert _top(page) == below
    expect(page.get_by_text("Training finished")).to_be_visible(timeout=60_000)
    expect(beside.get_by_text("since the last training")).to_have_count(0)
    assert _top(page) == below


def test_t_in_a_field_trains_nothing(page: Page, inferred: Locator) -> None:
    page.keyboard.press("n")
    page.keyboard.type("t")
    page.wait_for_timeout(500)
    expect(page.get_by_role("button", name="Train", exact=True)).to_have_attribute(
        "aria-disabled", "false"
    )


def _top(page: Page) -> float:
    box = page.locator("face-grid").bounding_box()
    assert box is not None
    return box["y"]


def _face(crop: Locator) -> str:
    return str(crop.evaluate("crop => crop.closest('[data-face]').dataset.face"))


def _guess(crop: Locator) -> tuple[str, str]:
    """Return the name and the probability that a face is shown with."""
    name, _, probability = str(crop.get_attribute("aria-label")).partition(", ")
    return name, probability


def _pop_up(page: Page) -> Locator:
    return page.get_by_role("dialog")
