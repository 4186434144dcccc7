"""The board under keys that are held, clicks that come twice, and the keyboard alone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from tests.e2e.album import copy_photos
from tests.e2e.house import Guest, House

PHOTOS = ("friends_003.jpg", "friends_004.jpg", "friends_005.jpg", "friends_006.jpg")
REPEATS = 8
# What was going to happen wrongly has happened by then.
AFTERMATH_MS = 700


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Somebody with four photos."""
    album = copy_photos(shared, tmp_path_factory.mktemp("album"), *PHOTOS)
    return house.guest("board", album)


@pytest.fixture
def board(guest: Guest, page: Page) -> Page:
    """The unassigned faces, with one person whom a careless Enter could take."""
    guest.visit(page, "/?tab=unassigned")
    expect(_cards(page).first).to_be_visible()
    if _count(page, "labelled") == 0:
        _cards(page).first.locator(".crop").focus()
        _name_by_keyboard(page, "Rachel")
        expect(page.locator("[data-count=labelled]")).to_have_text("1")
    return page


def test_the_keyboard_alone_names_a_face(board: Page) -> None:
    labelled = _count(board, "labelled")
    face = _face_of(_cards(board).first)
    _cards(board).first.locator(".crop").focus()
    _name_by_keyboard(board, "Monica")
    expect(board.get_by_text("1 face is Monica.")).to_be_visible()
    expect(board.locator(f"[data-face='{face}']")).to_have_count(0)
    expect(board.locator("[data-count=labelled]")).to_have_text(str(labelled + 1))
    expect(_cards(board).first.locator(".crop")).to_be_focused()


def test_what_was_said_is_taken_back_by_a_key_and_by_the_message(board: Page) -> None:
    faces, labelled = _faces(board), _count(board, "labelled")
    ways: list[Callable[[], None]] = [
        lambda: board.keyboard.press("u"),
        lambda: board.keyboard.press("Control+z"),
        lambda: board.get_by_role("button", name="Undo").first.click(),
    ]
    for take_back in ways:
        _cards(board).first.locator(".crop").focus()
        _name_by_keyboard(board, "Phoebe")
        expect(board.locator("[data-count=labelled]")).to_have_text(str(labelled + 1))
        take_back()
        expect(board.get_by_text("Undone: 1 face.")).to_be_visible()
        expect(board.locator("[data-count=labelled]")).to_have_text(str(labelled))
        expect(_cards(board)).to_have_count(len(faces))
    assert sorted(_faces(board)) == sorted(faces)


