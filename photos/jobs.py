"""The jobs scan and rescan."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from photos.actions.checking import require_folder
from photos.actions.recording import mark_for_rescan, record_files, remember_contents
from photos.actions.scanning import claim_photos, release_photos, scan_photo, set_photo_aside
from photos.imaging.decoding import NO_MEMORY
from photos.imaging.folders import FoundFile, walk_images
from photos.models import Library, Photo
from photos.queries import pending_photos
from photos.signals import library_scanned, rescan_planned
from project.jobs.hosts import untried_hosts
from project.jobs.kinds import JobKind, Step, register
from project.jobs.limits import BITE, KILLED_ITS_WORKER, MAX_ATTEMPTS
from project.jobs.models import Job, JobItem
from project.jobs.queueing import JobUnderWayError, start_job
from project.jobs.run import JobCancelled, JobRun
from project.preferences.reading import value

logger = logging.getLogger(__name__)


def start_scan(*, library: Library, requested_by: User) -> Job:
    """Look for new and changed photos and the faces in them; the scan under way if there is one.

    Raises JobUnderWayError where the library is being rescanned.
    """
    job, _ = start_job(
        Job.Kind.SCAN,
        requested_by=requested_by,
        scope=f"library:{library.pk}",
        subject=library.name,
        parameters={"library": library.pk},
    )
    return job


def start_scan_of_outdated(*, library: Library, requested_by: User) -> Job:
    """Look into the photos that are marked to be scanned, and at nothing else on the disk.

    It goes beside a scan or rescan that is under way: no photo is taken by two.
    """
    job, _ = start_job(
        Job.Kind.SCAN,
        requested_by=requested_by,
        scope=f"outdated:{library.pk}",
        subject=library.name,
        parameters={"library": library.pk, "compare": False},
    )
    return job


def start_scan_of_paths(
    *, library: Library, requested_by: User, paths: Collection[str]
) -> tuple[Job, bool]:
    """Look at some files and folders of a library, and at nothing else on the disk.

    Returns the job and True; or the one that looks at other paths just now, and False.
    """
    return start_job(
        Job.Kind.SCAN,
        requested_by=requested_by,
        scope=f"paths:{library.pk}",
        subject=library.name,
        parameters={"library": library.pk, "paths": sorted(paths)},
    )


def retry_photos(job: Job, item: JobItem | None, requested_by: User) -> Job:
    """Look again at the files and folders that failed in a scan, or at one of them."""
    asked = {"paths": [item.name]} if item else {"items_of": job.pk}
    again, _ = start_job(
        Job.Kind.SCAN,
        requested_by=requested_by,
        scope=f"item:{item.pk}" if item else f"items:{job.pk}",
        subject=job.subject,
        parameters={"library": job.parameters["library"], "retry_failed": True, **asked},
    )
    return again


def start_rescan_of_photos(
    *, photos: QuerySet[Photo], requested_by: User, options: dict[str, object] | None = None
) -> list[Job]:
    """Look again into some photos, a job for each of their libraries.

    Raises JobUnderWayError where chosen photos of a library are being rescanned.
    """
    chosen: dict[Library, list[int]] = defaultdict(list)
    for photo in photos.select_related("library").order_by("id"):
        chosen[photo.library].append(photo.original_id)
    jobs = []
    with transaction.atomic():  # all or none
        for library, ids in chosen.items():
            job, started = start_job(
                Job.Kind.RESCAN,
                requested_by=requested_by,
                scope=f"photos:{library.pk}",
                subject=library.name,
                parameters={
                    "library": library.pk,
                    "photos": sorted(set(ids)),
                    "options": options or {},
                    "asked_at": timezone.now().isoformat(),
                },
            )
            if not started:
                raise JobUnderWayError(job)
            jobs.append(job)
    return jobs


def start_rescan(
    *, library: Library, requested_by: User, options: dict[str, object] | None = None
) -> Job:
    """Look again into every photo; ``options`` are passed on to the apps that look.

    Raises JobUnderWayError where the library is being scanned, or rescanned with other options.
    """
    job, started = start_job(
        Job.Kind.RESCAN,
        requested_by=requested_by,
        scope=f"library:{library.pk}",
        subject=library.name,
        parameters={
            "library": library.pk,
            "options": options or {},
            "asked_at": timezone.now().isoformat(),
        },
    )
    if not started and job.parameters["options"] != (options or {}):
        raise JobUnderWayError(job)
    return job


def plan_scan(run: JobRun) -> None:
    """Compare the folder with the rows; what is new or changed becomes pending."""
    if run.parameters.get("compare", True):
        _compare_with_disk(run)
    total = pending_photos(run.parameters["library"]).count()
    run.report("Looking into photos", total=total)


def plan_rescan(run: JobRun) -> None:
    """Do as a scan does, but with every photo; or with those chosen, and nothing else."""
    chosen: list[int] | None = run.parameters.get("photos")
    library = _compare_with_disk(run) if chosen is None else library_of(run)
    photos = library.photos.all() if chosen is None else library.photos.filter(pk__in=chosen)
    rescan_planned.send(
        sender=Library,
        library=library,
        photos=photos,
        options=run.parameters["options"],
        asked_at=datetime.fromisoformat(run.parameters["asked_at"]),
    )
    mark_for_rescan(photos)
    run.report("Looking into photos", total=pending_photos(library.pk).count())


def scan_step(run: JobRun) -> Step:
    """Look into the next few photos."""
    library_id = run.parameters["library"]
    photos = claim_photos(library_id=library_id, token=run.token, limit=BITE)
    seconds = value("time_limit")
    try:
        if photos:
            require_folder(photos[0].library)
        for photo in photos:
            _scan_one(run, photo, seconds)
    except (JobCancelled, OSError):  # no fault of these photos
        release_photos(token=run.token)
        raise
    if photos:
        return Step.MORE
    if pending_photos(library_id).exists():
        return Step.ELSEWHERE
    library = Library.objects.filter(pk=library_id).first()
    if library is not None:
        library_scanned.send(sender=Library, library=library)
    return Step.FINISHED


def _scan_one(run: JobRun, photo: Photo, seconds: float) -> None:
    """Look into one photo; whatever goes wrong with it, the scan goes on."""

    def count(problem: str) -> None:
        if problem:
            run.failed(photo.path, problem)
        run.advance()

    try:
        if photo.attempts < MAX_ATTEMPTS:
            again = run.kind == Job.Kind.RESCAN
            scan_photo(photo, seconds=seconds, look_again=again, and_then=count)
        else:
            set_photo_aside(photo, reason=KILLED_ITS_WORKER, and_then=count)
    except Photo.DoesNotExist:
        return  # deleted since it was claimed
    except Exception as error:
        if concerns_every_photo(error):
            raise
        logger.exception("%s failed", photo)
        with suppress(Photo.DoesNotExist):
            set_photo_aside(photo, reason=reason_of(error), and_then=count)


def reason_of(error: Exception) -> str:
    """Return what a person is told of something unexpected in a photo."""
    return NO_MEMORY if isinstance(error, MemoryError) else f"Kith failed at this photo: {error}."


def concerns_every_photo(error: Exception) -> bool:
    """Whether our own storage or database failed: what a file does wrong is known by now."""
    return isinstance(error, OSError | OperationalError | InterfaceError)


def _compare_with_disk(run: JobRun) -> Library:
    library = library_of(run)
    only = _paths(run)
    run.report("Looking for photos")
    if untried_hosts(Job.objects.get(pk=run.job_id)):
        require_folder(library)  # what is empty here may be full elsewhere
    record_files(
        library=library,
        files=_files(library, run, only),
        retry_failed=bool(run.parameters.get("retry_failed")),
        only=only,
        after_batch=lambda seen: run.report(f"Looking for photos: {seen} found"),
    )
    if only is None:
        remember_contents(library, after_each=partial(run.report, "Telling photos apart"))
    return library


def _paths(run: JobRun) -> list[str] | None:
    """Return the paths to look at; None for the whole library."""
    if "items_of" in run.parameters:
        failed = JobItem.objects.filter(
            job=run.parameters["items_of"], outcome=JobItem.Outcome.FAILED
        )
        return list(failed.values_list("name", flat=True))
    return run.parameters.get("paths")


def library_of(run: JobRun) -> Library:
    """Return the library that a job works on; LibraryRemovedError if it is gone."""
    library = Library.objects.filter(pk=run.parameters["library"]).first()
    if library is None:
        raise LibraryRemovedError("This library has been removed.")
    return library


def _files(library: Library, run: JobRun, only: list[str] | None) -> Iterator[FoundFile]:
    """Yield the image files; report what is left out, hidden files in one go at the end."""
    by_choice: list[tuple[str, str]] = []
    try:
        for entry in walk_images(Path(library.path), but=_ours(), only=only):
            if isinstance(entry, FoundFile):
                yield entry
            elif entry.by_choice:
                by_choice.append((entry.path, entry.reason))
            else:
                run.failed(entry.path, entry.reason)
    except OSError as error:
        raise FolderUnavailableError(
            f"The folder {library.path} cannot be read ({error.strerror}). Is its disk connected,"
            " and may Kith read it? Nothing was changed."
        ) from error
    run.skipped(by_choice)


def _ours() -> tuple[Path, ...]:
    """Return the folders that no library may take photos of: others' uploads lie there."""
    return Path(settings.MEDIA_ROOT), Path(settings.UPLOADS_ROOT)


class FolderUnavailableError(FileNotFoundError):
    """The library's folder is not there; the message says what to do."""


class LibraryRemovedError(Exception):
    """There is nothing to scan any more."""


for kind, plan in ((Job.Kind.SCAN, plan_scan), (Job.Kind.RESCAN, plan_rescan)):
    register(
        kind,
        JobKind(plan=plan, step=scan_step, parallel=True, queue="bulk", retry_items=retry_photos),
    )
