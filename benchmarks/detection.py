"""How many of the faces that people see each engine finds, and how much of what it finds is one.

``python -m benchmarks.detection PHOTOS [--engines NAME …] [--weights FOLDER] [--most 20]``: PHOTOS
has the folders ``album`` and ``boxes``, or one of them, whose faces people have marked
(album/faces.csv, boxes/boxes.csv). ``--most`` takes so many photos of each set, evenly, for slow
engines.

A face is found by a box whose intersection over union (IoU) with the marked box is 0.5 or more;
each box finds one face and each face is found once. dlib's HOG frames faces otherwise than people
do, so the same is shown from 0.3 on. Where only noses are marked, a box finds the face whose nose
lies in it. What people marked as too small or doubtful neither counts as missed nor,
found, as false. All is shown upright and with the photo turned by 90° and 180° in its plane.

On photos of the street not all the faces are marked, so that precision there says little.
"""

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import linear_sum_assignment

from benchmarks.results import print_object
from faces.recognition.geometry import Box, overlaps
from faces.vision.catalogue import MissingWeightsError, UnknownEngineError, engine_named
from faces.vision.interfaces import Detector
from faces.vision.thorough import TURNS, Place
from faces.vision.weights import WeightsError, take_from
from photos.imaging.decoding import decode_image

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Measured = dict[str, float]

SAME, ROUGHLY_SAME = 0.5, 0.3  # IoU
SMALL_PX = 40  # the shorter side of a box, below which a face is small
UNCOUNTED = {"ambiguous", "other", "ignore_small"}
LOOKS: dict[str, tuple[Image.Transpose | None, Place]] = {
    "upright": (None, lambda x, y: (x, y)),
    "90°": (Image.Transpose.ROTATE_90, TURNS[Image.Transpose.ROTATE_90]),
    "180°": (Image.Transpose.ROTATE_180, TURNS[Image.Transpose.ROTATE_180]),
}
COLUMNS = {
    "faces": "faces",
    "recall": "recall",
    "precision": "prec.",
    "recall at IoU 0.3": "rec.3",
    "precision at IoU 0.3": "prec.3",
    "faces below 40 px": "<40px",
    "recall below 40 px": "rec<40",
    "recall below 40 px at IoU 0.3": "rec.3<40",
}


@dataclass(frozen=True)
class Marks:
    """Where in a photo people see faces, in pixels: corners of boxes, or noses twice."""

    corners: list[tuple[float, ...]] = field(default_factory=list)
    counted: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """What was found in a photo beside what is marked there."""

    agreement: Floats  # (found, marked), 0-1
    counted: Flags  # (marked,)
    small: Flags  # (marked,)


class NoMarksError(Exception):
    """A folder without marked faces; the message says what should be there."""


