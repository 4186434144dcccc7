"""The page that evaluates the labels, and the buttons beside a label."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.album import copy_photos
from tests.e2e.client import write
from tests.e2e.house import Guest, House


@pytest.fixture
def guest(house: House, shared: Path, tmp_path: Path) -> Guest:
    """Somebody with a photo of several people."""
    return house.guest("evaluation", copy_photos(shared, tmp_path, "friends_003.jpg"))


def test_labels_are_evaluated_and_corrected_where_they_are_shown(guest: Guest, page: Page) -> None:
    guest.visit(page, "/evaluation/")
    expect(page.get_by_text("How good are the guesses?")).to_be_visible()
    # As nobody should: all faces of the photo have the same name.
    write(page, guest.base, "faces/label/", {"filter": {"tab": "unassigned"}, "name": "Ann"})

    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_text("rightly named", exact=False).first).to_be_visible(timeout=30_000)
    labels = page.locator("#conflicts-title ~ .conflict .label")
    count = labels.count()
    assert count >= 2

    labels.first.get_by_role("button", name="Change…").click()
    page.keyboard.type("Bob")
    expect(page.get_by_role("option", name="Add “Bob”")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 face is Bob.")).to_be_visible()
    expect(labels).to_have_count(count - 1 if count > 2 else 0)
    for left in range(labels.count() - 1, 0, -1):
        labels.first.get_by_role("button", name="Remove label").click()
        expect(labels).to_have_count(left if left > 1 else 0)
    expect(page.locator("#conflicts-title")).to_have_count(0)
