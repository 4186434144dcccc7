"""One running Kith for all browser tests: each module is a guest of its own in it.

Nobody sees what another owns, so guests do not disturb each other; starting a Kith takes longer
than most modules of tests.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.supervisor import FOLDER, Kith

WELCOME = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.utils.crypto import get_random_string
user = User.objects.create_superuser(name, password=password)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
result = {
    settings.SESSION_COOKIE_NAME: session.session_key,
    settings.CSRF_COOKIE_NAME: get_random_string(32),
}
"""
SCAN = """
import time
from django.contrib.auth.models import User
from photos.actions.libraries import add_library
from photos.jobs import start_scan
user = User.objects.get(username=name)
library = add_library(owner=user, path=folder)
job = start_scan(library=library, requested_by=user)
deadline = time.monotonic() + 240
while job.is_active:
    assert time.monotonic() < deadline, job
    time.sleep(0.1)
    job.refresh_from_db()
assert job.state == "done", job.error
"""


class Keeper:
    """Runs code inside a Kith that is running."""

    def __init__(self, kith: Kith) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.keeper"],
            cwd=FOLDER,
            env={**inherited, "KITH_HOME": str(kith.home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **values: Any) -> Any:
        """Run code; return what it calls ``result``."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"code": code, "values": values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def end(self) -> None:
        """Let it go."""
        self.process.communicate(timeout=30)


class Guest:
    """A user of the shared Kith, with what is theirs."""

    def __init__(self, base: str, keeper: Keeper, name: str, password: str | None = None) -> None:
        self.base, self.keeper, self.name = base, keeper, name
        self._cookies: dict[str, str] = self.run(WELCOME, password=password)

    def run(self, code: str, **values: Any) -> Any:
        """Run code inside the Kith; it finds the guest's name as ``name``."""
        return self.keeper.run(code, name=self.name, **values)

    def scan(self, folder: Path) -> None:
        """Have a folder scanned as the guest's library."""
        self.run(SCAN, folder=str(folder))

    def visit(self, page: Page, address: str = "/") -> None:
        """Open an address, signed in."""
        self.enter(page)
        page.goto(self.base + address)

    def enter(self, page: Page) -> None:
        """Let a page's window be signed in."""
        page.context.add_cookies(
            [
                {"name": name, "value": value, "url": self.base}
                for name, value in self._cookies.items()
            ]
        )


class House:
    """A Kith with its keeper."""

    def __init__(self, kith: Kith) -> None:
        self.base = f"http://127.0.0.1:{kith.port}"
        self.keeper = Keeper(kith)

    def guest(self, name: str, folder: Path | None = None, *, password: str | None = None) -> Guest:
        """Take in a guest, whose folder has been scanned; who types no password needs none."""
        guest = Guest(self.base, self.keeper, name, password)
        if folder is not None:
            guest.scan(folder)
        return guest
