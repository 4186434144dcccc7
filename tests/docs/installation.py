"""A small Kith that the documents' commands are run on, started as README says."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp
from urllib.request import urlopen

import numpy as np
import psutil
from PIL import Image

from project.embedded.programs import postgres_programs
from project.home import socket_folder
from project.run.children import MARK
from tests.docs.commands import ROOT, Command
from tests.docs.peers import Peers
from tests.e2e.house import Keeper
from tests.supervisor import Kith, free_port

PASSWORD = "correct-horse-battery"
START = "make run PHOTOS=~/Pictures"
PHOTOS = 4
SECONDS = 300
# What the examples of docs/api.md call by its number.
ROWS = """
import numpy as np
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from faces.models import Dismissal, Person
from faces.recognition.geometry import Box
from photos.models import Photo
from project.accounts.tokens import make_token
from project.scopes import Scope
from tests.factories import make_face
owner = User.objects.get(username="admin")
first, second, third = Photo.objects.order_by("pk")[:3]
Person.objects.create(pk=3, owner=owner, name="Ben")
for pk, photo in ((12, first), (15, second)):
    vector = np.random.default_rng(pk).normal(size=128)
    make_face(photo, pk=pk, vector=vector / np.linalg.norm(vector))
for pk in (4, 5):
    dismissal = Dismissal(pk=pk, photo=third)
    dismissal.box = Box(0.1 * pk, 0.5, 0.1, 0.1)
    dismissal.save()
result = make_token(
    user=owner, name="Docs", scopes=Scope.values, expires_at=timezone.now() + timedelta(days=1)
)[1]
"""
# Requests to http://localhost:8000 reach this Kith, once it has done what was asked before; those
# to other programs their stand-ins. What is answered with an error ends the script.
PRELUDE = """
set -euo pipefail
reach() { command curl --fail-with-body --silent --show-error CONNECT "$@"; }
jobs() {
  reach --header "Authorization: Bearer TOKEN" 'http://localhost:8000/api/jobs/?active=true'
}
curl() {
  if [[ "$*" = *http://localhost:8000* ]]; then
    for _ in {1..300}; do [[ "$(jobs)" = *'"results":[]'* ]] && break; sleep 0.1; done
  fi
  reach "$@"
}
"""


class Installation:
    """A running Kith, a checkout to type commands in, and stand-ins for other programs."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.user_home = folder / "ann"
        self.checkout = folder / "kith"
        self._make_folders()
        # Of the photo in which nobody is named, so that no name is written into it.
        self.peers = Peers((self.user_home / "Pictures" / "3.jpg").read_bytes())
        (self.checkout / "people.json").write_text(self.peers.answer_of("immich"))
        command = ["bash", "-c", START]
        environment = {"HOME": str(self.user_home), "KITH_ADMIN_PASSWORD": PASSWORD}
        without_make()
        self.kith = Kith(self.home, command=command, **environment)

    def prepare(self) -> None:
        """Wait until all photos are there; write what the examples call by its number."""
        self.kith.wait_for("Kith is at")
        self.kith.wait_for(f"Scan finished: {PHOTOS} photos")
        keeper = Keeper(self.kith)
        try:
            self.token = keeper.run(ROWS)
        finally:
            keeper.end()

    def end(self) -> None:
        """Press Ctrl-C, and see that nothing is left."""
        self.peers.end()
        (supervisor,) = psutil.Process(self.kith.process.pid).children()
        supervisor.send_signal(signal.SIGINT)
        assert self.kith.process.wait(60) == 0
        assert self.kith.processes() == []

    def run(self, command: Command) -> str:
        """Run a command to its end; return what it has said."""
        return self.run_script(self.as_typed(command), command.before)

    def run_script(self, script: str, before: str = "", **environment: str) -> str:
        """Run a script, in the checkout, as somebody would whose Kith runs."""
        hosts = {"localhost:8000": self.kith.port} | self.peers.ports
        connect = " ".join(f"--connect-to {host}:127.0.0.1:{port}" for host, port in hosts.items())
        prelude = PRELUDE.replace("CONNECT", connect).replace("TOKEN", self.token)
        done = subprocess.run(
            ["bash", "-c", prelude + self._filled(before) + script],
            cwd=self.checkout,
            env=self.environment() | environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def as_typed(self, command: Command) -> str:
        """Return what somebody would type: words in capitals and … filled in."""
        text = self._filled(command.text)
        if not command.in_block:
            # manage.py for short; what is in brackets may be left out.
            text = re.sub(r"^manage\.py", ".venv/bin/python manage.py", text)
            text = re.sub(r"^python ", ".venv/bin/python ", text)
            text = re.sub(r"[\[\]]", "", text)
        return text

    def _filled(self, text: str) -> str:
        text = text.replace("engines use NAME", "engines use dlib-hog")
        text = text.replace("/backups/", f"{self.user_home}/")
        folder = Path(mkdtemp(dir=self.user_home))
        words = {
            "FOLDER": str(folder / "new" if "backup" in text else folder),
            "NAME": "admin",
            "LIBRARY": "Pictures",
            "ADDRESS": "127.0.0.1",
            "PASSWORD": PASSWORD,
            "kith_…": self.token,
            "0.0.0.0:8000": f"127.0.0.1:{free_port()}",
        }
        for word, value in words.items():
            text = re.sub(rf"(?<![\w$]){re.escape(word)}(?!\w)", value, text)
        return text

    def environment(self) -> dict[str, str]:
        """Return the environment of somebody's shell; ``DATABASE_URL`` is for psql."""
        ours = (MARK, "DATABASE_URL", "REDIS_URL")
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        programs = postgres_programs(self.home, None)
        return inherited | {
            "HOME": str(self.user_home),
            "KITH_HOME": str(self.home),
            "PATH": f"{os.environ['PATH']}{os.pathsep}{programs}",
            "DJANGO_SUPERUSER_USERNAME": "zoe",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "DJANGO_SUPERUSER_EMAIL": "zoe@example.org",
        }

    def database_url(self) -> str:
        """Return the address of the embedded database, as psql takes it."""
        return f"postgres://kith@/kith?host={socket_folder(self.home)}"

    def _make_folders(self) -> None:
        pictures = self.user_home / "Pictures"
        pictures.mkdir(parents=True)
        noise = np.random.default_rng(0)
        for number in range(PHOTOS):
            pixels = noise.integers(0, 255, (30, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((640, 480)).save(pictures / f"{number}.jpg")
        self.checkout.mkdir()
        for each in ROOT.iterdir():
            if each.name != "docker":
                (self.checkout / each.name).symlink_to(each)
        shutil.copytree(ROOT / "docker", self.checkout / "docker")


def without_make() -> None:
    """Forget that the tests themselves may have been started by make."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "KITH_PHOTOS"):
        os.environ.pop(name, None)


def wait_until_served(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a web server answers."""
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None
        try:
            with urlopen(f"{address}/healthz"):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
