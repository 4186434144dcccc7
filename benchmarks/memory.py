"""The memory that a worker needs for one large photo, and how long it takes.

``python -m benchmarks.memory PHOTO [--engines NAME …] [--weights FOLDER] [--megapixels 12 50]``:
the photo is enlarged to each size and scanned with each engine, by one worker in a process of its
own that has loaded the engine.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from PIL import Image

from benchmarks.installation import installation
from benchmarks.results import print_results
from faces.recognition.evaluation.measuring import apart
from faces.vision.weights import take_from

MEGAPIXELS = (12.0, 50.0, 100.0)
# Two workers beside a web server and two databases, in 4 GB.
GOALS = {"peak MB": ("<=", 1024.0), "seconds": ("<=", 10.0)}


def write_enlarged(photo: Path, megapixels: float, path: Path) -> None:
    """Write a photo as a camera of so many megapixels would have made it."""
    with Image.open(photo) as image:
        scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
        size = round(image.width * scale), round(image.height * scale)
        image.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(path, quality=92)


def scan(folder: str, engine: str) -> tuple[float, int]:
    """Scan a folder in this process; return (seconds, faces)."""
    django.setup()
    from faces.jobs.choices import chosen_engine
    from faces.models import EngineChoice, Face
    from photos.actions.libraries import add_library
    from photos.jobs import start_scan
    from project.jobs.running import execute
    from project.run.installation import first_user

    EngineChoice.objects.all().delete()
    EngineChoice.objects.create(name=engine, state=EngineChoice.State.IN_FORCE)
    chosen_engine().load()
    library = add_library(owner=first_user(), path=folder)
    job = start_scan(library=library, requested_by=library.owner)
    began = time.monotonic()
    execute(job.pk)
    seconds = time.monotonic() - began
    faces = Face.objects.filter(photo__library=library).count()
    library.delete()
    return seconds, faces


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--engines", nargs="+", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path, help="a folder with the engines' weights")
    parser.add_argument("--megapixels", nargs="+", type=float, default=MEGAPIXELS)
    asked = parser.parse_args()
    measured: dict[str, float] = {}
    goals: dict[str, tuple[str, float]] = {}
    with installation():
        if asked.weights:
            from django.conf import settings

            take_from(asked.weights, settings.WEIGHTS_ROOT)
        for megapixels in asked.megapixels:
            with TemporaryDirectory() as folder:
                write_enlarged(asked.photo, megapixels, Path(folder, "photo.jpg"))
                for engine in asked.engines:
                    done = apart(scan, folder, engine)
                    seconds, faces = done.result
                    found = {"peak MB": done.peak_mb, "seconds": seconds, "faces": faces}
                    name = f"{engine}, {megapixels:g} megapixels"
                    measured |= {f"{name}: {key}": value for key, value in found.items()}
                    goals |= {f"{name}: {key}": goal for key, goal in GOALS.items()}
    print_results("memory", measured, goals)


if __name__ == "__main__":
    main()
