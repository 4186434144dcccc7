"""The bench of a million faces, with a few: it builds both sides and asks them for everything."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_bench_builds_two_sides_and_measures_every_part() -> None:
    command = [sys.executable, "-m", "benchmarks.scale", "3000", "--people", "300"]
    command += ["--photos", "1200", "--turns", "1", "--times", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["name"] == "scale"
    assert found["measured"]["faces"] == 3000
    assert found["measured"]["dashboard, 300 faces: p50 ms"] > 0
    assert found["measured"]["label 200 faces, 3000 faces: p95 ms"] > 0
    assert set(found["missed"]) <= set(found["goals"]) <= set(found["measured"])
    assert 0.9 <= found["measured"]["similar, 3000 faces: recall at 10"] <= 1
    assert found["measured"]["place a face, 3000 faces: p50 ms"] > 0
    assert found["measured"]["train, 300 faces: s"] > 0
