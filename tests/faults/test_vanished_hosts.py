"""Workers on two hosts whose servers are on the network: ``benchmarks.workers``, in small."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workers import ROOT

PATIENCE = 900.0  # seconds


def measure(photos: Path, *words: str) -> tuple[str, dict[str, Any]]:
    """Run the benchmark; return what two hosts are here, and what it has measured."""
    command = [sys.executable, "-m", "benchmarks.workers", str(photos), "--rounds", "1", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    said = json.loads(lines[-1])
    assert not [each for each in said["missed"] if "as quick" not in each], lines
    return lines[0], said["measured"]


def test_two_hosts_on_a_network_look_into_each_photo_once(
    album: Path, record_property: Callable[[str, object], None]
) -> None:
    way, measured = measure(album, "--teams", "2", "--whole")
    assert measured["faces"] > measured["photos"] > 0
    assert measured["photos looked into twice"] == 0
    assert measured["2 workers: fewest photos of a host"] > 0
    record_property("fault", "none: servers on the network")
    record_property("job", "scan")
    record_property("outcome", way)


@pytest.mark.slow
def test_a_host_that_vanishes_leaves_its_photos_and_comes_back(
    album: Path, record_property: Callable[[str, object], None]
) -> None:
    way, measured = measure(album, "--teams", "2")
    assert measured["host cut off: photos in its hands"] > 0
    record_property("fault", "pull a host's cable")
    record_property("job", "scan, rescan")
    record_property("outcome", way)
    record_property("seconds", round(measured["host cut off: until the database knows, s"], 1))