def test_holding_enter_on_an_unassigned_face_labels_nothing(board: Page) -> None:
    faces = _faces(board)
    _cards(board).first.locator(".crop").focus()
    _hold(board, "Enter")
    expect(board.get_by_role("combobox", name="Name of the person")).to_be_visible()
    expect(board.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    _hold(board, "Enter")
    board.wait_for_timeout(AFTERMATH_MS)
    assert _faces(board) == faces


def test_pressing_enter_twice_labels_nothing_until_an_arrow_chooses(board: Page) -> None:
    faces = _faces(board)
    labelled = _count(board, "labelled")
    _cards(board).first.locator(".crop").focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Enter")
    expect(board.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    board.keyboard.press("Enter")
    board.wait_for_timeout(AFTERMATH_MS)
    assert _faces(board) == faces
    board.keyboard.press("ArrowDown")
    board.keyboard.press("Enter")
    expect(board.locator("[data-count=labelled]")).to_have_text(str(labelled + 1))


def test_holding_delete_deletes_one_face(board: Page) -> None:
    faces = _faces(board)
    _cards(board).first.locator(".crop").focus()
    _hold(board, "Delete")
    board.wait_for_timeout(AFTERMATH_MS)
    assert _faces(board) == faces[1:]


def test_holding_enter_on_the_bin_deletes_one_face(board: Page) -> None:
    faces = _faces(board)
    _bin(_cards(board).first).focus()
    _hold(board, "Enter")
    board.wait_for_timeout(AFTERMATH_MS)
    assert _faces(board) == faces[1:]


@pytest.mark.parametrize("second", [2, 1], ids=["as-a-double-click", "as-a-click-of-its-own"])
def test_clicking_the_bin_twice_deletes_one_face(board: Page, second: int) -> None:
    faces = _faces(board)
    box = _box(_bin(_cards(board).first))
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    board.mouse.click(*at)
    expect(board.locator(f"[data-face='{faces[0]}']")).to_have_count(0)
    board.mouse.click(*at, click_count=second)
    board.wait_for_timeout(AFTERMATH_MS)
    assert _faces(board) == faces[1:]
    board.mouse.click(*at)
    expect(_cards(board)).to_have_count(len(faces) - 2)


def test_keys_mean_the_faces_that_a_rectangle_has_selected(board: Page) -> None:
    second, third = (_box(_cards(board).nth(index)) for index in (1, 2))
    # From the gap before the second face, too far, and back to the third.
    board.mouse.move(second["x"] - 5, second["y"] + 20)
    board.mouse.down()
    board.mouse.move(third["x"] + 2 * third["width"], second["y"] + 60, steps=5)
    board.mouse.move(third["x"] + 20, second["y"] + 60, steps=5)
    board.mouse.up()
    expect(board.locator(".face-card.selected")).to_have_count(2)
    board.keyboard.press("n")
    expect(board.get_by_role("dialog").get_by_text("Who are these 2 faces?")).to_be_visible()


def test_keys_mean_the_selection_wherever_the_focus_is(board: Page) -> None:
    board.get_by_role("button", name="Select all").click()
    expect(board.locator(".crop:focus")).to_be_visible()
    board.get_by_label("Sort").focus()
    board.keyboard.press("n")
    expect(board.get_by_role("dialog")).to_have_count(0)
    board.get_by_role("link", name="History").focus()
    board.keyboard.press("n")
    question = f"Who are these {_cards(board).count()} faces?"
    expect(board.get_by_role("dialog").get_by_text(question)).to_be_visible()
    board.keyboard.press("Escape")
    board.get_by_role("button", name="Clear selection").focus()
    board.keyboard.press("Enter")
    expect(board.locator(".face-card.selected")).to_have_count(0)
    expect(board.locator(".crop:focus")).to_be_visible()


def test_an_order_chosen_while_the_server_is_asked_is_shown(board: Page) -> None:
    def later(route: Route) -> None:
        board.wait_for_timeout(600)
        route.continue_()

    board.route("**/api/faces/dismiss/", later)
    _bin(_cards(board).first).click()
    board.get_by_label("Sort").select_option("size")
    board.wait_for_timeout(600 + AFTERMATH_MS)
    shown = _faces(board)
    board.reload()
    expect(_cards(board).first).to_be_visible()
    assert shown == _faces(board)


def test_skipping_to_the_content_leaves_the_page_as_it_is(board: Page) -> None:
    _cards(board).first.locator(".crop").click()
    board.get_by_role("link", name="Skip to the content").focus()
    board.keyboard.press("Enter")
    expect(board.locator("main")).to_be_focused()
    board.wait_for_timeout(AFTERMATH_MS)
    expect(board.locator(".face-card.selected")).to_have_count(1)


def test_what_was_deleted_stands_in_rows(board: Page) -> None:
    faces = _cards(board).count()
    for left in (faces - 1, faces - 2):
        _cards(board).first.locator(".crop").focus()
        board.keyboard.press("Delete")
        expect(_cards(board)).to_have_count(left)
    expect(board.locator("[aria-busy=true]")).to_have_count(0)
    board.goto(re.sub("tab=.*", "tab=dismissed", board.url))
    first, second = (_box(board.locator(".dismissed").nth(index)) for index in (0, 1))
    assert first["y"] == second["y"]
    assert first["width"] == second["width"] < 300


def test_whoever_is_signed_out_is_led_to_the_sign_in(board: Page) -> None:
    board.context.clear_cookies(name="sessionid")
    _cards(board).first.locator(".crop").focus()
    board.keyboard.press("Delete")
    board.get_by_role("link", name="Sign in").click()
    expect(board).to_have_url(re.compile(r"/login/\?next=%2F%3Ftab%3Dunassigned$"))


def _cards(page: Page) -> Locator:
    return page.locator(".face-card")


def _box(card: Locator) -> FloatRect:
    box = card.bounding_box()
    assert box is not None
    return box


def _bin(card: Locator) -> Locator:
    return card.get_by_role("button", name="Delete face")


def _face_of(card: Locator) -> int:
    return int(card.get_attribute("data-face") or 0)


def _faces(page: Page) -> list[int]:
    return [_face_of(card) for card in _cards(page).all()]


def _count(page: Page, tab: str) -> int:
    return int(page.locator(f"[data-count={tab}]").inner_text())


def _hold(page: Page, key: str) -> None:
    """Press a key so long that the keyboard repeats it."""
    for _ in range(REPEATS):
        page.keyboard.down(key)
        page.wait_for_timeout(50)
    page.keyboard.up(key)


def _name_by_keyboard(page: Page, name: str) -> None:
    page.keyboard.press("n")
    expect(page.get_by_role("combobox", name="Name of the person")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
