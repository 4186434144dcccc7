"""How much Kith serves at once: many clients, ten thousand faces beside a million.

``python -m benchmarks.load [FACES] [--clients N] [--seconds S]``: for each of the two sizes a Kith
of its own, with the web server as ``make run`` starts it, and a made-up library without files. So
many clients, all of one user, ask for so long without a pause for faces (tabs, orders, further
pages), then for people (page and API), and then each labels one face after the other. Times are
those of whole answers, measured by the clients, which share the machine with Kith.
"""

import argparse
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from benchmarks.installation import Installation, installation
from benchmarks.results import print_results

if TYPE_CHECKING:
    from benchmarks.search import Made

FEWER_FACES, FACES = 10_000, 1_000_000
CLIENTS, SECONDS = 32, 15.0
PAGE = 100  # faces
WARMING = 4  # requests of a client that are not counted
PATIENCE = 60.0  # seconds for an answer
TIMES_SLOWER = 2.0  # p95 among a million faces, beside ten thousand
FACE_LISTS = (
    "tab=labelled",
    "tab=labelled&sort=date",
    "tab=inferred&method=classification",
    "tab=inferred&method=classification&sort=probability",
    "tab=unassigned&method=classification",
    "tab=unassigned&method=cluster&sort=date",
)


@dataclass
class Heard:
    """What the clients of one task have heard: seconds of each answer, and what went wrong."""

    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def told(self) -> dict[str, float]:
        """Return the numbers of it."""
        cuts = statistics.quantiles(self.took, n=100)
        return {
            "requests/s": len(self.took) / self.seconds,
            "p50 ms": cuts[49] * 1000,
            "p95 ms": cuts[94] * 1000,
            "errors": len(self.errors),
        }


@dataclass(frozen=True)
class Asked:
    """One request: an address, and what is posted there, if anything."""

    address: str
    body: Any = None


