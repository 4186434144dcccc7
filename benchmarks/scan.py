"""Photos per second: Kith's scan beside a plain face_recognition loop in as many processes.

``python -m benchmarks.scan PHOTOS [--engines NAME …] [--weights FOLDER] [--megapixels 12]``. All
are timed from the start of their processes to the last face, in turn, so that a machine that slows
down slows all.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.installation import ROOT, Installation, installation
from benchmarks.results import print_results
from faces.vision.weights import take_from

LOOP = "plain loop"
# How many times as many photos a second as the loop: with its detector; with its embedder; others.
GOALS = {"dlib-hog": 1.0, "yunet-dlib": 5.0}
OTHERS_GOAL = 15.0
# What a user of face_recognition writes who wants every face of a folder.
PLAIN_LOOP = """
import sys
from multiprocessing import Pool
from pathlib import Path

def encode(path):
    import face_recognition
    try:
        image = face_recognition.load_image_file(path)
    except Exception:
        return 0
    places = face_recognition.face_locations(image)
    return len(face_recognition.face_encodings(image, places))

if __name__ == "__main__":
    paths = [str(path) for path in sorted(Path(sys.argv[1]).rglob("*")) if path.is_file()]
    with Pool(int(sys.argv[2])) as pool:
        print(sum(pool.imap_unordered(encode, paths)))
"""


def plain_loop(place: Installation, photos: Path, processes: int) -> tuple[float, int]:
    """Return (seconds, faces)."""
    script = place.home / "plain_loop.py"
    script.write_text(PLAIN_LOOP, encoding="utf-8")
    began = time.monotonic()
    printed = subprocess.check_output(
        [sys.executable, str(script), str(photos), str(processes)], text=True, cwd=ROOT
    )
    return time.monotonic() - began, int(printed)


def kith(place: Installation, photos: Path, engine: str, processes: int) -> tuple[float, int, int]:
    """Return (seconds, faces, photos)."""
    from faces.models import EngineChoice, Face
    from photos.actions.libraries import add_library
    from photos.jobs import start_scan
    from project.run.children import end_processes

    EngineChoice.objects.all().delete()
    EngineChoice.objects.create(name=engine, state=EngineChoice.State.IN_FORCE)
    library = add_library(owner=place.owner, path=str(photos))
    began = time.monotonic()
    place.start_workers(processes)
    place.wait_for(start_scan(library=library, requested_by=place.owner))
    seconds = time.monotonic() - began
    end_processes(place.home)
    faces, count = Face.objects.count(), library.photos.count()
    library.delete()
    return seconds, faces, count


def enlarged(photos: Path, folder: Path, megapixels: float, most: int) -> Path:
    """Write as many photos as are wanted to a folder, enlarged as a camera would have made them."""
    for path in sorted(photos.rglob("*.jpg"))[:most]:
        with Image.open(path) as image:
            scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
            size = round(image.width * scale), round(image.height * scale)
            large = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        large.save(folder / path.name, quality=92)
    return folder


def measure(
    place: Installation, photos: Path, engines: list[str], processes: int, rounds: int
) -> dict[str, float]:
    """Return photos per second and faces of the plain loop and of each engine, in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in (LOOP, *engines)}
    faces: dict[str, int] = {}
    for _ in range(rounds):
        taken, faces[LOOP] = plain_loop(place, photos, processes)
        seconds[LOOP].append(taken)
        for engine in engines:
            taken, faces[engine], count = kith(place, photos, engine, processes)
            seconds[engine].append(taken)
    measured: dict[str, float] = {"photos": count}
    for name, own in seconds.items():
        ratios = [loop / taken for loop, taken in zip(seconds[LOOP], own, strict=True)]
        measured |= {
            f"{name}: photos/s": count / median(own),
            f"{name}: times the loop": median(ratios),
            f"{name}: faces": faces[name],
        }
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--engines", nargs="+", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path, help="a folder with the engines' weights")
    parser.add_argument("--megapixels", type=float, help="enlarge the photos to this size first")
    parser.add_argument("--most", type=int, default=24, help="photos to enlarge")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    photos = asked.photos.resolve()
    with installation() as place, TemporaryDirectory() as folder:
        if asked.weights:
            from django.conf import settings

            take_from(asked.weights, settings.WEIGHTS_ROOT)
        if asked.megapixels:
            photos = enlarged(photos, Path(folder), asked.megapixels, asked.most)
        measured = measure(place, photos, asked.engines, asked.processes, asked.rounds)
    goals = {
        f"{name}: times the loop": (">=", GOALS.get(name, OTHERS_GOAL)) for name in asked.engines
    }
    print_results("scan", measured, goals)


if __name__ == "__main__":
    main()
