"""What the job system costs a scan, whether a worker's memory grows, and how soon it obeys.

``python -m benchmarks.jobs [--photos 100000] [--scanned 20000] [--faces 100000]``: first so many
photos are "scanned" by a step that does nothing but note that they were, then so many small
pictures truly are, in one process. Then two workers scan them again, and train on made-up faces,
while jobs are paused and cancelled, and a worker is killed; of several times the longest counts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import psutil
from PIL import Image

from benchmarks.installation import Installation, installation
from benchmarks.libraries import made_up_library
from benchmarks.results import print_results
from benchmarks.stored import store_library
from faces.recognition.evaluation.measuring import draw_labels

if TYPE_CHECKING:
    from photos.models import Photo
    from project.jobs.models import Job

LABELS_EACH = 3
SIDE = 128  # pixels of the small pictures
EARLY = 0.1  # of the photos, after which a worker has all that it needs in memory
LOOK = 5.0  # seconds at a job under way
SHORT_TURN = 2.0  # seconds between two looks at the memory
GOALS = {
    "job system, ms a photo": ("<=", 2.0),
    "memory after all photos, of that after a tenth": ("<=", 1.05),
    "age of the progress shown, s": ("<=", 2.0),
    "until a scan pauses, s": ("<=", 2.0),
    "until a scan is cancelled, s": ("<=", 2.0),
    "until Train is cancelled, s": ("<=", 2.0),
    "until a lost worker is noted, s": ("<=", 30.0),
}
TIMES = 5


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

    from faces.jobs.choices import chosen_engine
    from photos.actions.libraries import add_library
    from photos.jobs import start_scan

    chosen_engine().load()  # as a worker does before its first job
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


def obedience(place: Installation, faces: int) -> dict[str, float]:
    """Disturb a rescan and Train of two workers; return the longest times."""
    from faces.jobs.training import start_training
    from photos.jobs import start_rescan
    from photos.models import Library
    from project.jobs.controlling import cancel_job, pause_job, resume_job
    from project.jobs.models import JobEvent

    place.start_workers(2)
    library = Library.objects.get(path__startswith=tempfile.gettempdir())
    job = start_rescan(library=library, requested_by=place.owner)
    paused, ages = [], []
    for _ in range(TIMES):
        wait(lambda: worked_on(job))
        ages.append(oldest_progress(job))
        paused.append(until_left(job, pause_job))
        resume_job(job)
    wait(lambda: worked_on(job))
    for worker in place.workers():
        for child in worker.children():
            child.kill()
    lost = wait(lambda: job.events.filter(verb=JobEvent.Verb.LOST).exists())
    wait(lambda: worked_on(job))
    cancelled = until_left(job, cancel_job)

    library.delete()
    made_up = made_up_library(faces)
    store_library(place.owner, made_up, draw_labels(made_up.identities, LABELS_EACH, seed=0))
    trains = []
    for number in range(TIMES):
        train, _ = start_training(owner=place.owner)
        wait(lambda train=train: worked_on(train))  # type: ignore[misc]
        time.sleep(2.0**number)  # another stage each time
        trains.append(until_left(train, cancel_job))
    return {
        "age of the progress shown, s": max(ages),
        "until a scan pauses, s": max(paused),
        "until a lost worker is noted, s": lost,
        "until a scan is cancelled, s": cancelled,
        "until Train is cancelled, s": max(trains),
    }


def wait(happened: Callable[[], bool]) -> float:
    """Return the seconds until something has happened."""
    began = time.monotonic()
    while not happened():
        time.sleep(0.02)
    return time.monotonic() - began


def worked_on(job: "Job") -> bool:
    """Whether workers are at it, and know what there is to do."""
    from project.jobs.presence import workers_present

    job.refresh_from_db()
    return job.planned_at is not None and workers_present(job.pk) > 0


def until_left(job: "Job", end: Callable[["Job"], bool]) -> float:
    """Return the seconds from a word to the moment when no worker is at the job any more."""
    from project.jobs.presence import workers_present

    end(job)
    return wait(lambda: workers_present(job.pk) == 0)


def oldest_progress(job: "Job") -> float:
    """Look at a job for some seconds; return how old its last sign of progress was at most."""
    from django.utils import timezone

    age = 0.0
    ends = time.monotonic() + LOOK
    while time.monotonic() < ends:
        job.refresh_from_db()
        if job.heartbeat_at is not None:
            age = max(age, (timezone.now() - job.heartbeat_at).total_seconds())
        time.sleep(0.05)
    return age


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
    parser.add_argument("--faces", type=int, default=100_000)
    asked = parser.parse_args()
    with installation() as place, TemporaryDirectory() as folder:
        cost = overhead(asked.photos)
        early, late = memory(asked.scanned, Path(folder))
        times = obedience(place, asked.faces)
    measured = {
        "job system, ms a photo": cost,
        "memory after a tenth, MB": early,
        "memory after all photos, MB": late,
        "memory after all photos, of that after a tenth": late / early,
        **times,
    }
    print_results("jobs", measured, GOALS)


if __name__ == "__main__":
    main()
