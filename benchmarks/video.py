"""How many of the people who can be seen in videos for two seconds Kith finds.

``python -m benchmarks.video PHOTOS [--engines NAME …] [--weights FOLDER]``: PHOTOS has the folder
``clips``. People are marked here, by eye: in which part of the picture, from when to when, only
their face is. A person is found where a reported face has its centre there. Faces of somebody who
is reported more than once in a shot are counted as surplus.
"""

import argparse
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import django

from benchmarks.results import print_results
from faces.recognition.geometry import Box
from faces.vision.catalogue import MissingWeightsError, UnknownEngineError, engine_named
from faces.vision.weights import WeightsError, take_from


@dataclass(frozen=True)
class Mark:
    """Where a person's face is in a clip: seconds, and shares of the picture."""

    clip: str
    person: str
    since: float
    until: float
    left: float
    top: float
    right: float
    bottom: float

    def shows(self, box: Box) -> bool:
        """Return whether a face of the clip is this person's."""
        x, y = box.left + box.width / 2, box.top + box.height / 2
        return (
            self.since <= (box.time or 0) < self.until
            and self.left <= x < self.right
            and self.top <= y < self.bottom
        )


MARKS = [
    Mark(*mark)
    for mark in (
        ("stage.mp4", "singer", 0, 1.75, 0.80, 0.12, 0.90, 0.28),
        ("stage.mp4", "singer", 3.3, 7.9, 0.25, 0.10, 0.50, 0.42),
        ("stage.mp4", "pianist", 0, 1.75, 0.06, 0.48, 0.16, 0.64),
        ("stage.mp4", "pianist", 1.75, 2.7, 0.45, 0.35, 0.80, 0.80),
        ("stage.mp4", "woman in front", 7.9, 11, 0.60, 0.28, 0.72, 0.48),
        ("stage.mp4", "man beside her", 7.9, 11, 0.50, 0.15, 0.59, 0.34),
        ("stage.mp4", "older woman", 7.9, 11, 0.26, 0.26, 0.37, 0.45),
        ("stage.mp4", "one who laughs", 7.9, 11, 0.06, 0.20, 0.17, 0.38),
        ("stage.mp4", "man at the edge", 7.9, 11, 0.92, 0.15, 1.00, 0.33),
        ("talk.mp4", "white hair", 0, 5, 0.10, 0.58, 0.20, 0.73),
        ("talk.mp4", "red hair", 0, 1, 0.36, 0.50, 0.44, 0.64),
        ("talk.mp4", "red hair", 1, 2, 0.31, 0.55, 0.38, 0.70),
        ("talk.mp4", "red hair", 2, 3, 0.26, 0.55, 0.32, 0.70),
        ("talk.mp4", "red hair", 3, 5, 0.22, 0.50, 0.29, 0.68),
        ("talk.mp4", "blue hood", 0, 1, 0.50, 0.58, 0.55, 0.71),
        ("talk.mp4", "blue hood", 1, 2, 0.52, 0.62, 0.57, 0.77),
        ("talk.mp4", "blue hood", 2, 3, 0.47, 0.61, 0.53, 0.77),
        ("talk.mp4", "blue hood", 3, 5, 0.41, 0.58, 0.48, 0.77),
        ("talk.mp4", "grey hair", 0, 1, 0.57, 0.55, 0.61, 0.68),
        ("talk.mp4", "grey hair", 2, 3, 0.555, 0.58, 0.588, 0.70),
        ("talk.mp4", "grey hair", 3, 5, 0.585, 0.58, 0.608, 0.70),
        ("talk.mp4", "quilted jacket", 1, 2, 0.572, 0.62, 0.60, 0.72),
        ("talk.mp4", "quilted jacket", 2, 3, 0.59, 0.60, 0.63, 0.72),
        ("talk.mp4", "quilted jacket", 3, 5, 0.609, 0.60, 0.64, 0.72),
        ("talk.mp4", "woman on the phone", 0, 3, 0.69, 0.60, 0.735, 0.72),
    )
]


def main() -> None:
    """Look into the clips with each engine, and print what share of the people it finds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.video")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--engines", nargs="*", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path)
    asked = parser.parse_args()
    clips = sorted((asked.photos / "clips").glob("*.m*"))
    if not clips:
        sys.exit(f"There are no clips in {asked.photos / 'clips'}.")
    os.environ.setdefault("KITH_SECRET_KEY", "benchmark")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    measured: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        try:
            if asked.weights:
                take_from(asked.weights, Path(folder))
            for name in asked.engines:
                measured |= measure(name, Path(folder), clips)
        except (MissingWeightsError, UnknownEngineError, WeightsError) as error:
            sys.exit(str(error))
    print_results("video", measured, {})


def measure(engine: str, weights: Path, clips: list[Path]) -> dict[str, float]:
    """Return what an engine finds in the clips."""
    from faces.actions.watching import watch_video
    from photos.imaging.video import decode_video

    finder = engine_named(engine, weights)
    boxes: dict[str, list[Box]] = {}
    began = perf_counter()
    for clip in clips:
        report = watch_video(decode_video(clip), finder)
        boxes[clip.name] = [face.box for face in report.faces]
    seconds = perf_counter() - began
    return {f"{engine}: {key}": value for key, value in score(boxes).items()} | {
        f"{engine}: seconds": seconds
    }


def score(boxes: dict[str, list[Box]]) -> dict[str, float]:
    """Return the share of people found in {clip: boxes}, surplus faces, and those of nobody."""
    people = {(mark.clip, mark.person) for mark in MARKS if mark.clip in boxes}
    faces = Counter(mark for mark in MARKS for box in boxes.get(mark.clip, ()) if mark.shows(box))
    found = {(mark.clip, mark.person) for mark in faces}
    shots = {(mark.clip, mark.person, _shot(mark)) for mark in faces}
    unmarked = [
        box for clip, some in boxes.items() for box in some
        if clip not in {mark.clip for mark in MARKS}
    ]  # fmt: skip
    return {
        "people": len(people),
        "share found": len(found) / len(people) if people else 0.0,
        "surplus faces": sum(faces.values()) - len(shots),
        "faces where nobody is": len(unmarked),
    }


def _shot(mark: Mark) -> float:
    return mark.since if mark.clip == "stage.mp4" else 0


if __name__ == "__main__":
    main()
