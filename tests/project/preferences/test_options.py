"""The table of settings and what the documents say of it."""

from docs.settings_table import DOCUMENT, with_table
from project.preferences.options import OPTIONS


def test_the_documents_table_is_that_of_the_code() -> None:
    """Otherwise: python -m docs.settings_table."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(document) == document
    assert all(f"`{option.variable}`" in document for option in OPTIONS.values())
