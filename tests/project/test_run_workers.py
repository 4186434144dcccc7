"""``python -m project.run.workers``: a further host that only works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from redis import Redis

from photos.jobs import start_scan
from project.jobs.models import Job
from project.run.children import marked_processes
from tests.factories import make_library
from tests.project.jobs.conftest import redis as redis  # noqa: PLC0414 - a fixture
from tests.services import temporary_home
from tests.workers import ROOT, database_url

COMMAND = [sys.executable, "-m", "project.run.workers"]
SHARED = ("DATABASE_URL", "REDIS_URL", "KITH_SECRET_KEY")


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


def environment(home: Path, **said: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SHARED}
    return {**inherited, "KITH_HOME": str(home), "KITH_WORKERS": "1", **said}


def test_what_the_first_host_has_must_be_said(home: Path) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(home, REDIS_URL="redis://far.example"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "Kith cannot start: DATABASE_URL, KITH_SECRET_KEY:"
        " say what the host that serves the pages has\n"
    )


@pytest.mark.django_db(transaction=True)
def test_its_workers_do_what_is_to_be_done_and_end_with_it(
    home: Path, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (60, 40), "red").save(tmp_path / "photos/a.jpg")
    shared = dict(zip(SHARED, (database_url(), settings.REDIS_URL, "x" * 50), strict=True))
    output = tmp_path / "output.txt"
    with output.open("wb") as said:
        process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment(home, **shared), stdout=said, stderr=said
        )
    try:
        library = make_library(path=tmp_path / "photos")
        job = start_scan(library=library, requested_by=library.owner)
        deadline = time.monotonic() + 120
        while job.is_active:
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
            job.refresh_from_db()
        assert (job.state, job.done) == (Job.State.DONE, 1)
        (own,) = (home / "hosts").iterdir()
        assert marked_processes(own)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    assert code == 0
    assert output.read_text().startswith("Workers: 1")
    assert output.read_text().endswith("Stopped.\n")
    assert not marked_processes(own)
