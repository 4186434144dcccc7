"""``python docker/runtime_lock.py``: prints the part of requirements.lock that runs Kith.

The rest is for developers, and not all of it is there for every processor.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VIA = re.compile(r"^    #(?: via|  ) +(?P<name>[\w.-]+)", re.MULTILINE)


def runtime_part(lock: str, wanted: set[str]) -> str:
    """Return the packages that are wanted, and those that they need, as the lock has them."""
    # A package is there several times where versions of Python need different ones of it.
    packages = [
        (text.partition("==")[0], set(VIA.findall(text)), text.rstrip() + "\n")
        for text in re.split(r"\n(?=[\w])", lock)
    ]
    kept: set[str] = set()
    found = {name for name, _, _ in packages if name in wanted}
    while found:
        kept |= found
        found = {name for name, needed_by, _ in packages if needed_by & kept} - kept
    return "".join(text for name, _, text in packages if name in kept)


def wanted_at_runtime(pyproject: str) -> set[str]:
    """Return the names of the packages that Kith itself asks for, without the developers'."""
    requirements = tomllib.loads(pyproject)["project"]["dependencies"]
    return {re.split(r"[\[~=<>;]", requirement)[0].strip() for requirement in requirements}


if __name__ == "__main__":
    sys.stdout.write(
        runtime_part(
            (ROOT / "requirements.lock").read_text(encoding="utf-8"),
            wanted_at_runtime((ROOT / "pyproject.toml").read_text(encoding="utf-8")),
        )
    )
