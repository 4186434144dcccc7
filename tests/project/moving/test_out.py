"""Moving out: all arrives at other servers, or nothing, and the old place stays as it was."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest
import redis

from project.embedded import Postgres
from project.run.checks import sole_use
from tests.buckets import BucketServer
from tests.outside import OutsidePostgres, OutsideValkey
from tests.services import temporary_home
from tests.supervisor import FOLDER, Kith

OURS = ("KITH_", "DATABASE_URL", "REDIS_URL", "AWS_", "PG")
PICTURES = 60
PASSWORD = "correct-horse-9"
# An installation in which somebody has said who is who.
FURNISH = f"""
import django
django.setup()
from django.core.files.base import ContentFile
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from project.storage.base import pictures
from tests.factories import make_embedding, make_face, make_person
face = make_face(person=make_person("Zoë"))
make_embedding(face, [0.1, -2e-7, 3.0], "tiny")
for number in range({PICTURES}):
    pictures().put(f"crops/000000/{{number}}.webp", ContentFile(b"a crop %d" % number * 99))
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, "KITH_HOME": str(home), **more}


@pytest.fixture
def home() -> Iterator[Path]:
    """The data folder of an installation that is not running."""
    with temporary_home() as folder:
        with Postgres(folder):
            django = {"DJANGO_SETTINGS_MODULE": "project.settings"}
            subprocess.run(
                [sys.executable, "-c", FURNISH],
                env=environment(folder, **django),
                cwd=FOLDER,
                check=True,
            )
        yield folder


@pytest.fixture(scope="module")
def postgres() -> Iterator[OutsidePostgres]:
    with temporary_home() as folder, OutsidePostgres(folder) as server:
        yield server


@pytest.fixture(scope="module")
def valkey() -> Iterator[OutsideValkey]:
    with temporary_home() as folder, OutsideValkey(folder) as server:
        yield server


def start(home: Path, **where: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "move_out"],
        env=environment(home, **where),
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def move_out(home: Path, **where: str) -> tuple[int, str]:
    """Run the command; return how it ended, and what it said."""
    process = start(home, **where)
    said, _ = process.communicate(timeout=300)
    return process.returncode, said


def kill(process: "subprocess.Popen[str]") -> None:
    """As when the power goes, for the command and what it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def prepared(postgres: OutsidePostgres, name: str) -> str:
    """Return the address of a database with which an administrator has done their part."""
    url = postgres.new_database(name)
    with postgres.connect(name) as connection:
        connection.execute("CREATE EXTENSION vector")
    return url


def files_of(home: Path) -> dict[str, str]:
    """Return the files of the data folder that are not its servers', with their sums."""
    theirs = ("postgres", "valkey", "logs", "run", "lock")
    files = (file for file in home.rglob("*") if file.is_file())
    return {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.relative_to(home).parts[0] not in theirs
    }


def people_at(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT name, vector::text FROM faces_person"
            " JOIN faces_face ON person_id = faces_person.id"
            " JOIN faces_embedding ON face_id = faces_face.id"
        ).fetchall()


