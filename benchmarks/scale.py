"""How Kith does with a million faces, beside a tenth of them.

``python -m benchmarks.scale [FACES] [--people N] [--photos N] [--matrices FOLDER]``: two
installations, made of the real people in matrices of embeddings, each with a second, small owner in
the same database, are asked in turn. ``--keep FOLDER`` keeps them there, and uses them again;
``--only`` measures some parts. Times are those of whole answers of Django to somebody who is signed
in, one request at a time and over no network, with data that has been asked for before.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crowd import Crowd
from benchmarks.results import meets, print_object

FACES, PEOPLE, PHOTOS = 1_000_000, 20_000, 400_000
FEWER = 10  # times fewer faces, people and photos on the other side
TURNS, TIMES = 4, 5  # so often each side has its turn, and each request is made in a turn
LABELLED = 200
ASKED = 100  # faces whose neighbours are counted
MOST_MS, SIMILAR_MS, PLACE_MS, RECALL, FLAT = 150.0, 30.0, 20.0, 0.98, 1.5

Measured = dict[str, float]
Goals = dict[str, tuple[str, float]]


class Asked:
    """A side of the comparison, in a process of its own."""

    def __init__(self, home: Path, size: Crowd, matrices: Path | None) -> None:
        self.size = size
        command = [sys.executable, "-m", "benchmarks.scale_side", str(home)]
        command += ["--faces", str(size.faces), "--people", str(size.people)]
        command += ["--photos", str(size.photos)]
        command += ["--matrices", str(matrices)] if matrices else []
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.names: list[str] = self._answer()

    def __call__(self, what: str, *arguments: object) -> Any:
        """Return what the side answers when it is told to measure something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, arguments]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """Let the side stop its servers; return when it has."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the side of {self.size.faces} faces has ended")
        return json.loads(line)


@dataclass(frozen=True)
class Sides:
    """Both sides, and how often they are asked."""

    few: Asked
    many: Asked
    turns: int
    times: int  # in a turn


def measure_pages(sides: Sides) -> tuple[Measured, Goals]:
    """Ask for every page, and for what it asks of the API."""
    return _compared(sides, {name: ("ask", name) for name in sides.few.names}, MOST_MS)


def measure_labelling(sides: Sides) -> tuple[Measured, Goals]:
    """Label faces, as somebody does who has selected them."""
    return _compared(sides, {f"label {LABELLED} faces": ("label", LABELLED)}, None)


def measure_similar(sides: Sides) -> tuple[Measured, Goals]:
    """Find the faces that are most like one, by the index, which is made before."""
    measured: Measured = {}
    goals: Goals = {}
    for side in (sides.few, sides.many):
        measured[f"index of {side.size.faces} faces: s"] = side("index")
        key = f"similar, {side.size.faces} faces: recall at 10"
        measured[key] = side("recall", ASKED)
        goals[key] = (">=", RECALL)
    found, aims = _compared(sides, {"similar": ("similar",)}, SIMILAR_MS)
    pages, of_pages = _compared(sides, {"similar, by the API": ("similar_page",)}, MOST_MS)
    return _told(measured) | found | pages, goals | aims | of_pages


def measure_training(sides: Sides) -> tuple[Measured, Goals]:
    """Press Train, once each."""
    measured: Measured = {}
    for side in (sides.few, sides.many):
        seconds, peak = side("train")
        measured[f"train, {side.size.faces} faces: s"] = seconds
        measured[f"train, {side.size.faces} faces: peak MB"] = peak
    return _told(measured), {}


def measure_placing(sides: Sides) -> tuple[Measured, Goals]:
    """Place one new face; what Train keeps for it is there only after Train."""
    return _compared(sides, {"place a face": ("place_one",)}, PLACE_MS)


def measure_sizes(sides: Sides) -> tuple[Measured, Goals]:
    """Look at disk and memory."""
    measured = {
        f"{name}, {side.size.faces} faces": size
        for side in (sides.few, sides.many)
        for name, size in side("sizes").items()
    }
    return _told(measured), {}


def _told(measured: Measured) -> Measured:
    for key, value in measured.items():
        print(f"{key:60} {value:10.4g}", flush=True)
    return measured


PARTS: dict[str, Callable[[Sides], tuple[Measured, Goals]]] = {
    "similar": measure_similar,
    "pages": measure_pages,
    "label": measure_labelling,
    "train": measure_training,
    "place": measure_placing,
    "sizes": measure_sizes,
}


def _compared(
    sides: Sides, questions: Mapping[str, tuple[object, ...]], most: float | None
) -> tuple[Measured, Goals]:
    """Let the sides take turns at each question; return medians, p95 and how flat they are."""
    measured: Measured = {}
    goals: Goals = {}
    for name, question in questions.items():
        took: tuple[list[float], list[float]] = ([], [])
        both = (sides.few, sides.many)
        for turn in range(sides.turns + 1):
            for side, found in zip(both, took, strict=True):
                times = side(str(question[0]), *question[1:], sides.times if turn else 1)
                if turn:  # the first one only warms up
                    found += times
        for side, found in zip(both, took, strict=True):
            measured[f"{name}, {side.size.faces} faces: p50 ms"] = statistics.median(found)
            measured[f"{name}, {side.size.faces} faces: p95 ms"] = p95 = _p95(found)
            if most is not None:
                goals[f"{name}, {side.size.faces} faces: p95 ms"] = ("<=", most)
        few, many = map(statistics.median, took)
        measured[f"{name}: times as long"] = many / few
        goals[f"{name}: times as long"] = ("<=", FLAT)
        print(_line(name, took, many / few, most is None or p95 <= most), flush=True)
    return measured, goals


def _p95(took: list[float]) -> float:
    if len(took) == 1:
        return took[0]
    return statistics.quantiles(took, n=20, method="inclusive")[-1]


def _line(name: str, took: tuple[list[float], list[float]], times: float, quick: bool) -> str:
    few, many = took
    numbers = f"{statistics.median(few):8.1f} {_p95(few):8.1f} {statistics.median(many):8.1f} "
    flat = meets(times, ("<=", FLAT))
    said = f"{'yes' if quick else 'NO':>5} {'yes' if flat else 'NO':>5}"
    return f"{name:26} {numbers}{_p95(many):8.1f} {times:6.2f} {said}"


def main() -> None:
    """Print a table and, as the last line, one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("faces", type=int, nargs="?", default=FACES)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--matrices", type=Path, help="A folder; without it, faces are made up.")
    parser.add_argument("--keep", type=Path, help="Where the installations stay.")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--times", type=int, default=TIMES, help="Requests in a turn.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    large = Crowd(asked.faces, asked.people, asked.photos)
    small = Crowd(*(each // FEWER for each in (asked.faces, asked.people, asked.photos)))
    measured: Measured = {"faces": large.faces, "people": large.people, "photos": large.photos}
    goals: Goals = {}
    with ExitStack() as stack:
        folder = asked.keep
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="kith-scale-", dir="/tmp"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the account that runs PostgreSQL for root must pass
        few = Asked(folder / str(small.faces), small, asked.matrices)
        stack.callback(few.end)
        many = Asked(folder / str(large.faces), large, asked.matrices)
        stack.callback(many.end)
        print(f"{'p50 and p95 in ms, times as long':26} {small.faces:14} {large.faces:17}")
        for part in asked.only:
            found, aims = PARTS[part](Sides(few, many, asked.turns, asked.times))
            measured |= found
            goals |= aims
    print_object("scale", measured, goals)


if __name__ == "__main__":
    main()
