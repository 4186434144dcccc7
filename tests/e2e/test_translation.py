"""Another language: where there is a catalogue, elements speak it."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from tests.german import GERMAN, german

__all__ = ["german"]  # a fixture
SCRIPT = Path(__file__).parents[2] / "frontend" / "dist" / "kith.js"


@pytest.mark.usefixtures("german")
def test_an_element_speaks_the_language_of_the_page(
    client: Client,
    browser: Browser,
) -> None:
    words = client.get("/jsi18n/", headers=GERMAN).content.decode()
    page = browser.new_page()
    page.route("**/", lambda route: route.fulfill(content_type="text/html", body=PAGE))
    page.route("**/words.js", lambda route: route.fulfill(body=words))
    page.route("**/kith.js", lambda route: route.fulfill(path=SCRIPT))
    page.route("**/api/jobs/**", lambda route: route.fulfill(json={"next": None, "results": []}))
    page.route("**/api/trainings/standing/", lambda route: route.fulfill(json=STANDING))
    page.goto("http://kith.test/")
    expect(page.get_by_role("button", name="Lernen")).to_be_visible()
    expect(page.get_by_text("1.200 Namen")).to_be_visible()
    page.close()


STANDING = {"training": None, "labels_since": 1200, "faces_since": 0, "usual_seconds": None}
PAGE = """<!doctype html><html lang="de"><head><script src="/words.js"></script>
<script type="module" src="/kith.js"></script></head><body><train-button></train-button></body>"""
