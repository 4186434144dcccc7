"""Photos per second: Kith's scan beside a plain face_recognition loop in as many processes.

``python -m benchmarks.scan PHOTOS [--rounds 3] [--processes 2]``. Both are timed from the start of
their processes to the last face, in turn, so that a machine that slows down slows both.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.installation import ROOT, Installation, installation
from benchmarks.results import print_results

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


def kith(place: Installation, photos: Path, processes: int) -> tuple[float, int, int]:
    """Return (seconds, faces, photos)."""
    from faces.models import Face
    from photos.actions import add_library
    from photos.jobs import start_scan
    from project.run.children import end_processes

    library = add_library(owner=place.owner, path=str(photos))
    began = time.monotonic()
    place.start_workers(processes)
    place.wait_for(start_scan(library=library, requested_by=place.owner))
    seconds = time.monotonic() - began
    end_processes(place.home)
    faces, count = Face.objects.count(), library.photos.count()
    library.delete()
    return seconds, faces, count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    photos = arguments.photos.resolve()
    ours, theirs, ratios = [], [], []
    with installation() as place:
        for _ in range(arguments.rounds):
            loop_seconds, loop_faces = plain_loop(place, photos, arguments.processes)
            seconds, faces, count = kith(place, photos, arguments.processes)
            theirs.append(count / loop_seconds)
            ours.append(count / seconds)
            ratios.append(loop_seconds / seconds)
    print_results(
        "scan",
        {
            "photos": count,
            "kith photos/s": median(ours),
            "plain loop photos/s": median(theirs),
            "kith / plain loop": median(ratios),
            "kith faces": faces,
            "plain loop faces": loop_faces,
        },
        {"kith / plain loop": (">=", 1.0)},
    )


if __name__ == "__main__":
    main()
