"""The user's day, from sign-in to the face that comes back, on real photos."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from faces.recognition.geometry import match_faces
from tests.e2e.album import PEOPLE, all_faces, box_of, copy_album, faces_by_identity
from tests.e2e.conftest import PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith

PHOTOS = 14
LABELS = 2


@pytest.fixture(scope="module")
def album(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few photos that show most of the four people."""
    return copy_album(shared, tmp_path_factory.mktemp("album"), PHOTOS)


@pytest.fixture(scope="module")
def kith(album: Path) -> Iterator[Kith]:
    with temporary_home() as home:
        running = Kith(home, str(album), KITH_ADMIN_PASSWORD=PASSWORD, KITH_WORKERS="2")
        running.wait_for("Kith is at")
        yield running
        assert running.end() == 0


def test_a_user_scans_labels_trains_confirms_deletes_and_rescans(
    kith: Kith, page: Page, shared: Path
) -> None:
    base = f"http://127.0.0.1:{kith.port}"
    page.goto(base)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    kith.wait_for("Scan finished", 240)

    page.goto(f"{base}/?tab=unassigned")
    expect(page.locator(".face-card").first).to_be_visible()
    faces_of = faces_by_identity(page, base, shared)
    for person in PEOPLE:
        for face in faces_of[person][:LABELS]:
            _name(page, _card(page, face), person)
    expect(page.locator("[data-count=labelled]")).to_have_text(str(LABELS * len(PEOPLE)))

    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("Training finished")).to_be_visible(timeout=60_000)

    page.get_by_role("link", name=re.compile("Inferred")).click()
    guesses = page.locator(".face-card")
    expect(guesses.first).to_be_visible()
    before = int(page.locator("[data-count=inferred]").inner_text())
    assert before > 0
    guesses.first.hover()
    guesses.first.get_by_role("button", name=re.compile("^Confirm ")).click()
    expect(page.get_by_text("1 face confirmed")).to_be_visible()
    expect(page.locator("[data-count=inferred]")).to_have_text(str(before - 1))
    expect(page.locator("[data-count=labelled]")).to_have_text(str(LABELS * len(PEOPLE) + 1))

    page.get_by_role("link", name=re.compile("Labelled")).click()
    expect(page.locator(".face-card").first).to_be_visible()
    everybody = all_faces(page, base)
    deleted = next(face for face in everybody if face["person"])
    _card(page, deleted["id"]).get_by_role("button", name="Delete face").click()
    expect(page.get_by_text("1 face deleted")).to_be_visible()
    assert len(all_faces(page, base)) == len(everybody) - 1

    page.goto(f"{base}/settings/")
    page.get_by_role("button", name=re.compile("^Rescan ")).click()
    page.get_by_role("checkbox", name="Bring back deleted faces").check()
    page.get_by_role("button", name="Start rescan").click()
    kith.wait_for("Rescan finished", 240)

    after = all_faces(page, base)
    assert len(after) == len(everybody)
    back = [face for face in after if _same_place(face, deleted)]
    assert [face["person"] for face in back] == [None]
    kept = {face["id"]: face["person"] for face in everybody if face["id"] != deleted["id"]}
    assert {face["id"]: face["person"] for face in after if face["id"] in kept} == kept


def _card(page: Page, face: int) -> Locator:
    """Return a face's card, scrolling until the grid has it."""
    card = page.locator(f".face-card[data-face='{face}']")
    for _ in range(20):
        if card.count():
            break
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(200)
    card.scroll_into_view_if_needed()
    card.hover()
    return card


def _name(page: Page, card: Locator, name: str) -> None:
    card.get_by_role("button", name="Name this face").click()
    page.get_by_role("combobox", name="Name of the person").fill(name)
    expect(page.get_by_role("option", name=name).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)


def _same_place(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return (
        first["photo"] == second["photo"] and match_faces([box_of(first)], [box_of(second)]) != []
    )
