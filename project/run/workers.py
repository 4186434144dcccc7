"""``python -m project.run.workers``: a further host that does nothing but work at jobs.

Database, queue and secret key are those of the host that serves the pages; so are, under the same
paths, the photos, uploads and pictures. The data folder may be the same, too: what this writes
there goes into a part of its own for each host.
"""

import os
import socket
import sys
import time
from contextlib import ExitStack
from typing import NoReturn

import django

from project.environment.checking import EXIT_CANNOT_START, begin
from project.home import kith_home
from project.run.checks import RunError, sole_use
from project.run.children import Children, end_processes
from project.run.stopping import catch_signals, check_signals
from project.run.terminal import Terminal

SECONDS_BETWEEN_LOOKS = 5.0


def main() -> int:
    """Run workers until a signal ends them; return the exit code."""
    begin()
    terminal = Terminal(sys.stdout)
    os.umask(0o077)
    catch_signals()
    try:
        run(terminal)
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    except RunError as error:
        Terminal(sys.stderr).say(f"Kith cannot start: {error}")
        return EXIT_CANNOT_START
    return 0


def run(terminal: Terminal) -> NoReturn:
    """Start as many workers as the settings say, and start again those that end."""
    _check_what_is_shared()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    with ExitStack() as stack:
        own = kith_home() / "hosts" / socket.gethostname()
        stack.enter_context(sole_use(own))
        end_processes(own)
        django.setup()
        # Only now, as the models in it need the settings.
        from django.conf import settings

        from project.preferences.reading import value
        from project.run import installation

        installation.check_servers()
        _wait_for_tables(terminal)
        children = stack.enter_context(Children(own, settings.BASE_DIR, os.environ))
        number = value("workers")
        for each in range(1, number + 1):
            children.start(f"worker-{each}", [sys.executable, "manage.py", "worker"])
        terminal.say(f"Workers: {number} (Ctrl-C stops them); their logs: {own / 'logs'}")
        while True:
            check_signals()
            for line in children.restart_ended():
                terminal.say(line)
            time.sleep(1)


def _check_what_is_shared() -> None:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not os.environ.get("KITH_SECRET_KEY") and not (kith_home() / "secret_key").exists():
        missing.append("KITH_SECRET_KEY")
    if missing:
        raise RunError(f"{', '.join(missing)}: say what the host that serves the pages has")


def _wait_for_tables(terminal: Terminal) -> None:
    """Return once the tables are as this Kith knows them: the other host makes them."""
    from project.health import tables_are_behind

    said = False
    while tables_are_behind():
        if not said:
            terminal.say("Waiting for the tables: the host that serves the pages makes them")
            said = True
        check_signals()
        time.sleep(SECONDS_BETWEEN_LOOKS)


if __name__ == "__main__":
    sys.exit(main())