def tables_at(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
        assert row is not None
        return int(row[0])


def test_everything_arrives_and_the_old_place_is_as_it_was(
    home: Path, postgres: OutsidePostgres, valkey: OutsideValkey, bucket_server: BucketServer
) -> None:
    before = files_of(home)
    where = {
        "DATABASE_URL": prepared(postgres, "arrives"),
        "KITH_STORAGE": bucket_server.address("arrives"),
        "REDIS_URL": valkey.url,
        **bucket_server.keys,
    }
    code, said = move_out(home, **where)
    assert code == 0, said
    assert f"{PICTURES} pictures, " in said
    assert "           1 rows  faces_person  checksum " in said
    assert "tables are there and the same" in said
    assert f"DATABASE_URL=postgres://arrives:(password)@127.0.0.1:{postgres.port}/arrives" in said
    assert "p%40ss" not in said

    assert people_at(where["DATABASE_URL"]) == [("Zoë", "[0.1,-2e-07,3]")]
    crop = home / "media" / "crops" / "000000" / "7.webp"
    there = bucket_server.files("arrives")
    assert len(there) == PICTURES
    assert there["crops/000000/7.webp"] == crop.read_bytes()
    assert files_of(home) == before

    # Again: what has arrived is not taken for somebody else's, and not brought twice.
    code, said = move_out(home, DATABASE_URL=where["DATABASE_URL"])
    assert code == 0, said
    assert people_at(where["DATABASE_URL"]) == [("Zoë", "[0.1,-2e-07,3]")]
    code, said = move_out(home, **where)
    assert code == 1
    assert "KITH_STORAGE: there is something already, such as crops/000000/0.webp" in said


def test_what_was_killed_in_the_middle_goes_on(
    home: Path, postgres: OutsidePostgres, bucket_server: BucketServer
) -> None:
    url = prepared(postgres, "killed")
    where = {"DATABASE_URL": url, "KITH_STORAGE": bucket_server.address("killed")}
    where |= bucket_server.keys
    process = start(home, **where)
    while len(bucket_server.files("killed")) < 10:
        assert process.poll() is None
        time.sleep(0.01)
    kill(process)
    assert tables_at(url) == 0
    arrived = bucket_server.folder / "pictures" / "killed"
    first, second, third = sorted(arrived.rglob("*.webp"))[:3]
    written = first.stat().st_mtime_ns
    second.write_bytes(b"half a pic")
    # The old one was used in between: a face was deleted.
    (home / "media" / third.relative_to(arrived)).unlink()

    # While its tables are made, somebody holds the name of one of them.
    with postgres.connect("killed") as holder:
        holder.autocommit = False
        holder.execute("CREATE TABLE faces_person (id int)")
        process = start(home, **where)
        deadline = time.monotonic() + 120
        while b"pg_restore" not in b"".join(_programs_of(process.pid)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        kill(process)
        holder.rollback()
    assert tables_at(url) == 0

    code, said = move_out(home, **where)
    assert code == 0, said
    assert people_at(url) == [("Zoë", "[0.1,-2e-07,3]")]
    there = bucket_server.files("killed")
    here = {
        str(file.relative_to(home / "media")): file.read_bytes()
        for file in (home / "media").rglob("*.webp")
    }
    assert there == here
    assert len(here) == PICTURES - 1
    assert first.stat().st_mtime_ns == written


def test_what_was_moved_is_served_and_scanned_from_there(
    postgres: OutsidePostgres,
    valkey: OutsideValkey,
    bucket_server: BucketServer,
    shared: Path,
    tmp_path: Path,
) -> None:
    album = shared / "photos" / "album" / "summits"
    first, second = "summit_000.jpg", "summit_001.jpg"
    shutil.copy(album / first, tmp_path)
    with temporary_home() as home:
        kith = Kith(home, str(tmp_path), KITH_ADMIN_PASSWORD=PASSWORD)
        kith.wait_for("Scan finished: 1 photo")
        assert kith.end() == 0
        where = {
            "DATABASE_URL": prepared(postgres, "served"),
            "KITH_STORAGE": bucket_server.address("served"),
            "REDIS_URL": valkey.url,
            **bucket_server.keys,
        }
        code, said = move_out(home, **where)
        assert code == 0, said

        (home / "media").rename(home / "nothing is read here any more")
        shutil.copy(album / second, tmp_path)
        kith = Kith(home, str(tmp_path), **where)
        kith.wait_for("Sign in as admin at")
        kith.wait_for("Scan finished: 1 photo")
        assert Postgres(home).find() is None
        browser = signed_in(kith.port)
        faces = json.load(browser.open(f"http://127.0.0.1:{kith.port}/api/faces/"))["results"]
        assert len({face["photo"] for face in faces}) == 2
        for face in faces:
            with browser.open(f"http://127.0.0.1:{kith.port}{face['crop']}") as crop:
                assert crop.read(4) == b"RIFF"
        assert kith.end() == 0
        assert not (home / "media").exists()


def signed_in(port: int) -> OpenerDirector:
    """Return a browser of the first user."""
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    login = f"http://127.0.0.1:{port}/login/"
    browser.open(login).close()
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token}
    with browser.open(login, urlencode(form).encode()) as page:
        assert not page.url.endswith("/login/")
    return browser


def _programs_of(group: int) -> Iterator[bytes]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == group:
                yield (process / "cmdline").read_bytes()
        except OSError:
            continue


def test_nothing_is_moved_while_kith_runs_or_from_nowhere_or_to_nowhere(
    home: Path, postgres: OutsidePostgres, tmp_path: Path
) -> None:
    assert "Say where to, in the environment: DATABASE_URL, KITH" in move_out(home)[1]
    url = prepared(postgres, "running")
    assert "There is no installation in" in move_out(tmp_path, DATABASE_URL=url)[1]
    with sole_use(home):
        code, said = move_out(home, DATABASE_URL=url)
    assert code == 1
    assert said.startswith("CommandError: Kith is already running on")
    assert tables_at(url) == 0


def test_servers_that_cannot_take_it_are_told_in_one_line(
    home: Path, postgres: OutsidePostgres, valkey: OutsideValkey, bucket_server: BucketServer
) -> None:
    def refusal(**where: str) -> str:
        code, said = move_out(home, **where)
        assert code == 1
        assert said.startswith("CommandError: ")
        assert said.count("\n") == 1
        return said.removeprefix("CommandError: ")

    foreign = postgres.new_database("foreign", owned=False)
    assert refusal(DATABASE_URL=foreign).startswith(
        "DATABASE_URL: its user may not make tables: let an administrator run ALTER DATABASE"
    )
    plain = postgres.new_database("plain")
    assert refusal(DATABASE_URL=plain).startswith(
        "DATABASE_URL: its user may not make the extension vector: let an administrator run"
    )
    latin = postgres.new_database("latin", encoding="LATIN1")
    assert refusal(DATABASE_URL=latin).startswith("DATABASE_URL: its encoding is LATIN1: make")
    wrong = foreign.replace("p%40ss", "guess")
    assert "password authentication failed" in refusal(DATABASE_URL=wrong)

    used = prepared(postgres, "used")
    with psycopg.connect(used) as connection:
        connection.execute("CREATE TABLE something (id int)")
    assert "tables are there already, and " in refusal(DATABASE_URL=used)

    storage = {"KITH_STORAGE": bucket_server.address("strange"), **bucket_server.keys}
    another = str(Path(postgres.home, "another"))
    assert move_out(home, **storage, KITH_SECRET_KEY=another)[0] == 0
    assert "there is something already, such as crops/000000/0.webp" in refusal(**storage)
    nowhere = storage["KITH_STORAGE"].replace("s3://pictures", "s3://nowhere")
    assert refusal(**{**storage, "KITH_STORAGE": nowhere}).startswith("KITH_STORAGE: ")
    assert refusal(REDIS_URL="redis://127.0.0.1:1/0").startswith("REDIS_URL: ")

    with ExitStack() as stack:
        client = stack.enter_context(redis.from_url(valkey.url))
        client.config_set("maxmemory-policy", "allkeys-lru")
        stack.callback(client.config_set, "maxmemory-policy", "noeviction")
        code, said = move_out(home, REDIS_URL=valkey.url)
    assert code == 0
    assert "REDIS_URL: maxmemory-policy is allkeys-lru there: set it to noeviction" in said
