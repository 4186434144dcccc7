"""Workers of two hosts at one scan: photos per second with 1, 2 and 4, and what a cut wire does.

``python -m benchmarks.workers PHOTOS [--engine NAME] [--weights FOLDER] [--rounds 3]``. One
PostgreSQL and one Valkey listen on the network, with passwords; the hosts are namespaces where
these can be made, else process groups (``benchmarks.hosts``). Photos and pictures lie where both
see them. All numbers of workers are timed in turn, so that a machine that slows down slows all.
Then a host is cut off in the middle of a scan, and then from the queue alone; both come back.
"""

import argparse
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.hosts import WAYS, Host, Network
from benchmarks.installation import ROOT, Installation, installation_on_hosts
from benchmarks.results import print_results
from faces.vision.weights import take_from
from project.run.children import Children, marked_processes

if TYPE_CHECKING:
    from photos.models import Library

TEAMS = ("1 by sockets", "1", "2", "4")  # how many workers
WORKER = "benchmarks.noting_worker"
ON_HOST = "BENCH_HOST"  # in the environment of a host's processes
AWAY = 75.0  # seconds without a wire: longer than anybody waits for an answer
PATIENCE = 600.0  # seconds for anything
GOALS = {
    "2 workers: times as quick as 1": (">=", 1.6),
    "4 workers: times as quick as 2": (">=", 0.9),
    "2 workers: fewest photos of a host": (">=", 1),
    "photos looked into twice": ("<=", 0),
    "photos left out": ("<=", 0),
    "faces that differ": ("<=", 0),
    "host cut off: until the database knows, s": ("<=", 40),
    "host back: until it works again, s": ("<=", 40),
    "host cut off: photos left out": ("<=", 0),
    "host cut off: faces that differ": ("<=", 0),
    "queue away: photos left out": ("<=", 0),
    "queue away: faces that differ": ("<=", 0),
    "queue back: until the host works again, s": ("<=", 80),
}


@dataclass(frozen=True)
class Outcome:
    """What a scan took and found."""

    seconds: float
    cpu: float  # seconds of the workers
    photos: int
    left: int  # photos without an end
    shares: list[int]  # how many were looked into by each host
    twice: int  # photos that were looked into more than once
    faces: list[Any]

    def differing(self, other: "Outcome") -> int:
        """Return how many faces only one of the two has found."""
        mine, others = Counter(map(str, self.faces)), Counter(map(str, other.faces))
        return ((mine - others) + (others - mine)).total()


