"""What README and docs say of the tree, the settings and the dependencies is so."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
UNLISTED = {"__init__.py", "__pycache__"}


def map_of_the_house() -> set[str]:
    """Return the paths that the map names, folders with a slash at the end."""
    text = README.split("## Map of the house")[1].split("```")[1]
    paths, room = set(), ""
    for line in text.strip().splitlines():
        names = re.findall(r"[\w.-]+\.(?:py|toml|lock|md)\b|[\w]+/|Makefile", line.split("  ")[0])
        if line.startswith("  "):
            names = re.findall(r"[\w.]+\.py|\w+/", re.split(r"\s{3,}", line.strip())[0])
            paths |= {room + name for name in names}
        else:
            room = names[0]
            paths.add(room)
    return paths


def test_everything_on_the_map_is_there() -> None:
    missing = {path for path in map_of_the_house() if not (ROOT / path).exists()}
    assert missing == set()


@pytest.mark.parametrize("app", ["project", "photos", "faces"])
def test_every_room_is_on_the_map(app: str) -> None:
    rooms = {
        f"{app}/{path.name}{'/' if path.is_dir() else ''}"
        for path in (ROOT / app).iterdir()
        if path.name not in UNLISTED
    }
    assert rooms - map_of_the_house() == set()


def test_every_dependency_has_its_reason() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = pyproject["dependencies"] + pyproject["optional-dependencies"]["dev"]
    names = {re.split(r"[\[~=<>;]", requirement)[0].strip() for requirement in wanted}
    reasons = README.split("Why each dependency is there")[1]
    assert {name for name in names if f"`{name}`" not in reasons} == set()


def test_every_variable_of_the_environment_is_in_the_settings_table() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "project").rglob("*.py")
    ) + (ROOT / "Makefile").read_text(encoding="utf-8")
    # What our own processes tell one another is no setting.
    internal = {"KITH_SETTINGS", "KITH_SUPERVISED_HOME", "KITH_PHOTOS"}
    read = set(re.findall(r"\b(?:KITH_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", code)) - internal
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name for name in read if f"`{name}`" not in table} == set()


def test_no_figure_is_left_to_be_filled_in() -> None:
    assert re.findall(r"@[A-Z]+@", README) == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []
