"""Photos and faces under fingers: pinching, swiping, scrolling, and a long press."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.e2e.album import copy_photos
from tests.e2e.house import Guest, House
from tests.e2e.waiting import wait_until

PHOTOS = ("friends_003.jpg", "friends_004.jpg", "friends_012.jpg", "friends_019.jpg")
Point = tuple[float, float]


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return house.guest("touch", copy_photos(shared, tmp_path_factory.mktemp("album"), *PHOTOS))


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a phone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


class Fingers:
    """Fingers on the screen of a page, moved as the system of a phone tells of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)

    def move(self, *ways: Sequence[Point], lift: bool = True) -> None:
        """Put down a finger at the start of each way, move all in step, and lift them."""
        starts = [way[0] for way in ways]
        self._send("touchStart", starts)
        for places in zip(*[_between(way) for way in ways], strict=True):
            self._send("touchMove", places)
            self.page.wait_for_timeout(16)
        if lift:
            self._send("touchEnd", [])

    def hold(self, place: Point, milliseconds: float) -> None:
        """Put down a finger and lift it after a while."""
        self._send("touchStart", [place])
        self.page.wait_for_timeout(milliseconds)
        self._send("touchEnd", [])

    def _send(self, kind: str, places: Sequence[Point]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture
def opened(guest: Guest, phone: Page) -> Page:
    """The second photo of the timeline, over it."""
    guest.visit(phone, "/photos/")
    phone.locator("[data-at='1']").tap()
    expect(phone.locator(".face-box").first).to_be_visible()
    return phone


def test_two_fingers_zoom_and_one_moves_what_is_zoomed(opened: Page) -> None:
    fingers, whole = Fingers(opened), _picture(opened)
    x, y = whole["x"] + whole["width"] / 2, whole["y"] + whole["height"] / 2
    fingers.move([(x - 40, y), (x - 120, y)], [(x + 40, y), (x + 120, y)])
    zoomed = _picture(opened)
    assert zoomed["width"] == pytest.approx(3 * whole["width"], rel=0.15)
    name = _name(opened)
    fingers.move([(x, y), (x - 100, y)])
    assert _picture(opened)["x"] == pytest.approx(zoomed["x"] - 100, abs=12)
    assert _name(opened) == name
    fingers.move([(x - 120, y), (x - 30, y)], [(x + 120, y), (x + 30, y)])
    fingers.move([(x - 120, y), (x - 30, y)], [(x + 120, y), (x + 30, y)])
    assert _picture(opened)["width"] == pytest.approx(whole["width"], abs=1)
    expect(opened.get_by_role("dialog", name="Who is this?")).to_have_count(0)


def test_a_swipe_leads_to_the_neighbours_and_a_tap_names(opened: Page) -> None:
    fingers, name = Fingers(opened), _name(opened)
    stage = opened.locator(".stage").bounding_box()
    assert stage
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] - 30
    fingers.move([(x + 100, y), (x - 100, y)])
    expect(opened.locator(".photo-view .title b")).not_to_have_text(name)
    fingers.move([(x - 100, y), (x + 100, y)])
    expect(opened.locator(".photo-view .title b")).to_have_text(name)
    fingers.move([(x, y), (x, y - 150)])  # up and down means nothing
    expect(opened.locator(".photo-view .title b")).to_have_text(name)
    opened.wait_for_timeout(600)  # sooner, the browser takes a tap for what stops the swipe
    opened.locator(".face-box").first.tap()
    expect(opened.get_by_role("dialog", name="Who is this?")).to_be_visible()


def test_a_swipe_that_begins_on_a_face_names_nobody(opened: Page) -> None:
    name = _name(opened)
    x, y = _middle(opened.locator(".face-box").first)
    Fingers(opened).move([(x, y), (x + (100 if x < 190 else -100), y)])
    expect(opened.locator(".photo-view .title b")).not_to_have_text(name)
    expect(opened.get_by_role("dialog", name="Who is this?")).to_have_count(0)


def test_a_finger_draws_a_face_and_moves_nothing(opened: Page) -> None:
    before = _picture(opened)
    opened.get_by_role("button", name="Draw a face").tap()
    after = _picture(opened)
    x, y = after["x"] + 10, after["y"] + 10
    Fingers(opened).move([(x, y), (x + 60, y + 60)])
    expect(opened.get_by_role("dialog", name="Whom did you draw?")).to_be_visible()
    drawn = opened.locator(".drawn").bounding_box()
    assert drawn
    assert (drawn["width"], drawn["height"]) == pytest.approx((60, 60), abs=8)
    assert _picture(opened)["width"] == pytest.approx(before["width"], abs=1)


@pytest.fixture
def board(guest: Guest, phone: Page) -> Page:
    """The unassigned faces."""
    guest.visit(phone, "/?tab=unassigned")
    expect(phone.locator(".face-card .crop").first).to_be_visible()
    return phone


def test_a_finger_that_moves_scrolls_the_faces_and_selects_none(board: Page) -> None:
    x, y = _middle(board.locator(".face-card .crop").nth(2))
    Fingers(board).move([(x, y), (x + 4, y - 300)])
    wait_until(board, "scrollY > 150")
    expect(board.locator(".face-card.selected")).to_have_count(0)
    expect(board.locator(".rectangle")).to_have_count(0)
    expect(board.get_by_role("dialog")).to_have_count(0)


def test_a_long_press_selects_a_tap_goes_on_and_the_page_still_scrolls(board: Page) -> None:
    cards, fingers = board.locator(".face-card"), Fingers(board)
    fingers.hold(_middle(cards.nth(0).locator(".crop")), 700)
    expect(board.locator(".face-card.selected")).to_have_count(1)
    cards.nth(1).locator(".crop").tap()
    expect(board.locator(".face-card.selected")).to_have_count(2)
    x, y = _middle(cards.nth(2).locator(".crop"))
    fingers.move([(x, y), (x, y - 250)])
    wait_until(board, "scrollY > 100")
    expect(board.locator(".face-card.selected")).to_have_count(2)


def test_a_tap_opens_the_photo_of_a_face(board: Page) -> None:
    board.locator(".face-card .crop").first.tap()
    expect(board.locator(".photo-view.over .face-box").first).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/photos/", "/people/", "/search/", "/settings/"])
def test_enlarged_to_200_percent_nothing_runs_off_the_side(
    guest: Guest, browser: Browser, address: str
) -> None:
    # A window of 1280 × 800 that is zoomed in by the browser has half as many pixels of the page.
    context = browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page = context.new_page()
    guest.visit(page, address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def _between(way: Sequence[Point], steps: int = 8) -> list[Point]:
    (x, y), (to_x, to_y) = way
    shares = [(step + 1) / steps for step in range(steps)]
    return [(x + (to_x - x) * share, y + (to_y - y) * share) for share in shares]


def _middle(place: Locator) -> Point:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _picture(page: Page) -> dict[str, float]:
    box = page.locator(".picture").bounding_box()
    assert box
    return {name: box[name] for name in ("x", "y", "width", "height")}


def _name(page: Page) -> str:
    return page.locator(".photo-view .title b").inner_text()
