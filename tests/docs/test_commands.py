"""Each command of README and docs does what it is there for, on an installation of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest

from tests.docs.aside import ASIDE, aside_of
from tests.docs.commands import ROOT, Command, all_commands, commands_of
from tests.docs.installation import START, Installation, wait_until_served
from tests.docs.moving import Host, other_servers
from tests.services import temporary_home
from tests.supervisor import free_port

COMMANDS = all_commands()
# They go on until they are stopped.
SERVER = re.compile(r"\.venv/bin/(gunicorn|python manage\.py (worker|scheduler|watch))\b")
# They take longer than what is run before each commit may.
LONG = re.compile(
    r"make (check|doors)\b|manage\.py (make|compile)messages\b|\Aapi=http|(?s:\A.*make move-out)"
    r"|(?s:\ADATABASE_URL=)"
)
CHECKOUT = re.compile(r"make (check|doors)\b")
GETTEXT = re.compile(r"manage\.py (make|compile)messages\b")
# A program that not every machine has, and what of it is in the command.
NEEDED = {"jq": "jq -r", "exiftool": "--into-files", "curl": "curl ", "msgfmt": "messages"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with temporary_home() as home:
        installation = Installation(home, tmp_path_factory.mktemp("somebody"))
        try:
            installation.prepare()
            yield installation
        finally:
            installation.end()


@pytest.fixture(scope="module")
def servers(installation: Installation) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """Every command that goes on until it is stopped, started at once."""
    started = {}
    for command in COMMANDS:
        if SERVER.match(command.text):
            typed = installation.as_typed(command)
            started[command.text] = subprocess.Popen(
                typed.split(), cwd=installation.checkout, env=installation.environment()
            )
            if address := re.search(r"--bind (\S+)", typed):
                wait_until_served(f"http://{address[1]}", started[command.text])
    # Django has started in one of them: it has in all.
    time.sleep(2)
    yield started
    for process in started.values():
        process.send_signal(signal.SIGTERM)
    for process in started.values():
        process.wait(30)


def parameters() -> list[object]:
    return [
        pytest.param(
            command, id=str(command), marks=[pytest.mark.slow] if LONG.match(command.text) else []
        )
        for command in COMMANDS
    ]


@pytest.mark.parametrize("command", parameters())
def test_a_command_of_the_documents_does_what_it_is_there_for(
    command: Command, installation: Installation, request: pytest.FixtureRequest
) -> None:
    for program, mark in NEEDED.items():
        if mark in command.text and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    aside = aside_of(command)
    if aside is not None:
        aside.check(command.text)
    elif command.text.startswith("make run"):
        assert command.text.split("#")[0].strip() in (START, "make run")
    elif SERVER.match(command.text):
        assert request.getfixturevalue("servers")[command.text].poll() is None
    else:
        run(command, installation)


def run(command: Command, installation: Installation) -> None:
    """Run what comes to an end, in the way that fits it."""
    for pattern, way in WAYS:
        if re.search(pattern, command.text):
            way(command, installation)
            return
    installation.run(command)


def run_settings(command: Command, installation: Installation) -> None:
    """Set them, and see that nothing is wrong with them."""
    settings = installation.as_typed(command).replace("\n", " \n")
    check = ".venv/bin/python manage.py check"
    if "KITH_HTTPS" in settings:
        check += " --deploy --fail-level WARNING"
    installation.run_script(f"set -a\n{settings}\n{check}", KITH_SECRET_KEY=token_urlsafe(50))


def run_in_this_checkout(command: Command, installation: Installation) -> None:
    installation.run_script(f"cd {ROOT}\n{command.text}")


def run_in_a_copy(command: Command, installation: Installation) -> None:
    tree = copy_of_the_tree(installation)
    installation.run_script(f"cd {tree}\n{installation.as_typed(command)}")


def restore(command: Command, installation: Installation) -> None:
    with temporary_home() as empty:
        installation.run_script(installation.as_typed(command), KITH_HOME=str(empty))


def move_out(command: Command, installation: Installation) -> None:
    """Move a copy, since this one runs; that Kith starts there is what other tests are for."""
    taken = installation.user_home / "to-move"
    with temporary_home() as left, other_servers() as places:
        installation.run_script(f"make backup TO={taken}")
        installation.run_script(f"make restore FROM={taken}", KITH_HOME=str(left))
        script = command.text
        for written, here in places.items():
            assert written in script
            script = script.replace(written, here)
        looked = ".venv/bin/python manage.py migrate --check"
        script = re.sub(r"^make run\b.*$", looked, script, flags=re.MULTILINE)
        said = installation.run_script(script, KITH_HOME=str(left))
    assert "tables are there and the same" in said


def start_with_other_servers(command: Command, installation: Installation) -> None:
    """Start it on servers of ours, and see that it works there until Ctrl-C."""
    with other_servers() as places, temporary_home() as home:
        database, queue, *_ = places.values()
        where = {"DATABASE_URL": database, "REDIS_URL": queue, "KITH_HOME": str(home)}
        if "make workers" in command.text:
            # The first host has made the tables.
            prepare = ".venv/bin/python -m project.run.prepare"
            installation.run_script(prepare, KITH_WORKERS="1", **where)
        script = command.text.replace("make run", START.replace("~", str(installation.user_home)))
        for name, value in where.items():
            script = re.sub(rf"\b{name}=\S+", f"{name}={value}", script)
        environment = installation.environment() | {"KITH_HOME": str(home)}
        host = Host(home, script, environment | {"KITH_PORT": str(free_port())}, ROOT)
        host.wait_for(r"Kith is at|Workers: \d+")
        assert host.end() == 0


def change_engine(command: Command, installation: Installation) -> None:
    installation.run_script(f".venv/bin/python manage.py engines take {weights()}")
    installation.run(command)


def ask_for_changes(command: Command, installation: Installation) -> None:
    """Follow from where the first page has ended."""
    asked = f"curl --header 'Authorization: Bearer {installation.token}'"
    first = installation.run_script(f"{asked} 'http://localhost:8000/api/changes/?limit=1'")
    script = installation.as_typed(command).replace("SINCE", json.loads(first)["since"])
    installation.run_script(script, command.before)


def take_from_a_peer(command: Command, installation: Installation) -> None:
    """Save what the stand-in answers, and import it."""
    installation.run(command)
    program = command.text.split("http://")[1].split(":")[0]
    imported = f".venv/bin/python manage.py import_people {program} people.json"
    assert "1 photos are here, 0 are not" in installation.run_script(imported)


def ask_the_database(command: Command, installation: Installation) -> None:
    installation.run_script(
        installation.as_typed(command), DATABASE_URL=installation.database_url()
    )


# How a command is run that is not just typed; the first that fits counts.
WAYS = (
    (r"\A(?:[A-Z_]+=\S*(?:\s+#.*)?\n)+\Z", run_settings),
    (CHECKOUT.pattern, run_in_this_checkout),
    (GETTEXT.pattern, run_in_a_copy),
    (r"(?s)\ADATABASE_URL=\S+ .*make (run|workers)", start_with_other_servers),
    (r"make move-out", move_out),
    (r"make restore", restore),
    (r"engines/", change_engine),
    (r"SINCE", ask_for_changes),
    (r"\Aapi=http://", take_from_a_peer),
    (r"\Apsql", ask_the_database),
)


def copy_of_the_tree(installation: Installation) -> Path:
    """Return a checkout that may be written to."""
    tree = installation.user_home / "tree"
    if not tree.exists():
        ignored = shutil.ignore_patterns(
            ".git", ".venv", ".build", "node_modules", "dist", "tests", "docs", "__pycache__"
        )
        shutil.copytree(ROOT, tree, ignore=ignored)
        (tree / ".venv").symlink_to(ROOT / ".venv")
        (tree / "locale").mkdir(exist_ok=True)
    return tree


def weights() -> Path:
    """Return a folder of weights that another engine is made of."""
    folder = Path(os.environ.get("KITH_TEST_WEIGHTS", ROOT.parent / "shared" / "models"))
    if not folder.is_dir():
        pytest.skip("needs the weights of another engine: name their folder KITH_TEST_WEIGHTS")
    return folder


@pytest.mark.parametrize(
    "wrong",
    [
        "`make bench-scam PHOTOS=…`",
        "`make bench-scan FOTOS=…`",
        "`pytest tests/nowhere/test_nothing.py`",
        "`docker compose --file docker/compose.yaml exec web2 true`",
        "`manage.py migrat`",
        "`manage.py write_names LIBRARY --wet-run`",
        "`make runn`",
        "```sh\ncurl http://localhost:8000/api/photo/\n```",
        "```sh\ntrue\nfalse\n```",
    ],
)
def test_a_command_that_is_wrong_is_found(wrong: str, installation: Installation) -> None:
    (command,) = commands_of("wrong.md", wrong + "\n")
    aside = aside_of(command)
    with pytest.raises(AssertionError):
        aside.check(command.text) if aside else run(command, installation)


def test_what_is_set_aside_is_in_the_documents() -> None:
    found = {aside_of(command) for command in COMMANDS}
    assert [each.pattern for each in ASIDE if each not in found] == []
