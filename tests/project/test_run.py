"""``python -m project.run``: what it refuses, what it starts, and that it leaves nothing behind."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from PIL import Image

from project.embedded import Postgres, Valkey
from project.jobs.models import Job
from project.processes import has_ended
from project.run import stopping
from project.run.checks import Address, RunError, photos_folder
from project.run.children import Backoff, Children, marked_processes
from project.run.installation import first_user, how_to_sign_in, library_of
from project.run.progress import Progress, job_end, jobs_status
from project.run.serving import libraries_to_scan
from project.run.terminal import Terminal
from tests.services import temporary_home
from tests.supervisor import Kith, free_port

JOBS_URL = "http://127.0.0.1:8000/jobs/"


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder with a space in its path, as on a Mac."""
    with temporary_home("kith test-") as folder:
        yield folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos, one of them broken, in a folder with a space and a quote in its name."""
    folder = tmp_path / "Ann's photos"
    folder.mkdir()
    Image.new("RGB", (640, 480), "grey").save(folder / "good.jpg")
    (folder / "broken.jpg").write_text("not a photo")
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kith]:
    """A Kith for the tests that only look at one, since each start takes a while."""
    with temporary_home() as home:
        kith = Kith(home, str(tmp_path_factory.mktemp("photos")))
        kith.wait_for("Kith is at")
        yield kith
        assert kith.end() == 0
        assert kith.processes() == []


def refusal(home: Path, *arguments: str, **environment: str) -> str:
    """Return the one line with which a supervisor refuses to start."""
    kith = Kith(home, *arguments, **environment)
    assert kith.process.wait(60) == 2
    lines = kith.output.read_text().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_one_command_serves_and_scans_and_ctrl_c_leaves_no_process(
    home: Path, photos: Path
) -> None:
    kith = Kith(home, str(photos))
    link = kith.wait_for(r"Choose your password, once, at (http\S+)")[1]
    kith.wait_for(r"Scan finished: 2 photos, 1 failed \(see http://127.0.0.1:\d+/jobs/\)")
    with urllib.request.urlopen(link) as response:
        assert response.status == 200
    # The web server has workers of its own: one master, two workers, a worker, a scheduler.
    assert len(kith.processes()) >= 5 + 2

    assert kith.end() == 0
    assert kith.processes() == []

    again = Kith(home, str(photos), KITH_ADMIN_PASSWORD="correct horse")
    again.wait_for(r"Sign in as admin at http://127.0.0.1:\d+/")
    again.wait_for("Scan finished")
    assert "correct horse" not in again.child("worker").environ().values()
    assert again.end(signal.SIGTERM) == 0
    assert again.processes() == []


def test_a_killed_supervisor_leaves_nothing_that_hinders_the_next(home: Path, photos: Path) -> None:
    killed = Kith(home, str(photos))
    killed.wait_for("Kith is at")
    left_over = killed.processes()
    killed.process.kill()
    killed.process.wait()
    assert killed.processes() != []

    kith = Kith(home, str(photos), KITH_PORT=str(killed.port))
    kith.wait_for("Kith is at")
    assert kith.end(signal.SIGHUP) == 0
    assert all(has_ended(process) for process in left_over)
    assert kith.processes() == []


def test_a_signal_that_comes_while_a_finalizer_runs_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Dying:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)  # the handler runs here, and nobody sees what it raises

    handlers = {number: signal.getsignal(number) for number in stopping.SIGNALS}
    monkeypatch.setattr(stopping, "_came", False)
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    try:
        stopping.catch_signals()
        stopping.check_signals()
        Dying()
        with pytest.raises(KeyboardInterrupt):
            stopping.check_signals()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_a_second_kith_on_the_same_data_is_one_clear_line(running: Kith, home: Path) -> None:
    line = refusal(home, KITH_HOME=str(running.home))
    assert f"Kith is already running on {running.home}" in line


def test_what_dies_is_started_again(running: Kith) -> None:
    for name, argument in (("scheduler", "scheduler"), ("worker-1", "worker")):
        running.child(argument).kill()
        running.wait_for(rf"{name} ended \(signal 9\) and starts again in 1 s; its log: /\S+")
    database = Postgres(running.home).find()
    assert database is not None
    database.kill()
    running.wait_for("postgres ended and starts again")
    deadline = time.monotonic() + 30
    while not Postgres(running.home).running() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert Postgres(running.home).running()


def test_a_busy_port_is_one_clear_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refusal(home, KITH_PORT=str(port))
    assert (
        line
        == f"Kith cannot start: port {port} is busy: choose another one, such as KITH_PORT=8001"
    )


def test_a_missing_folder_is_one_clear_line(home: Path, tmp_path: Path) -> None:
    line = refusal(home, str(tmp_path / "nowhere"))
    assert line == f"Kith cannot start: PHOTOS: there is no folder {tmp_path / 'nowhere'}"


def test_a_file_instead_of_a_folder_is_one_clear_line(home: Path, photos: Path) -> None:
    line = refusal(home, str(photos / "good.jpg"))
    assert line.endswith("good.jpg is not a folder")


def test_an_outside_database_that_does_not_answer_is_one_clear_line(home: Path) -> None:
    url = f"postgres://kith@127.0.0.1:{free_port()}/kith"
    kith = Kith(home, DATABASE_URL=url)
    assert kith.process.wait(60) == 2
    assert "Kith cannot start: DATABASE_URL: " in kith.output.read_text()
    assert "Traceback" not in kith.output.read_text()
    assert kith.processes() == []


def test_a_folder_that_cannot_be_listed_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError

    # Root may list everything, so that permissions alone do not show it.
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(RunError, match="cannot be read: check its permissions"):
        photos_folder(str(tmp_path))


@pytest.mark.parametrize("argument", ["~nobody-of-that-name/photos", "a\0b", "x" * 5000])
def test_a_folder_that_makes_no_sense_is_refused(argument: str) -> None:
    with pytest.raises(RunError, match="PHOTOS"):
        photos_folder(argument)


def test_a_relative_folder_is_made_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photos: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert photos_folder(f"../{photos.name}") == photos


def test_the_address_can_be_opened_in_a_browser() -> None:
    assert Address("127.0.0.1", 8000).url == "http://127.0.0.1:8000/"
    assert Address("::1", 8000).url == "http://[::1]:8000/"
    assert Address("0.0.0.0", 8000).url == f"http://{socket.gethostname()}:8000/"


def test_a_process_that_ends_at_once_is_tried_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    backoff = Backoff()
    delays = []
    for _ in range(9):
        delays.append(backoff.ended())
        assert not backoff.is_due()
        now += delays[-1]
        assert backoff.is_due()
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    now += 3600
    assert backoff.ended() == 1


def test_a_process_that_will_not_end_is_killed_with_its_children(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.run.children.SECONDS_TO_END", 1.0)
    stubborn = "trap '' TERM; (setsid sleep 60 &) ; echo ready; while true; do sleep 1; done"
    with Children(home, home, os.environ) as children:
        child = children.start("stubborn", ["/bin/sh", "-c", stubborn])
        while "ready" not in children.log(child).read_text():
            time.sleep(0.05)
        started = marked_processes(home)
        assert len(started) >= 2
    assert all(has_ended(process) for process in started)


def test_a_job_under_way_is_one_line() -> None:
    scan = Job(kind=Job.Kind.SCAN, state=Job.State.RUNNING, done=37, total=142, failed=1)
    train = Job(kind=Job.Kind.TRAIN, state=Job.State.QUEUED)
    assert jobs_status([scan, train]) == "Scan: 37 of 142 photos, 1 failed · Train: queued"
    assert jobs_status([]) == ""


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (Job(kind="scan", state="done", done=5, total=5), "Scan finished: 5 photos"),
        (Job(kind="scan", state="done"), "Scan finished: no new photos"),
        (
            Job(kind="rescan", state="done", done=5, total=5, failed=1, skipped=2),
            f"Rescan finished: 5 photos, 1 failed, 2 skipped (see {JOBS_URL})",
        ),
        (Job(kind="train", state="done", done=3, total=3), "Train finished"),
        (Job(kind="train", state="cancelled"), "Train cancelled"),
        (
            Job(kind="train", state="failed", error="Traceback\nValueError: no faces\n"),
            f"Train failed: ValueError: no faces (see {JOBS_URL})",
        ),
        (Job(kind="scan", state="failed"), f"Scan failed: no reason given (see {JOBS_URL})"),
    ],
)
def test_a_job_that_ended_is_one_line(job: Job, line: str) -> None:
    assert job_end(job, JOBS_URL) == line


@pytest.mark.django_db
def test_the_end_of_each_job_is_said_once() -> None:
    user = User.objects.create_user("ann")
    Job.objects.create(kind="scan", scope="old", state="done", requested_by=user)
    output = io.StringIO()
    progress = Progress(Terminal(output), JOBS_URL)
    job = Job.objects.create(kind="scan", scope="new", state="running", total=2, requested_by=user)
    progress.update()
    job.state, job.done = Job.State.DONE, 2
    job.save()
    Job.objects.create(kind="train", scope="quick", state="done", requested_by=user)
    progress.update()
    progress.update()
    assert output.getvalue().splitlines() == [
        "Scan: 0 of 2 photos",
        "Scan finished: 2 photos",
        "Train finished",
    ]


@pytest.mark.django_db
def test_the_first_user_is_made_once_and_chooses_a_password() -> None:
    user = first_user()
    assert (user.get_username(), user.is_superuser) == ("admin", True)
    assert first_user() == user
    assert "/welcome/" in how_to_sign_in(user, "http://host/")
    assert first_user("correct horse").check_password("correct horse")
    assert first_user("another").check_password("correct horse")
    assert how_to_sign_in(first_user(), "http://host/") == "Sign in as admin at http://host/"


@pytest.mark.django_db
def test_without_a_folder_what_is_there_is_scanned_and_no_sample_fetched(photos: Path) -> None:
    user = User.objects.create_user("ann")
    library = library_of(user, photos)
    assert libraries_to_scan(user, None, Terminal(io.StringIO())) == [library]


@pytest.mark.django_db
def test_a_folder_is_one_library_however_often_it_is_given(photos: Path) -> None:
    user = User.objects.create_user("ann")
    assert library_of(user, photos) == library_of(user, photos)
    assert library_of(user, photos).name == photos.name


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_progress_is_one_line_that_is_rewritten() -> None:
    output = FakeTerminal()
    terminal = Terminal(output)
    terminal.show_status("1 of 2")
    terminal.show_status("1 of 2")
    terminal.say("a line that stays")
    terminal.show_status("")
    assert output.getvalue() == "1 of 2\r\033[Ka line that stays\n1 of 2\r\033[K"


def test_in_a_pipe_the_progress_is_a_line_now_and_then() -> None:
    output = io.StringIO()
    terminal = Terminal(output)
    for number in range(100):
        terminal.show_status(f"{number} of 100")
    assert output.getvalue() == "0 of 100\n"


def test_a_terminal_that_was_closed_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        terminal = Terminal(stream)
        terminal.say("nobody reads this")
        terminal.say("nor this")


def test_prepare_makes_tables_and_tells_the_first_user_how_to_sign_in(home: Path) -> None:
    with Postgres(home), Valkey(home):
        command = [sys.executable, "-m", "project.run.prepare"]
        ours = ("DATABASE_URL", "REDIS_URL")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {"KITH_HOME": str(home), "KITH_URL": "https://photos.example"}
        both = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [process.communicate(timeout=200)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    for each in said:
        assert "Choose your password, once, at https://photos.example/welcome/" in each