@dataclass(frozen=True)
class Team:
    """Workers on the hosts, and a scheduler; what ends is started again."""

    place: Installation
    seen: list[Path]  # what each host has looked into

    def library(self, photos: Path) -> "Library":
        """Return a library of a folder, as if it were new."""
        from photos.actions.libraries import add_library
        from photos.models import Library

        Library.objects.all().delete()
        for each in self.seen:
            each.write_text("")
        return add_library(owner=self.place.owner, path=str(photos))

    def cpu(self) -> float:
        """Return the CPU seconds of the workers so far, those of ended messages included."""
        total = 0.0
        for worker in self.workers():
            for process in (worker, *worker.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    total += times.user + times.system
                    total += times.children_user + times.children_system
        return total

    def workers(self) -> list[psutil.Process]:
        """Return the processes of the workers, without those that they have forked."""
        found = [each for each in marked_processes(self.place.home) if WORKER in each.cmdline()]
        pids = {each.pid for each in found}
        return [each for each in found if each.ppid() not in pids]

    def outcome(self, library: "Library", seconds: float, cpu: float) -> Outcome:
        """Return what has become of a library."""
        import numpy as np

        from faces.models import Embedding, Face
        from photos.models import Photo

        faces = Face.objects.filter(photo__library=library).select_related("photo")
        vectors = dict(Embedding.objects.filter(face__in=faces).values_list("face", "vector"))
        found = sorted(
            (
                face.photo.path,
                [round(side, 5) for side in face.box.corners],
                np.round(vectors[face.pk], 4).tolist(),
            )
            for face in faces
        )
        seen = [each.read_text().splitlines() for each in self.seen]
        times = Counter(path for each in seen for path in each)
        return Outcome(
            seconds=seconds,
            cpu=cpu,
            photos=library.photos.count(),
            shares=[len(each) for each in seen],
            left=library.photos.filter(state=Photo.State.PENDING).count(),
            twice=sum(count > 1 for count in times.values()),
            faces=found,
        )


@contextmanager
def team(place: Installation, shared: Network, name: str) -> Iterator[Team]:
    """Start one of ``TEAMS`` on the hosts in turn, or by the sockets; end it afterwards."""
    import django_rq
    from rq import Worker

    django_rq.get_connection("default").flushdb()
    number, _, local = name.partition(" by ")
    seen = [place.home / f"seen-{host.number}" for host in shared.hosts]
    work = sys.executable, "-m", WORKER
    with Children(place.home, ROOT, os.environ) as children:
        children.start("scheduler", [sys.executable, "manage.py", "scheduler"])
        for each in range(int(number)):
            host = shared.hosts[each % len(shared.hosts)]
            said = {"BENCH_SEEN": str(seen[host.number - 1]), ON_HOST: str(host.number)}
            sockets = shared.by_socket(place.home) | said
            command = (
                ["env", *(f"{name}={value}" for name, value in sockets.items()), *work]
                if local
                else host.command(*work, **said)
            )
            children.start(f"worker-{each}-of-host-{host.number}", command)
        wait(lambda: Worker.count(queue=django_rq.get_queue("bulk")) == int(number))
        with supervised(children):
            yield Team(place, seen)


@contextmanager
def supervised(children: Children) -> Iterator[None]:
    """Start again what ends while inside, as ``make run`` and service managers do."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            children.restart_ended()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def scan(place: Installation, shared: Network, photos: Path, name: str) -> Outcome:
    """Scan with one of the teams."""
    from photos.jobs import start_scan

    with team(place, shared, name) as workers:
        library = workers.library(photos)
        spent, began = workers.cpu(), time.monotonic()
        place.wait_for(start_scan(library=library, requested_by=place.owner))
        seconds = time.monotonic() - began
        return workers.outcome(library, seconds, workers.cpu() - spent)


def throughput(
    place: Installation, shared: Network, photos: Path, teams: list[str], rounds: int
) -> tuple[dict[str, float], Outcome]:
    """Return what all teams do, in turn; and what the last of them finds."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in teams}
    for _ in range(rounds):
        for name, own in outcomes.items():
            own.append(scan(place, shared, photos, name))
    every = [each for own in outcomes.values() for each in own]
    expected = every[-1]
    measured: dict[str, float] = {"photos": expected.photos, "faces": len(expected.faces)}
    for name, own in outcomes.items():
        cost = {
            "photos/s": median(each.photos / each.seconds for each in own),
            "ms a photo": median(each.seconds / each.photos for each in own) * 1000,
            "CPU ms a photo": median(each.cpu / each.photos for each in own) * 1000,
            "cores at work": median(each.cpu / each.seconds for each in own),
        }
        if name == "2":
            cost["fewest photos of a host"] = min(min(each.shares) for each in own)
        called = name.replace("1", "1 worker") if name[0] == "1" else f"{name} workers"
        measured |= {f"{called}: {key}": value for key, value in cost.items()}
    for slow, quick in (("1", "1 by sockets"), ("1", "2"), ("2", "4")):
        if slow in outcomes and quick in outcomes:
            key = "by sockets" if slow == quick[0] else f"{quick} workers"
            times = ratio(outcomes[slow], outcomes[quick])
            measured[f"{key}: times as quick as {slow}"] = times
    measured |= {
        "photos looked into twice": max(each.twice for each in every),
        "photos left out": max(each.left for each in every),
        "faces that differ": max(each.differing(expected) for each in every),
    }
    return measured, expected


def ratio(slow: list[Outcome], quick: list[Outcome]) -> float:
    """Return how many times as quick, the median of the rounds."""
    return median(one.seconds / other.seconds for one, other in zip(slow, quick, strict=True))


def cut_off(
    place: Installation, shared: Network, photos: Path, expected: Outcome
) -> dict[str, float]:
    """Cut one of two hosts off in the middle of a scan, until the other has ended it.

    It takes over what the first had in its hands after all else, since that may kill workers.
    """
    from photos.jobs import start_scan

    host = shared.hosts[0]
    with team(place, shared, "2") as workers:
        library = workers.library(photos)
        job = start_scan(library=library, requested_by=place.owner)
        theirs = wait_for_photos_of(host)
        began = time.monotonic()
        host.cut_off()
        try:
            noticed = wait(lambda: not alive(theirs[0]))
            place.wait_for(job)
            seconds = time.monotonic() - began
            time.sleep(max(0.0, AWAY - seconds))
        finally:
            host.is_back()
        back = until_at_work(place, library, host)
        found = workers.outcome(library, seconds, 0.0)
    return {
        "host cut off: photos in its hands": theirs[1],
        "host cut off: until the database knows, s": noticed,
        "host cut off: until the other has ended the scan, s": seconds,
        "host cut off: photos left out": found.left,
        "host cut off: faces that differ": found.differing(expected),
        "host back: until it works again, s": back,
    }


def queue_away(
    place: Installation, shared: Network, photos: Path, expected: Outcome
) -> dict[str, float]:
    """Take the queue alone from one of two hosts in the middle of a scan, and give it back."""
    from photos.jobs import start_scan

    host = shared.hosts[0]
    with team(place, shared, "2") as workers:
        library = workers.library(photos)
        job = start_scan(library=library, requested_by=place.owner)
        wait_for_photos_of(host)
        began = time.monotonic()
        host.lose_queue()
        try:
            place.wait_for(job)
            seconds = time.monotonic() - began
            time.sleep(max(0.0, AWAY - seconds))
        finally:
            host.find_queue()
        found = workers.outcome(library, seconds, 0.0)
        back = until_at_work(place, library, host)
    return {
        "queue away: until the scan has ended, s": seconds,
        "queue away: photos looked into twice": found.twice,
        "queue away: photos left out": found.left,
        "queue away: faces that differ": found.differing(expected),
        "queue back: until the host works again, s": back,
    }


def until_at_work(place: Installation, library: "Library", host: Host) -> float:
    """Rescan again and again until a host takes part; return after how many seconds it does."""
    from photos.jobs import start_rescan

    began, back = time.monotonic(), 0.0
    while not back:
        job = start_rescan(library=library, requested_by=place.owner)
        while job.is_active:
            if not back and at_work(host):
                back = time.monotonic() - began
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError(f"host {host.number} has not come back")
            time.sleep(0.05)
            job.refresh_from_db()
    return back


def wait_for_photos_of(host: Host) -> tuple[int, int]:
    """Return the token of a host's worker that is at photos, and how many it has taken."""
    from photos.models import Photo

    found: list[int] = []

    def has_some() -> bool:
        found[:] = tokens_of(host)
        return bool(found and held_by(found[0]) and Photo.objects.filter(state="scanned").exists())

    wait(has_some)
    return found[0], held_by(found[0])


def tokens_of(host: Host) -> list[int]:
    """Return the tokens under which a host's processes are at jobs."""
    from project.jobs.models import Attendance

    found = []
    for each in Attendance.objects.all():
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(each.worker.rsplit(" ", 1)[1]))
            if process.environ().get(ON_HOST) == str(host.number):
                found.append(each.token)
    return found


