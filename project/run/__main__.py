"""``python -m project.run [PHOTOS]``: everything that ``make run`` does once all is installed."""

import argparse
import os
import sys
from contextlib import ExitStack

import django

from project.embedded import Postgres, Server, ServerError, Valkey
from project.environment.checking import EXIT_CANNOT_START, begin
from project.home import kith_home
from project.run.checks import (
    RunError,
    address_from_environment,
    check_address_is_free,
    photos_folder,
    sole_use,
)
from project.run.children import end_processes
from project.run.stopping import catch_signals
from project.run.terminal import Terminal


def main() -> int:
    """Run Kith until a signal ends it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m project.run", description=__doc__)
    parser.add_argument("photos", nargs="?", metavar="PHOTOS", help="a folder of photos")
    photos = parser.parse_args().photos
    begin()
    terminal = Terminal(sys.stdout)
    # Photos of people, and what is made of them, are for nobody else on this machine.
    os.umask(0o077)
    catch_signals()
    try:
        run(photos, terminal)
    except KeyboardInterrupt:
        terminal.say("Stopped.")
    except (RunError, ServerError) as error:
        Terminal(sys.stderr).say(f"Kith cannot start: {error}")
        return EXIT_CANNOT_START
    return 0


def run(photos: str | None, terminal: Terminal) -> None:
    """Check what can be checked, start the embedded servers, and serve on them."""
    # The first user's password is nobody else's business, of what is started here least of all.
    password = os.environ.pop("KITH_ADMIN_PASSWORD", None)
    home = kith_home()
    folder = photos_folder(photos) if photos else None
    address = address_from_environment()
    with ExitStack() as stack:
        stack.enter_context(sole_use(home))
        # Processes of a supervisor that was killed would keep the port, and run old code.
        end_processes(home)
        check_address_is_free(address)
        os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
        django.setup()
        terminal.say(f"Kith keeps its data in {home}")
        servers = _embedded_servers()
        for server in servers:
            # The stop comes first, since a signal may come while the server starts.
            stack.callback(server.stop)
            server.start()
        # Only now, as the models in it need the settings.
        from project.run.serving import serve

        serve(terminal=terminal, servers=servers, address=address, photos=folder, password=password)


def _embedded_servers() -> list[Server]:
    servers: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(Postgres(kith_home()))
    if not os.environ.get("REDIS_URL"):
        servers.append(Valkey(kith_home()))
    return servers


if __name__ == "__main__":
    sys.exit(main())
