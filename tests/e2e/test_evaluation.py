"""The page that evaluates the labels, and the buttons beside a label."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith


@pytest.fixture
def kith(shared: Path, tmp_path: Path) -> Iterator[Kith]:
    """A Kith that has looked at a photo of several people."""
    shutil.copy(shared / "photos" / "album" / "friends" / "friends_003.jpg", tmp_path)
    with temporary_home() as home:
        running = Kith(home, str(tmp_path), KITH_ADMIN_PASSWORD=PASSWORD)
        running.wait_for("Scan finished", 120)
        yield running
        assert running.end() == 0


def test_labels_are_evaluated_and_corrected_where_they_are_shown(kith: Kith, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{kith.port}/login/?next=/evaluation/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("How good are the guesses?")).to_be_visible()
    _label_all(page, "Ann")

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


def _label_all(page: Page, name: str) -> None:
    """Give the same name to all faces of the photo, as nobody should."""
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    answer = page.request.post(
        page.url.replace("/evaluation/", "/api/faces/label/"),
        data={"filter": {"tab": "unassigned"}, "name": name},
        headers={"X-CSRFToken": token, "Referer": page.url},
    )
    assert answer.ok
