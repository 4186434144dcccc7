"""What is wrong in the environment is said before anything starts, by every program."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.environment.checking import begin, check_environment, faults, strangers
from project.environment.variables import VARIABLES, env
from tests.services import temporary_home
from tests.supervisor import FOLDER

PROGRAMS = {
    "make run": ["-m", "project.run"],
    "prepare": ["-m", "project.run.prepare"],
    "web": ["-m", "gunicorn", "--config", "python:project.web", "--bind", "127.0.0.1:0"],
    "worker": ["manage.py", "worker"],
    "scheduler": ["manage.py", "scheduler"],
    "watch": ["manage.py", "watch"],
    "check": ["manage.py", "check"],
    "backup": ["manage.py", "backup", "nowhere"],
}


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


def start(program: str, home: Path, **environment: str) -> tuple[int, list[str]]:
    """Return with which code a program ended, and what it said."""
    ours = ("KITH_", "DATABASE_URL", "REDIS_URL")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program]],
        cwd=FOLDER,
        env={**inherited, "KITH_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if "Starting gunicorn" not in line]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_says_all_that_is_wrong_and_does_not_start(program: str, home: Path) -> None:
    code, lines = start(
        program,
        home,
        KITH_PORT="eighty",
        KITH_NIGHTLY_AT="25:00",
        KITH_HOMES="/srv/kith",
        KITH_OIDC_ISSUER="https://id.example.org",
        KITH_OIDC_CLIENT_ID="kith",
        DATABASE_URL="mysql://kith:confidential@database/kith",
    )
    assert code == 2
    assert lines == [
        "Kith goes on without KITH_HOMES, which is no setting: did you mean KITH_HOME?",
        "Kith cannot start: KITH_PORT: eighty is not a whole number from 1 to 65535",
        "Kith cannot start: DATABASE_URL: this is not an address such as"
        " postgres://user:password@host/kith; write signs such as @, / and # in a password as %40,"
        " %2F, %23",
        "Kith cannot start: KITH_NIGHTLY_AT: 25:00 is not a time such as 03:00",
        "Kith cannot start: KITH_OIDC_CLIENT_SECRET: is missing beside KITH_OIDC_ISSUER: say both,"
        " or none",
    ]
    assert list(home.iterdir()) == []


def test_a_variable_that_nobody_reads_is_named_and_hinders_nothing(home: Path) -> None:
    code, lines = start("check", home, KITH_WORKER="2", KITH_COLOUR="green")
    assert lines == [
        "System check identified no issues (0 silenced).",
        "Kith goes on without KITH_COLOUR, which is no setting: see docs/settings.md",
        "Kith goes on without KITH_WORKER, which is no setting: did you mean KITH_WORKERS?",
    ]
    assert code == 0


@pytest.mark.parametrize(
    ("name", "given", "line"),
    [
        ("KITH_PORT", "0", "0 is not a whole number from 1 to 65535"),
        ("KITH_PORT", "65536", "65536 is not a whole number from 1 to 65535"),
        ("KITH_WORKERS", "two", "two is not a whole number from 1 to 256"),
        ("KITH_MIN_PROBABILITY", "50", "50 is not a number from 0 to 1"),
        ("KITH_CLASSIFIER", "KNN", "KNN is not one of knn, svm"),
        ("KITH_HTTPS", "maybe", "maybe is not on or off"),
        ("KITH_TIME_ZONE", "Mars", "Mars is not a time zone such as Europe/Berlin"),
        ("KITH_TIME_ZONE", "../etc", "../etc is not a time zone such as Europe/Berlin"),
        ("KITH_LOG_LEVEL", "loud", "loud is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("KITH_LOG_FORMAT", "xml", "xml is not one of plain, json"),
        ("KITH_ENGINE", "eyes", "eyes is not one of dlib-hog, dlib-cnn, yunet-dlib"),
        ("KITH_ACCEL", "protected", "protected is not the beginning of an address such as /pro"),
        ("KITH_TRUSTED_PROXIES", "10.0.0.1,proxy", "proxy is not an address such as 127.0.0.1"),
        ("KITH_TRUSTED_ORIGINS", "photos.example", "photos.example is not an origin such as http"),
        ("KITH_ALLOWED_HOSTS", "https://a.example", "https://a.example is not a name such as pho"),
        ("KITH_OIDC_ISSUER", "id.example", "id.example is not an address such as https://id"),
        ("KITH_URL", "photos.example", "photos.example is not an address such as https://pho"),
        ("KITH_HOME", "~nobody-at-all/x", "~nobody-at-all/x is not the path of a folder"),
        ("KITH_LIBRARY_ROOTS", "~nobody-at-all/x", "~nobody-at-all/x is not the path of a folder"),
        ("DATABASE_URL", "nonsense", "this is not an address such as postgres://user:password"),
        ("DATABASE_URL", "postgres://kith@host", "this is not an address such as postgres://user"),
        ("DATABASE_URL", "postgres://host:x/kith", "this is not an address such as postgres://us"),
        ("KITH_STORAGE", "https://s3.example.org/pictures", "only s3://… is known; give an addr"),
        ("REDIS_URL", "http://host", "this is not an address such as redis://host:6379/0"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, line: str
) -> None:
    monkeypatch.setenv(name, given)
    said = [each for each in faults() if not each.startswith("KITH_OIDC_CLIENT")]
    assert len(said) == 1
    assert said[0].startswith(f"{name}: {line}")
    assert "\n" not in said[0]
    with pytest.raises(ImproperlyConfigured, match=name):
        check_environment()


def test_a_password_is_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://kith:confidential#1@host:port/kith")
    monkeypatch.setenv("REDIS_URL", "rediss//:confidential@host")
    said = list(faults())
    assert len(said) == 2
    assert "confidential" not in "".join(said)


def test_a_home_below_a_file_or_of_somebody_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KITH_HOME", str(tmp_path / "file" / "kith"))
    assert list(faults()) == [
        f"KITH_HOME: {tmp_path}/file/kith cannot be a folder, as {tmp_path}/file is a file: name"
        " another one"
    ]
    monkeypatch.setenv("KITH_HOME", str(tmp_path / "new" / "kith"))
    assert list(faults()) == []
    # Root may write everything, so that permissions alone do not show it.
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    (home,) = faults()
    assert f"cannot be written: let the user {os.environ.get('USER', '')}" in home


def test_a_disk_that_is_not_connected_keeps_nothing_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KITH_LIBRARY_ROOTS", f"{tmp_path},{tmp_path}/away")
    begin()
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(
        f"Kith goes on without {tmp_path}/away of KITH_LIBRARY_ROOTS: is its disk there"
    )


def test_half_of_a_pair_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    assert list(faults()) == []  # it may be for something else
    monkeypatch.setenv("KITH_STORAGE", "s3://pictures")
    assert list(faults()) == [
        "AWS_SECRET_ACCESS_KEY: is missing beside AWS_ACCESS_KEY_ID: say both, or none"
    ]


def test_what_is_left_empty_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        if name != "KITH_HOME":
            monkeypatch.setenv(name, "")
    assert list(faults()) == []
    assert (env("KITH_PORT"), env("KITH_HTTPS"), env("KITH_ALLOWED_HOSTS")) == (8000, False, [])


def test_a_secret_that_begins_with_a_sign_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KITH_OIDC_CLIENT_SECRET", "$HOME")
    assert env("KITH_OIDC_CLIENT_SECRET") == "$HOME"


def test_every_default_is_what_its_variable_may_be() -> None:
    for variable in VARIABLES.values():
        if isinstance(variable.default, str | int) and variable.default != "":
            assert variable.kind.read(str(variable.default)) == variable.default


def test_our_own_variables_are_no_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KITH_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KITH_PHOTOS", "x")
    monkeypatch.setenv("KITH_JITTERS", "3")
    assert list(strangers()) == []
