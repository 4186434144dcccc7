"""Another language: where there is a catalogue, templates and elements speak it."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.translation import trans_real
from playwright.sync_api import Browser, expect
from pytest_django import Settings

from project.jobs.models import Job

GERMAN = {"accept-language": "de"}
SCRIPT = Path(__file__).parents[2] / "frontend" / "dist" / "kith.js"
PLURALS = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def write_catalogue(file: Path, texts: dict[str, str]) -> None:
    """Write a catalogue as gettext reads it; plural forms have a zero byte between them."""
    pairs = sorted((key.encode(), value.encode()) for key, value in ({"": PLURALS} | texts).items())
    keys_at, values_at = 28, 28 + 8 * len(pairs)
    at = values_at + 8 * len(pairs)
    tables, content = [b"", b""], b""
    for number in (0, 1):
        for pair in pairs:
            tables[number] += struct.pack("<2I", len(pair[number]), at + len(content))
            content += pair[number] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), keys_at, values_at, 0, 0)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(header + tables[0] + tables[1] + content)


@pytest.fixture
def german(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A tiny German translation of templates and elements."""
    messages = tmp_path / "de" / "LC_MESSAGES"
    write_catalogue(messages / "django.mo", {"Sign in": "Anmelden bei Kith", "Queued": "Wartet"})
    write_catalogue(
        messages / "djangojs.mo",
        {
            "Train": "Lernen",
            "%(count)s label\0%(count)s labels": "%(count)s Name\0%(count)s Namen",
        },
    )
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    trans_real._translations.clear()  # type: ignore[attr-defined]
    yield
    trans_real._translations.clear()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("german")
def test_a_page_is_translated_and_loads_the_words_of_its_elements(client: Client) -> None:
    page = client.get("/login/", headers=GERMAN).content.decode()
    assert "Anmelden bei Kith" in page
    assert '<html lang="de">' in page
    assert '<script src="/jsi18n/?de">' in page
    assert "jsi18n" not in client.get("/login/").content.decode()


@pytest.mark.usefixtures("german", "db")
def test_what_a_state_is_called_is_said_in_the_language_of_the_page(admin: Client) -> None:
    Job.objects.create(kind=Job.Kind.SCAN, state=Job.State.QUEUED, requested_by=User.objects.get())
    assert "Wartet" in admin.get("/jobs/", headers=GERMAN).content.decode()
    assert "Wartet" not in admin.get("/jobs/").content.decode()


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