def read_marks(folder: Path) -> dict[str, dict[Path, Marks]]:
    """Return {set: {photo: its marks}}; NoMarksError where there is neither table."""
    sets: dict[str, dict[Path, Marks]] = defaultdict(lambda: defaultdict(Marks))
    for table in (folder / "album/faces.csv", folder / "boxes/boxes.csv"):
        if not table.is_file():
            continue
        with table.open(encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                marks = sets[_set_of(row)][table.parent / row["photo"]]
                nose = row.get("kind") == "nose"
                keys = ("x1", "y1", "x1", "y1") if nose else ("x1", "y1", "x2", "y2")
                marks.corners.append(tuple(float(row[key]) for key in keys))
                marks.counted.append(row.get("status") not in UNCOUNTED)
    if not sets:
        raise NoMarksError(f"{folder} has neither album/faces.csv nor boxes/boxes.csv.")
    return sets


def _set_of(row: Mapping[str, str]) -> str:
    if "status" in row:
        return "album"
    if row["kind"] == "nose":
        return "noses"
    return "street" if row["photo"].startswith("street_") else "boxes"


def evenly(photos: Mapping[Path, Marks], most: int | None) -> dict[Path, Marks]:
    """Return at most so many photos, evenly taken from all in their order."""
    paths = sorted(photos)
    count = min(len(paths), most or len(paths))
    rows = np.linspace(0, len(paths) - 1, count).round().astype(int)
    return {paths[row]: photos[paths[row]] for row in rows}


def agreement(found: Floats, marked: Floats) -> Floats:
    """Return (n, m) in 0-1: IoU of boxes (n, 4) and (m, 4) of corners.

    A mark that is a point, a nose, agrees by 0.5 or more with a box that it lies in, by 1 with one
    that it is the centre of.
    """
    centres, sizes = (found[:, :2] + found[:, 2:]) / 2, found[:, 2:] - found[:, :2]
    away = (np.abs(marked[None, :, :2] - centres[:, None]) / sizes[:, None]).max(axis=2)
    is_nose = (marked[:, :2] == marked[:, 2:]).all(axis=1)
    return np.where(is_nose, np.where(away <= 0.5, 1 - away, 0), overlaps(found, marked))


def pairs(agreement: Floats, least: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (found, marked) of as many pairs as there can be that agree by ``least``."""
    enough = agreement >= least
    # A pair more outweighs any better agreement of the others.
    found, marked = linear_sum_assignment(
        np.where(enough, agreement + len(agreement), 0), maximize=True
    )
    real = enough[found, marked]
    return found[real], marked[real]


def look(detector: Detector, photos: Mapping[Path, Marks], name: str) -> Iterator[Seen]:
    """Yield what a detector finds in each photo, looked at in one of LOOKS."""
    turn, place = LOOKS[name]
    for path, marks in photos.items():
        decoded = decode_image(path)
        image = decoded.image if turn is None else decoded.image.transpose(turn)
        found = [upright(each.box, place) for each in detector.detect(image)]
        corners = np.array(marks.corners)
        sides = (corners[:, 2:] - corners[:, :2]).min(axis=1)
        yield Seen(
            agreement(np.array(found).reshape(-1, 4), corners / (decoded.size * 2)),
            np.array(marks.counted),
            (sides > 0) & (sides < SMALL_PX),
        )


def upright(box: Box, place: Place) -> tuple[float, ...]:
    """Return the corners of a turned photo's box where they lie in the upright photo."""
    left, top, right, bottom = box.corners
    across, down = zip(place(left, top), place(right, bottom), strict=True)
    return min(across), min(down), max(across), max(down)


def score(seen: list[Seen]) -> Measured:
    """Return recall and precision over photos."""
    counted = np.concatenate([each.counted for each in seen])
    small = np.concatenate([each.small & each.counted for each in seen])
    measured: Measured = {"faces": int(counted.sum()), "faces below 40 px": int(small.sum())}
    for least, suffix in ((SAME, ""), (ROUGHLY_SAME, f" at IoU {ROUGHLY_SAME}")):
        matched, real, false = [], 0, 0
        for each in seen:
            found, marked = pairs(each.agreement, least)
            is_matched = np.isin(np.arange(len(each.counted)), marked)
            matched.append(is_matched)
            real += int((is_matched & each.counted).sum())
            false += len(each.agreement) - len(found)
        is_found = np.concatenate(matched)
        measured |= {
            f"recall{suffix}": _share(is_found[counted]),
            f"precision{suffix}": real / max(real + false, 1),
            f"recall below 40 px{suffix}": _share(is_found[small]),
        }
    return measured


def _share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def measure(name: str, detector: Detector, sets: Mapping[str, Mapping[Path, Marks]]) -> Measured:
    """Print the rows of an engine and return what they hold."""
    measured: Measured = {}
    for set_name, photos in sets.items():
        for look_name in LOOKS:
            row = score(list(look(detector, photos, look_name)))
            title = f"{name}: {set_name}, {look_name}"
            print(f"{title:34}" + "".join(_cell(row[key]) for key in COLUMNS), flush=True)
            measured |= {f"{title}: {key}": value for key, value in row.items()}
    return measured


def _cell(value: float) -> str:
    return f"{value:10d}" if isinstance(value, int) else f"{value:10.3f}"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code, 2 where there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--engines", nargs="+", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path, help="a folder with the engines' weights")
    parser.add_argument("--most", type=int, help="photos of each set")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        try:
            sets = {
                name: evenly(photos, asked.most)
                for name, photos in read_marks(asked.photos).items()
            }
            if asked.weights:
                take_from(asked.weights, Path(folder))
            engines = {name: engine_named(name, Path(folder)) for name in asked.engines}
        except (NoMarksError, WeightsError, UnknownEngineError, MissingWeightsError) as error:
            sys.stderr.write(f"{error.args[-1]}\n")
            return 2
        print(f"{'':34}" + "".join(f"{heading:>10}" for heading in COLUMNS.values()))
        measured: Measured = {f"{name}: photos": len(photos) for name, photos in sets.items()}
        for name, engine in engines.items():
            measured |= measure(name, engine.detector, sets)
    print_object("detection", measured, {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
