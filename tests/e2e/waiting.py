"""Waiting for what a page says, where its content policy lets Playwright poll nothing."""

import time

from playwright.sync_api import Page

PATIENCE = 30  # seconds


def wait_until(page: Page, script: str) -> None:
    """Wait until an expression is true in the page."""
    ends = time.monotonic() + PATIENCE
    while not page.evaluate(script):
        assert time.monotonic() < ends, script
        page.wait_for_timeout(50)
