"""A photo with its faces: named, drawn and deleted there, by mouse and by keyboard alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.album import copy_photos
from tests.e2e.client import wait_until_idle
from tests.e2e.house import Guest, House

# Six people sit in it, one of them turned away so far that HOG does not find him.
PHOTO, MISSED = "friends_019.jpg", (0.2, 0.12, 0.34, 0.44)
NEIGHBOUR = "friends_012.jpg"
LARGE = ("large.jpg", "large.tif")
A_SCAN_MS = 60_000
PATIENCE_MS = 20_000  # of a page on a machine that is at much else


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    album = copy_photos(shared, tmp_path_factory.mktemp("album"), PHOTO, NEIGHBOUR)
    for name in LARGE:
        Image.linear_gradient("L").resize((3000, 2000)).save(album / name)
    return house.guest("photo", album)


@pytest.fixture
def board(guest: Guest, page: Page) -> Page:
    """The unassigned faces."""
    guest.enter(page)
    wait_until_idle(page, guest.base)
    guest.visit(page, "/?tab=unassigned")
    expect(page.locator(".face-card").first).to_be_visible(timeout=PATIENCE_MS)
    return page


def test_space_opens_the_photo_and_closes_it_at_the_same_place(board: Page) -> None:
    card = board.locator(".face-card").nth(2)
    card.locator(".crop").focus()
    face = card.get_attribute("data-face")
    board.keyboard.press(" ")
    expect(board.get_by_role("dialog", name=".jpg")).to_be_visible()
    expect(board.locator(f".face-box[data-face='{face}']")).to_be_focused()
    for key in (" ", "Escape"):
        board.keyboard.press(key)
        expect(_boxes(board)).to_have_count(0)
        expect(card.locator(".crop")).to_be_focused()
        board.keyboard.press(" ")
        expect(_boxes(board).first).to_be_visible()
    board.get_by_role("button", name="Close the photo").click()
    expect(card.locator(".crop")).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (900, 380), (390, 780)])
def test_boxes_lie_over_the_faces_at_any_size_of_the_window(
    board: Page, width: int, height: int
) -> None:
    faces = {face["id"]: face["box"] for face in _faces(board)}
    _open(board)
    board.set_viewport_size({"width": width, "height": height})
    picture = _picture(board)
    assert picture["width"] / picture["height"] == pytest.approx(1200 / 720, rel=0.01)
    assert picture["x"] >= 0
    assert picture["x"] + picture["width"] <= width + 1
    assert picture["y"] + picture["height"] <= height + 1
    _expect_boxes_on(board, faces)


def test_boxes_stay_on_their_faces_while_the_photo_is_zoomed_and_moved(board: Page) -> None:
    faces = {face["id"]: face["box"] for face in _faces(board)}
    _open(board)
    board.locator(".photo-view").focus()
    whole = _picture(board)
    board.keyboard.press("+")
    assert _picture(board)["width"] == pytest.approx(whole["width"] * 1.5, rel=0.01)
    _expect_boxes_on(board, faces)
    corner = (whole["x"] + 5, whole["y"] + 5)
    board.mouse.move(*corner)
    board.mouse.wheel(0, -100)
    _expect_boxes_on(board, faces)
    # Whatever the pointer is on stays under it.
    before = _picture(board)
    share = (corner[0] - before["x"]) / before["width"]
    board.mouse.wheel(0, -50)
    after = _picture(board)
    assert (corner[0] - after["x"]) / after["width"] == pytest.approx(share, abs=0.01)
    # A drag is no click, be it on a face.
    board.keyboard.press("ArrowRight")
    expect(board.locator(".face-box:focus")).to_be_in_viewport(ratio=0.9)
    face = board.locator(".face-box:focus").bounding_box()
    assert face is not None
    board.mouse.move(face["x"] + 5, face["y"] + 5)
    after = _picture(board)
    board.mouse.down()
    board.mouse.move(face["x"] - 100, face["y"] - 60, steps=4)
    board.mouse.up()
    assert _picture(board)["x"] != pytest.approx(after["x"], abs=5)
    expect(board.get_by_role("dialog", name="Who is this?")).to_have_count(0)
    _expect_boxes_on(board, faces)
    for _ in faces:
        board.keyboard.press("ArrowRight")
        expect(board.locator(".face-box:focus")).to_be_in_viewport(ratio=0.9)
    board.keyboard.press("0")
    assert _picture(board) == pytest.approx(whole, abs=1)
    board.mouse.dblclick(whole["x"] + whole["width"] / 2, whole["y"] + whole["height"] - 8)
    assert _picture(board)["width"] == pytest.approx(whole["width"] * 2.5, rel=0.01)
    board.keyboard.press("-")
    assert _picture(board)["width"] < whole["width"] * 2


@pytest.mark.parametrize(
    ("name", "source"), [("large.jpg", "/original/"), ("large.tif", "large=true")]
)
def test_zoomed_in_beyond_a_screen_all_pixels_are_shown(
    board: Page, name: str, source: str
) -> None:
    board.goto(f"{_base(board)}/photos/{_photo(board, name)}/")
    picture = board.locator(".picture img")
    expect(picture).to_have_attribute("src", re.compile("/preview/"))
    expect(picture).to_have_js_property("naturalWidth", 2048)
    before = _picture(board)
    board.locator(".photo-view").focus()
    for _ in range(3):
        board.keyboard.press("+")
    expect(picture).to_have_attribute("src", re.compile(re.escape(source)))
    expect(picture).to_have_js_property("naturalWidth", 3000)
    board.keyboard.press("0")
    assert _picture(board) == pytest.approx(before, abs=1)


def test_a_click_on_a_box_names_the_face_and_the_message_takes_it_back(board: Page) -> None:
    _open(board)
    box = _boxes(board).nth(1)
    box.click()
    _answer(board, "Chandler")
    expect(box).to_have_accessible_name("Chandler")
    expect(box).to_be_focused()
    board.get_by_role("button", name="Undo").click()
    expect(box).to_have_accessible_name("Nobody known")
    board.keyboard.press("Escape")
    expect(_boxes(board)).to_have_count(0)


def test_the_keyboard_alone_names_rejects_deletes_and_undoes(board: Page) -> None:
    _open(board)
    count = _boxes(board).count()
    board.keyboard.press("ArrowRight")
    expect(_boxes(board).nth(1)).to_be_focused()
    board.keyboard.press("n")
    _answer(board, "Rachel")
    expect(_boxes(board).nth(1)).to_have_accessible_name("Rachel")
    board.keyboard.press("r")
    expect(_boxes(board).nth(1)).to_have_accessible_name("Nobody known")
    board.keyboard.press("u")
    expect(_boxes(board).nth(1)).to_have_accessible_name("Rachel")
    board.keyboard.press("Delete")
    expect(_boxes(board)).to_have_count(count - 1)
    expect(_boxes(board).nth(1)).to_be_focused()
    board.keyboard.press("u")
    expect(_boxes(board)).to_have_count(count, timeout=A_SCAN_MS)


def test_what_another_tab_has_said_meanwhile_is_not_overwritten(board: Page) -> None:
    _open(board)
    box = _boxes(board).first
    face = int(box.get_attribute("data-face") or 0)
    other = board.context.new_page()
    other.goto(f"{_base(board)}/photos/{_photo(board)}/")
    other.locator(f".face-box[data-face='{face}']").click()
    _answer(other, "Ross")
    expect(other.locator(f".face-box[data-face='{face}']")).to_have_accessible_name("Ross")
    box.click()
    _answer(board, "Gunther")
    expect(board.get_by_text("1 face stays as it was")).to_be_visible()
    expect(box).to_have_accessible_name("Ross")
    other.locator(f".face-box[data-face='{face}']").focus()
    other.keyboard.press("u")
    expect(other.locator(f".face-box[data-face='{face}']")).to_have_accessible_name("Nobody known")
    other.close()


def test_a_face_is_drawn_with_the_mouse_and_undone(board: Page) -> None:
    _open(board)
    count = _boxes(board).count()
    board.get_by_role("button", name="Draw a face").click()
    _drag(board, MISSED)
    expect(board.get_by_role("combobox", name="Name of the person")).to_be_focused()
    # Closing the question leaves the box; Enter asks again.
    board.keyboard.press("Escape")
    expect(board.locator(".drawn")).to_be_focused()
    board.keyboard.press("Enter")
    _answer(board, "Joey")
    expect(_boxes(board)).to_have_count(count + 1)
    drawn = board.get_by_role("button", name="Joey", exact=True)
    expect(drawn).to_be_focused()
    face = int(drawn.get_attribute("data-face") or 0)
    _until_embedded(board, face)
    assert _face(board, face)["detector"] == "by-hand"
    board.keyboard.press("Control+z")
    expect(_boxes(board)).to_have_count(count)
    assert board.request.get(f"{_base(board)}/api/faces/{face}/").status == 404


def test_a_face_is_drawn_by_the_keyboard_alone(board: Page) -> None:
    _open(board)
    count = _boxes(board).count()
    board.keyboard.press("d")
    expect(board.locator(".drawn")).to_be_focused()
    before = board.locator(".drawn").bounding_box()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowUp"):
        board.keyboard.press(key)
    after = board.locator(".drawn").bounding_box()
    assert before and after
    assert after["width"] > before["width"]
    assert after["height"] < before["height"]
    # Over one that is known: that is said, and nothing is lost.
    board.keyboard.press("Escape")
    expect(board.locator(".drawn")).to_have_count(0)
    board.keyboard.press("d")
    for _ in range(45):
        board.keyboard.press("ArrowLeft")
    board.keyboard.press("Enter")
    _answer(board, "Joey")
    expect(_boxes(board)).to_have_count(count + 1)
    board.keyboard.press("u")
    expect(_boxes(board)).to_have_count(count)


def test_a_second_box_on_a_face_is_refused_with_a_reason(board: Page) -> None:
    _open(board)
    count = _boxes(board).count()
    box = _faces(board)[0]["box"]
    board.get_by_role("button", name="Draw a face").click()
    corners = (box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"])
    _drag(board, corners)
    board.keyboard.press("Escape")
    board.get_by_role("button", name="Keep without a name").click()
    expect(board.get_by_text("Here is a face already")).to_be_visible()
    expect(board.locator(".drawn")).to_be_focused()
    board.keyboard.press("Escape")
    expect(_boxes(board)).to_have_count(count)


def test_a_photo_has_a_page_of_its_own(board: Page) -> None:
    board.goto(f"{_base(board)}/photos/{_photo(board)}/")
    box = _boxes(board).first
    box.click()
    _answer(board, "Phoebe")
    expect(box).to_have_accessible_name("Phoebe")
    board.keyboard.press("u")
    expect(box).to_have_accessible_name("Nobody known")


def test_what_was_deleted_is_brought_back_by_the_keyboard_alone(board: Page) -> None:
    first = board.locator(".face-card").first
    face = int(first.get_attribute("data-face") or 0)
    box = _face(board, face)["box"]
    first.locator(".crop").focus()
    board.keyboard.press("Delete")
    expect(board.get_by_text("1 face deleted.")).to_be_visible()
    board.get_by_role("link", name="Dismissed").focus()
    board.keyboard.press("Enter")
    place = board.get_by_role("button", name="Deleted on").first
    expect(place).to_be_visible()
    count = int(board.locator("[data-count=dismissed]").inner_text())
    place.focus()
    board.keyboard.press("x")
    expect(board.get_by_text("1 selected")).to_be_visible()
    board.keyboard.press("Enter")
    expect(board.get_by_text("1 face is back.")).to_be_visible()
    expect(board.locator("[data-count=dismissed]")).to_have_text(str(count - 1))
    back = [each for each in _faces(board, None) if each["box"]["left"] == box["left"]]
    assert len(back) == 1
    board.keyboard.press("u")
    expect(board.locator("[data-count=dismissed]")).to_have_text(str(count))
    board.get_by_role("button", name="Bring back").first.click()
    expect(board.locator("[data-count=dismissed]")).to_have_text(str(count - 1))


def test_where_nothing_was_deleted_the_tab_says_what_it_is_for(board: Page) -> None:
    board.goto(f"{_base(board)}/?tab=dismissed")
    while board.get_by_role("button", name="Bring back").count():
        board.get_by_role("button", name="Bring back").first.click()
        board.wait_for_timeout(300)
    expect(board.get_by_role("heading", name="Nothing deleted")).to_be_visible()


def _base(page: Page) -> str:
    return page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2]


def _photo(page: Page, name: str = PHOTO) -> int:
    photos = page.request.get(f"{_base(page)}/api/photos/").json()["results"]
    return next(int(photo["id"]) for photo in photos if photo["path"] == name)


def _face(page: Page, face: int) -> Any:
    return page.request.get(f"{_base(page)}/api/faces/{face}/").json()


def _faces(page: Page, photo: int | None = 0) -> list[dict[str, Any]]:
    only = "" if photo is None else f"&photo={photo or _photo(page)}"
    answer = page.request.get(f"{_base(page)}/api/faces/?limit=500{only}").json()
    faces: list[dict[str, Any]] = answer["results"]
    return faces


def _picture(board: Page) -> dict[str, float]:
    """Where the picture is in the window, in px."""
    picture = board.locator(".picture img").bounding_box()
    assert picture is not None
    return {name: picture[name] for name in ("x", "y", "width", "height")}


def _expect_boxes_on(board: Page, faces: dict[int, dict[str, float]]) -> None:
    picture = _picture(board)
    for box in _boxes(board).all():
        shown, share = box.bounding_box(), faces[int(box.get_attribute("data-face") or 0)]
        assert shown is not None
        left = (shown["x"] - picture["x"]) / picture["width"]
        top = (shown["y"] - picture["y"]) / picture["height"]
        assert (left, top) == pytest.approx((share["left"], share["top"]), abs=0.01)
        assert shown["width"] / picture["width"] == pytest.approx(share["width"], abs=0.01)


def _boxes(page: Page) -> Locator:
    return page.locator(".face-box")


def _open(page: Page) -> None:
    """Open the photo from one of its faces on the board."""
    shown = {face["id"] for face in _faces(page)}
    for card in page.locator(".face-card").all():
        if int(card.get_attribute("data-face") or 0) in shown:
            card.locator(".crop").focus()
            page.keyboard.press(" ")
            expect(_boxes(page).first).to_be_visible()
            _boxes(page).first.focus()
            return
    raise AssertionError("none of its faces is on the board")


def _answer(page: Page, name: str) -> None:
    """Type a name into the pop-up and take it."""
    expect(page.get_by_role("combobox", name="Name of the person")).to_be_focused()
    page.keyboard.type(name)
    expect(page.get_by_role("option", name=name).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Name of the person")).to_be_hidden()


def _drag(page: Page, corners: tuple[float, float, float, float]) -> None:
    frame = page.locator(".picture").bounding_box()
    assert frame is not None
    left, top, right, bottom = corners
    page.mouse.move(frame["x"] + left * frame["width"], frame["y"] + top * frame["height"])
    page.mouse.down()
    x, y = frame["x"] + right * frame["width"], frame["y"] + bottom * frame["height"]
    page.mouse.move(x, y, steps=5)
    page.mouse.up()


def _until_embedded(page: Page, face: int) -> None:
    """Wait until a worker has looked at a face."""
    for _ in range(A_SCAN_MS // 250):
        if _face(page, face)["quality"] > 0:
            return
        page.wait_for_timeout(250)
    raise AssertionError("no worker has looked at it")
