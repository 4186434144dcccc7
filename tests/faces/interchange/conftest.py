"""exiftool, which reads and writes as other programs do."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Exiftool = Callable[..., Any]


@pytest.fixture(scope="session")
def exiftool() -> Exiftool:
    """Return a function that runs exiftool and returns its JSON; skips where it is absent."""
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("needs exiftool (on Debian: apt-get install libimage-exiftool-perl)")

    def run(*arguments: str | Path) -> Any:
        ended = subprocess.run(
            [program, "-config", "", "-q", "-j", "-struct", "-n", *map(str, arguments)],
            capture_output=True,
            check=True,
        )
        return json.loads(ended.stdout)[0] if ended.stdout.strip().startswith(b"[") else None

    return run
