"""Everything above the servers: the first user, the library, the processes, and their watch."""

import os
import sys
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error, connection

from photos.jobs import start_scan
from photos.models import Library
from project.embedded import Server, ServerError
from project.jobs.queueing import JobUnderWayError
from project.preferences.reading import value
from project.run import installation
from project.run.checks import Address, RunError
from project.run.children import Backoff, Child, Children
from project.run.progress import Progress
from project.run.sample import SampleError, sample_album
from project.run.stopping import check_signals
from project.run.terminal import Terminal

SECONDS_TO_ANSWER = 180.0
WEB_COMMAND = ("gunicorn", "--config", "python:project.web")


def serve(
    *,
    terminal: Terminal,
    servers: Sequence[Server],
    address: Address,
    photos: Path | None,
    password: str | None,
) -> NoReturn:
    """Serve until a signal interrupts; then end what was started here."""
    installation.check_servers()
    installation.migrate()
    user = installation.first_user(password)
    libraries = libraries_to_scan(user, photos, terminal)
    progress = Progress(terminal, f"{address.url}jobs/")
    with Children(settings.KITH_HOME, settings.BASE_DIR, os.environ) as children:
        try:
            web = _start_children(children, address)
            for library in libraries:
                _scan(library, user, terminal)
            _wait_for(web, children, address)
            terminal.say(f"Kith is at {address.url} (Ctrl-C stops it)")
            terminal.say(installation.how_to_sign_in(user, address.url))
            _watch(terminal, servers, children, progress)
        finally:
            terminal.show_status("")
            terminal.say("Stopping …")


def libraries_to_scan(user: User, photos: Path | None, terminal: Terminal) -> list[Library]:
    """Return what to scan: the folder that was named, else all there is, else the sample."""
    if photos is None and user.libraries.exists():
        return list(user.libraries.all())
    folder = photos or _sample(terminal)
    return [installation.library_of(user, folder)] if folder else []


def _scan(library: Library, user: User, terminal: Terminal) -> None:
    try:
        start_scan(library=library, requested_by=user)
        terminal.say(f"Scanning {library.path}")
    except JobUnderWayError as error:  # a rescan goes on from the last time
        terminal.say(str(error.message))


def _sample(terminal: Terminal) -> Path | None:
    terminal.show_status("Without PHOTOS: fetching a small sample album")
    try:
        return sample_album(settings.KITH_HOME)
    except SampleError as error:
        terminal.say(f"No sample album: {error}. Start with PHOTOS=… or add a library in Settings")
        return None


def _start_children(children: Children, address: Address) -> Child:
    web = children.start("web", [sys.executable, "-m", *WEB_COMMAND, "--bind", address.bind])
    manage = [sys.executable, "manage.py"]
    for number in range(1, value("workers") + 1):
        children.start(f"worker-{number}", [*manage, "worker"])
    children.start("scheduler", [*manage, "scheduler"])
    children.start("watch", [*manage, "watch"])
    return web


def _wait_for(web: Child, children: Children, address: Address) -> None:
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while web.process.poll() is None and time.monotonic() < deadline:
        # Connecting is not enough: the socket listens before Django is loaded.
        web_server = HTTPConnection(address.reachable_host, address.port, timeout=SECONDS_TO_ANSWER)
        try:
            web_server.request("GET", "/login/")
            web_server.getresponse()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            web_server.close()
    raise RunError(f"the web server does not answer; its log: {children.log(web)}")


def _watch(
    terminal: Terminal, servers: Sequence[Server], children: Children, progress: Progress
) -> NoReturn:
    backoffs = [Backoff() for _ in servers]
    while True:
        check_signals()
        for server, backoff in zip(servers, backoffs, strict=True):
            _restart_if_ended(terminal, server, backoff)
        for line in children.restart_ended():
            terminal.say(line)
        try:
            progress.update()
        except Error:
            # The database is away for a moment; the next second has its own connection.
            connection.close()
        time.sleep(1)


def _restart_if_ended(terminal: Terminal, server: Server, backoff: Backoff) -> None:
    if server.running():
        return
    if backoff.due is None:
        delay = backoff.ended()
        terminal.say(f"{server.name} ended and starts again in {delay:.0f} s")
    elif backoff.is_due():
        try:
            server.start()
        except ServerError as error:
            terminal.say(str(error))
