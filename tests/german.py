"""A tiny German translation, for tests of other languages."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import trans_real
from pytest_django import Settings

GERMAN = {"accept-language": "de"}
PLURALS = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


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
