"""What docs/architecture.md names is there."""

import re
from importlib.util import find_spec
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "architecture.md").read_text(encoding="utf-8")


def is_there(name: str) -> bool:
    """Whether it is a module, or what stands in one."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_every_module_that_is_named_is_there() -> None:
    named = set(re.findall(r"\b(?:project|photos|faces)(?:\.[a-z_]+)+\b", TEXT))
    assert len(named) > 20
    assert {name for name in named if not is_there(name)} == set()


def test_the_documents_are_all_listed() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    missing = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert {name for name in missing if f"({name})" not in index} == set()


def test_the_arrows_are_those_that_are_held() -> None:
    """Each arrow between floors goes down in the contracts of import-linter."""
    contracts = (DOCS.parent / "pyproject.toml").read_text(encoding="utf-8")
    rooms = contracts.split('id = "faces-rooms"')[1].split("layers = [")[1].split("]")[0]
    held = re.findall(r'"([^"]+)"', rooms)
    drawn = TEXT.split("Within an app each file has a floor")[1].split("```")[1]
    floors = [re.findall(r"\w+", each) for each in re.findall(r'\w+\["([^:"]+):', drawn)]
    places = [min(n for n, line in enumerate(held) if each[0] in line) for each in floors]
    assert places == sorted(places)
    assert len(places) == 8