class Client:
    """Somebody with a browser: one connection, one session."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._port = port
        self._connection = self._connected()
        self._headers = {
            "Host": f"127.0.0.1:{port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies["csrftoken"],
            "Content-Type": "application/json",
        }

    def ask(self, asked: Asked) -> bytes:
        """Return the answer; RuntimeError where it is none that was hoped for."""
        for attempt in itertools.count():
            try:
                method = "GET" if asked.body is None else "POST"
                body = None if asked.body is None else json.dumps(asked.body)
                self._connection.request(method, asked.address, body, self._headers)
                answer = self._connection.getresponse()
                content = answer.read()
                break
            except (HTTPException, ConnectionError):
                # The server may just have ended a connection that lay idle, as browsers know, too.
                self._connection.close()
                self._connection = self._connected()
                if attempt:
                    raise
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {asked.address}: {content[:200]!r}")
        return content

    def _connected(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)


def lists_of_faces(people: list[int], number: int) -> Iterator[Asked]:
    """Yield what a client asks for who looks through faces; it goes on where an answer says."""
    choice = random.Random(number)
    for turn in itertools.count(number):
        query = FACE_LISTS[turn % len(FACE_LISTS)]
        if turn % 5 == 0:
            query += f"&person={choice.choice(people)}"
        # Somewhere in the list, as the grid asks that was scrolled.
        offset = choice.choice((0, 0, PAGE, 10 * PAGE))
        yield Asked(f"/api/faces/?{query}&limit={PAGE}&offset={offset}")


def people_pages(people: list[int], number: int) -> Iterator[Asked]:
    """Yield what a client asks for who opens the pages of people."""
    choice = random.Random(number)
    while True:
        person = choice.choice(people)
        yield Asked(f"/people/{person}/")
        yield Asked(f"/api/people/{person}/")
        yield Asked(f"/api/people/{person}/photos/months/")
        yield Asked(f"/api/people/{person}/photos/")


def labels(people: list[int], faces: list[int], number: int, clients: int) -> Iterator[Asked]:
    """Yield what a client says who labels faces, each once."""
    choice = random.Random(number)
    for face in faces[number::clients]:
        yield Asked("/api/faces/label/", {"faces": [face], "person": choice.choice(people)})


def run_clients(
    clients: list[Client], asked: Callable[[int], Iterator[Asked]], seconds: float
) -> Heard:
    """Let all clients ask at once, for so long."""
    heard, lock = Heard(), threading.Lock()
    ready = threading.Barrier(len(clients) + 1)
    deadline: list[float] = []

    def work(number: int) -> None:
        took, errors = [], []
        ready.wait()
        for each in asked(number):
            began = time.perf_counter()
            if began > deadline[0]:
                break
            try:
                clients[number].ask(each)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            else:
                took.append(time.perf_counter() - began)
        with lock:
            heard.took += took
            heard.errors += errors

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    deadline.append(began + seconds)
    ready.wait()
    for thread in threads:
        thread.join()
    heard.seconds = time.perf_counter() - began
    return heard


def start_web(place: Installation) -> int:
    """Start the web server as ``make run`` does; return its port."""
    from project.run.serving import WEB_COMMAND

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    bind = f"127.0.0.1:{port}"
    place.children.start("web", [sys.executable, "-m", *WEB_COMMAND, "--bind", bind])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/login/")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return port
    raise RuntimeError("the web server does not answer")


def cookies_of(place: Installation) -> dict[str, str]:
    """Sign the owner in; return the cookies of that session."""
    from django.conf import settings
    from django.test import Client as Browser
    from django.utils.crypto import get_random_string

    browser = Browser()
    browser.force_login(place.owner)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, "csrftoken": get_random_string(32)}


def make_faces(place: Installation, faces: int) -> tuple["Made", list[int], list[int]]:
    """Write the library; return who is asked for most, some people, and faces without a label."""
    from django.db import connection

    from benchmarks.search import make_library
    from faces.models import Face, Person

    with connection.cursor() as cursor:
        # What clients are told of changes, and foreign keys, which are right, would take longer.
        cursor.execute("SET session_replication_role = replica")
        made = make_library(place.owner, faces)
        cursor.execute("RESET session_replication_role")
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True)[:100])
    free = Face.objects.filter(person=None).order_by("pk").values_list("pk", flat=True)
    return made, people, list(free[:100_000])


def measure(faces: int, clients: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return {task: its numbers} among so many faces."""
    os.environ["KITH_API_RATE"] = "0"  # all clients are one user, who asks without a pause
    with installation() as place:
        _, people, free = make_faces(place, faces)
        port, cookies = start_web(place), cookies_of(place)
        browsers = [Client(port, cookies) for _ in range(clients)]
        tasks: dict[str, Callable[[int], Iterator[Asked]]] = {
            "faces": lambda number: lists_of_faces(people, number),
            "people": lambda number: people_pages(people, number),
            "label": lambda number: labels(people, free, number, clients),
        }
        told = {}
        for task, asked in tasks.items():
            run_clients(browsers, partial(_first, asked), seconds)
            heard = run_clients(browsers, partial(_rest, asked), seconds)
            for error in heard.errors[:3]:
                print(f"{task}: {error}", file=sys.stderr)
            told[task] = heard.told()
    return told


def _first(asked: Callable[[int], Iterator[Asked]], number: int) -> Iterator[Asked]:
    """Yield the first few requests, which warm up."""
    return itertools.islice(asked(number), WARMING)


def _rest(asked: Callable[[int], Iterator[Asked]], number: int) -> Iterator[Asked]:
    """Yield what comes after those."""
    return itertools.islice(asked(number), WARMING, None)


def measured_aside(faces: int, clients: int, seconds: float) -> dict[str, dict[str, float]]:
    """Measure in a process of its own: Django knows one database in its life."""
    command = [sys.executable, "-m", "benchmarks.load", str(faces), "--alone"]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a table and, as the last line, one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("faces", type=int, nargs="?", default=FACES)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--alone", action="store_true", help="One size, as JSON.")
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(measure(asked.faces, asked.clients, asked.seconds)))
        return
    sizes = (FEWER_FACES, asked.faces)
    few, many = (measured_aside(size, asked.clients, asked.seconds) for size in sizes)
    measured: dict[str, float] = {"faces": asked.faces, "clients": asked.clients}
    goals: dict[str, tuple[str, float]] = {}
    for task in few:
        for number in few[task]:
            for size, found in zip(sizes, (few, many), strict=True):
                key = f"{task}, {size} faces: {number}"
                measured[key] = found[task][number]
                if number == "errors":
                    goals[key] = ("<=", 0)
        key = f"{task}: p95, times that of {FEWER_FACES} faces"
        measured[key] = many[task]["p95 ms"] / few[task]["p95 ms"]
        goals[key] = ("<=", TIMES_SLOWER)
    print_results("load", measured, goals)


if __name__ == "__main__":
    main()
