"""The image's steps, without Docker: what is installed, and that Kith is built from it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
# What needs Debian, root, or the image's own paths.
OF_THE_SYSTEM = ("apt-get", "useradd")


def steps() -> list[str]:
    """Return the commands by which the image is made, in order."""
    text = DOCKERFILE.replace("\\\n", " ")
    found = re.findall(r"^RUN (.+)$", text, re.MULTILINE)
    return [step for step in found if not step.startswith(OF_THE_SYSTEM)]


def names_in_runtime_lock() -> set[str]:
    done = subprocess.run(
        ["python3", "docker/runtime_lock.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^([\w-]+)==", done.stdout, re.MULTILINE))


def test_the_image_has_what_kith_needs_and_no_tools_of_developers() -> None:
    names = names_in_runtime_lock()
    assert {"django", "gunicorn", "dlib-bin", "psycopg-binary", "asgiref", "pillow"} <= names
    assert names & {"pytest", "mypy", "ruff", "playwright", "hdbscan", "schemathesis"} == set()


def test_the_image_is_made_by_the_makefile() -> None:
    assert sum(step.startswith("make ") or " make " in step for step in steps()) == 3


@pytest.mark.slow
def test_the_steps_of_the_image_build_a_kith_that_starts(tmp_path: Path) -> None:
    tree = tmp_path / "kith"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".build", "node_modules", "dist", "tests", "docs", "__pycache__"
    )
    shutil.copytree(ROOT, tree, ignore=ignored)
    for step in steps():
        subprocess.run(step, shell=True, cwd=tree, check=True)  # noqa: S602
    done = subprocess.run(
        [".venv/bin/python", "manage.py", "check"],
        cwd=tree,
        env={"KITH_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tree / ".build" / "static" / "kith" / "kith.js").exists()
    assert not (tree / ".venv" / "bin" / "pytest").exists()
