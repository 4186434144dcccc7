"""Commands that cannot be run by a test: why, and what is looked at instead."""

import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.docs.commands import ROOT, Command
from tests.docs.installation import without_make

COMPOSE = ROOT / "docker" / "compose.yaml"


@dataclass(frozen=True)
class Aside:
    """Commands that are only looked at."""

    pattern: str
    reason: str
    check: Callable[[str], None]


def aside_of(command: Command) -> Aside | None:
    """Return why a command is not run; None for what is."""
    return next((each for each in ASIDE if re.match(each.pattern, command.text)), None)


def _check_target(text: str) -> None:
    """Make knows the target and each variable, and the program that it starts each option."""
    without_make()
    words = shlex.split(re.sub(r"[\[\]]|\s#.*", "", text).replace("…", "2000"))
    done = subprocess.run(
        [words[0], "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in [word.split("=")[0] for word in words if "=" in word]:
        assert re.search(rf"\$\((value |or )?{name}\b", makefile), f"make knows no {name}"
    for module, options in re.findall(r"-m (benchmarks\.\w+)(.*)", done.stdout):
        source = ROOT / f"{module.replace('.', '/')}.py"
        known = source.read_text(encoding="utf-8")
        assert all(option in known for option in re.findall(r"--[a-z-]+", options)), options


def _check_tests(text: str) -> None:
    """The tests are there; they are run with all others."""
    paths = [Path(word) for word in shlex.split(text) if "/" in word]
    assert paths, text
    assert all((ROOT / path).exists() for path in paths), text


def _check_compose(text: str) -> None:
    """The compose file and its services are there, and its variables are in the example."""
    words = shlex.split(re.sub(r"\s#.*", "", text))
    assert words[:4] == ["docker", "compose", "--file", "docker/compose.yaml"], text
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    example = (ROOT / "docker" / "env.example").read_text(encoding="utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text(encoding="utf-8")))
    assert needed <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    rest = words[4:]
    if rest[0] == "--env-file":
        rest = rest[2:]
    if rest[0] == "up":
        assert set(rest[1:]) <= {"--build", "--detach"}, text
    else:
        assert rest[0] in {"logs", "exec", "pull", "restart"}, text
        assert rest[1] in compose["services"], text


ASIDE = (
    Aside(
        r"make (bench-|fit-)",
        "takes minutes to hours, and photos or vectors that nobody may give away",
        _check_target,
    ),
    Aside(r"make test(-\w+)?\b", "runs the tests of which this is one", _check_target),
    Aside(r"make (client|screenshots)\b", "writes into the checkout", _check_target),
    Aside(r"pytest ", "names tests that run with these", _check_tests),
    Aside(r"docker ", "wants a Docker engine", _check_compose),
)
