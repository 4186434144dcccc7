"""No page has script or style that its own policy refuses."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.album import copy_photos
from tests.e2e.house import Guest, House

PHOTO = """
from photos.models import Photo
result = Photo.objects.get(library__owner__username=name).pk
"""
PAGES = [
    "/", "/?tab=unassigned", "/?tab=unknown", "/?tab=dismissed", "/photos/", "/search/", "/people/",
    "/questions/", "/history/", "/evaluation/", "/engines/", "/jobs/", "/settings/", "/nowhere/",
]  # fmt: skip
OF_STAFF = [
    "/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/photos/photo/",
    "/admin/jobs/job/", "/admin/audit/auditentry/", "/admin/queues/",
]  # fmt: skip


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    photos = copy_photos(shared, tmp_path_factory.mktemp("photos"), "friends_003.jpg")
    return house.guest("policy", photos)


# The fixture page fails the test where anything was refused.
@pytest.mark.parametrize("address", [*PAGES, *OF_STAFF])
def test_a_page_keeps_its_policy(guest: Guest, page: Page, address: str) -> None:
    guest.visit(page, address)
    page.wait_for_load_state("networkidle")
    assert page.locator("style").count() == 0 or address == "/admin/queues/"


def test_a_photo_with_its_boxes_keeps_the_policy_and_its_places(guest: Guest, page: Page) -> None:
    photo = guest.run(PHOTO)
    guest.visit(page, f"/photos/{photo}/")
    boxes = page.locator(".face-box")
    expect(boxes).to_have_count(4)
    places = [box.bounding_box() for box in boxes.all()]
    assert len({(place["x"], place["y"]) for place in places if place}) == 4


def test_the_api_can_be_tried_on_its_page(guest: Guest, page: Page) -> None:
    guest.visit(page, "/api/docs/")
    expect(page.get_by_text("/api/people/", exact=True).first).to_be_visible(timeout=20_000)


def test_script_in_the_text_of_a_page_is_refused(guest: Guest, page: Page) -> None:
    other = page.context.new_page()  # whose refusals fail nothing
    guest.enter(other)
    other.goto(guest.base + "/settings/")
    other.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " '<img src=x onerror=\"window.broken = 1\"><style>body{display:none}</style>')"
    )
    other.wait_for_timeout(300)
    assert other.evaluate("window.broken") is None
    assert other.locator("body").is_visible()
