"""``make audit``: known holes in what is locked. A hole fails; an index that is silent is said.

An index without a list of holes answers nothing or knows no package; either is not the same as
clean, and is said in one line that begins with NOT AUDITED.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 300  # seconds

Found = tuple[int, list[str]]  # packages that were looked up, holes in them


def python_holes(report: Any) -> Found:
    """Return how many packages pip-audit knows, and each hole in one line."""
    known = [each for each in report.get("dependencies", []) if "vulns" in each]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in"
        f" {', '.join(hole.get('fix_versions', [])) or 'no version yet'}"
        for each in known
        for hole in each["vulns"]
    ]
    return len(known), holes


def npm_holes(report: Any) -> Found:
    """Return how many packages npm has looked at, and each that has a hole in one line."""
    total = report.get("metadata", {}).get("dependencies", {}).get("total", 0)
    holes = report.get("vulnerabilities", {})
    return total, [f"{name} {hole['range']}: {hole['severity']}" for name, hole in holes.items()]


def report_of(command: list[str], folder: Path) -> Any:
    """Return what a command prints as JSON; nothing where it prints none."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return report if isinstance(report, dict) else {}


def main() -> int:
    """Audit both; return 1 where there is a hole."""
    pip = [
        str(Path(sys.executable).with_name("pip-audit")), "--requirement", "requirements.lock",
        "--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    python = python_holes(report_of(pip, ROOT))
    npm = npm_holes(report_of(["npm", "audit", "--json"], ROOT / "frontend"))
    for what, (known, holes) in {"requirements.lock": python, "package-lock.json": npm}.items():
        if not known:
            say(f"NOT AUDITED: no index that can be reached lists holes for {what}")
        else:
            say(f"{what}: {known} packages looked up, {len(holes)} known holes")
        for hole in holes:
            say(f"  {hole}")
    return 1 if python[1] or npm[1] else 0


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
