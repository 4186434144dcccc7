"""What the tests of faults share: an album, worker processes, and the table that they print."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.project.jobs.conftest import redis as redis  # noqa: PLC0414 - a fixture
from tests.workers import Workers

# ``make test-faults`` asks for more.
PHOTOS = int(os.environ.get("FAULT_PHOTOS", "12"))
COLUMNS = ("fault", "job", "outcome", "photos", "seconds")


@pytest.fixture
def workers(redis: Redis) -> Iterator[Workers]:
    """No workers yet; those that are started are killed in the end."""
    team = Workers()
    yield team
    team.kill()


@pytest.fixture
def album(shared: Path, tmp_path: Path) -> Path:
    """A folder of a few real photos with several faces each."""
    folder = tmp_path / "album"
    every = sorted((shared / "photos/album").rglob("*.jpg"))
    for photo in every[:: max(1, len(every) // PHOTOS)][:PHOTOS]:
        place = folder / photo.parent.name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, place / photo.name)
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what became of each fault."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            said = dict(getattr(report, "user_properties", ()))
            if "fault" in said and report.when == "call":
                said["outcome"] = said.get("outcome", "") if outcome == "passed" else "FAILED"
                rows.append([str(said.get(column, "")) for column in COLUMNS])
    if rows:
        terminalreporter.section("faults")
        widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
        for row in (COLUMNS, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())
