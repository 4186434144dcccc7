"""What the job system itself costs a scan, and whether a worker's memory grows.

``python -m benchmarks.jobs [--photos 100000] [--scanned 20000]``: first so many photos are
"scanned" by a step that does nothing but note that they were, then so many small pictures truly
are, in one process.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import psutil
from PIL import Image

from benchmarks.installation import installation
from benchmarks.results import print_results

if TYPE_CHECKING:
    from photos.models import Photo
    from project.jobs.models import Job

SIDE = 128  # pixels of the small pictures
EARLY = 0.1  # of the photos, after which a worker has all that it needs in memory
SHORT_TURN = 2.0  # seconds between two looks at the memory
GOALS = {
    "job system, ms a photo": ("<=", 2.0),
    "memory after all photos, of that after a tenth": ("<=", 1.05),
}


def overhead(photos: int) -> float:
    """Return the milliseconds a photo that are left when nothing is looked at."""
    from django.contrib.auth.models import User
    from django.db import transaction
    from django.utils import timezone

    from photos import jobs
    from photos.models import Library, Photo
    from project.jobs.models import Job

    def note(photo: "Photo", *, and_then: Any, **_: Any) -> None:
        with transaction.atomic():
            Photo.objects.filter(pk=photo.pk).update(state="scanned", claimed_by=None, attempts=0)
            and_then("")

    owner = User.objects.get()
    library = Library.objects.create(owner=owner, name="made up", path="/nowhere")
    rows = (Photo(library=library, path=f"{n}.jpg", size=1, modified_ns=1) for n in range(photos))
    Photo.objects.bulk_create(rows, batch_size=5000)
    job = Job.objects.create(
        kind=Job.Kind.SCAN,
        scope="made up",
        requested_by=owner,
        parameters={"library": library.pk},
        planned_at=timezone.now(),
        total=photos,
    )
    with mock.patch.object(jobs, "scan_photo", note):
        began = time.monotonic()
        while works(job):
            pass
        return (time.monotonic() - began) / photos * 1000


def memory(photos: int, folder: Path) -> tuple[float, float]:
    """Scan small pictures in this process; return MB after a tenth of them, and after all."""
    from django.contrib.auth.models import User

    from photos.actions.libraries import add_library
    from photos.jobs import start_scan

    random = np.random.default_rng(0)
    for number in range(photos):
        noise = random.integers(0, 255, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((SIDE, SIDE))
        picture.save(folder / f"{number:06d}.jpg")
    owner = User.objects.get()
    job = start_scan(library=add_library(owner=owner, path=str(folder)), requested_by=owner)
    early = 0.0
    while works(job):
        if not early and job.done >= photos * EARLY:
            early = resident()
    return early, resident()


def works(job: "Job") -> bool:
    """Work on a job in this process for a short turn; return whether there is more."""
    from project.jobs import running

    with mock.patch.object(running, "TURN", SHORT_TURN):
        running.execute(job.pk)
    job.refresh_from_db()
    return job.is_active


def resident() -> float:
    """Return this process's memory in MB."""
    return float(psutil.Process().memory_info().rss) / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--scanned", type=int, default=20_000)
    asked = parser.parse_args()
    with installation(), TemporaryDirectory() as folder:
        cost = overhead(asked.photos)
        early, late = memory(asked.scanned, Path(folder))
    measured = {
        "job system, ms a photo": cost,
        "memory after a tenth, MB": early,
        "memory after all photos, MB": late,
        "memory after all photos, of that after a tenth": late / early,
    }
    print_results("jobs", measured, GOALS)


if __name__ == "__main__":
    main()