def at_work(host: Host) -> bool:
    """Whether a worker of a host has photos in its hands."""
    return any(held_by(token) for token in tokens_of(host))


def alive(token: int) -> bool:
    """Whether the database has a session of the worker with this token."""
    from django.db import connection

    from project.jobs.presence import LOCKS_OF_CLASS, TOKEN

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 {LOCKS_OF_CLASS} AND objid = %s", [TOKEN, token])
        return cursor.fetchone() is not None


def held_by(token: int) -> int:
    """Return how many photos wait in the hands of the worker with this token."""
    from photos.models import Photo

    return Photo.objects.filter(claimed_by=token, state=Photo.State.PENDING).count()


def wait(happened: Callable[[], bool]) -> float:
    """Return the seconds until something has happened; TimeoutError if it never does."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.05)
    return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--engine", default="dlib-hog")
    parser.add_argument("--weights", type=Path, help="a folder with the engine's weights")
    parser.add_argument("--teams", nargs="+", choices=TEAMS, default=TEAMS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="cut no wires")
    asked = parser.parse_args()
    photos = asked.photos.resolve()
    with installation_on_hosts() as (place, shared):
        from django.conf import settings

        from faces.models import EngineChoice

        print(f"two hosts: {WAYS[shared.way]}")
        if asked.weights:
            take_from(asked.weights, settings.WEIGHTS_ROOT)
        EngineChoice.objects.all().delete()
        EngineChoice.objects.create(name=asked.engine, state=EngineChoice.State.IN_FORCE)
        measured, expected = throughput(place, shared, photos, asked.teams, asked.rounds)
        measured["network namespaces"] = int(shared.way == "namespaces")
        if not asked.whole:
            measured |= cut_off(place, shared, photos, expected)
            measured |= queue_away(place, shared, photos, expected)
    goals = {key: goal for key, goal in GOALS.items() if key in measured}
    print_results("workers", measured, goals)


if __name__ == "__main__":
    main()
