"""The jobs that keep house: pictures, check, and the nightly round."""

import logging
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from photos.actions.checking import (
    check_photo,
    make_pictures,
    remove_all_strays,
    require_folder,
)
from photos.jobs import (
    concerns_every_photo,
    library_of,
    reason_of,
    start_scan,
    start_scan_of_outdated,
)
from photos.models import Library, Photo
from photos.queries import pending_photos
from photos.signals import Finding, night_scanned
from project.jobs.access import installation_owner
from project.jobs.kinds import JobKind, Step, register
from project.jobs.limits import KILLED_ITS_WORKER, MAX_ATTEMPTS
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError, start_job
from project.jobs.run import JobRun
from project.jobs.schedules import Schedule, announce
from project.jobs.signals import tidying_up
from project.preferences.reading import value

logger = logging.getLogger(__name__)

BITE = 20  # photos of one step
# So late what was missed is made up: a machine that was off at night, a Redis that was emptied.
LATEST = timedelta(hours=3)
# Whom the nightly round waits for before it goes on.
AT_NIGHT = (
    ("Scanning", (Job.Kind.SCAN, Job.Kind.RESCAN)),
    ("Training", (Job.Kind.TRAIN, Job.Kind.PLACE)),
    ("Checking", (Job.Kind.VERIFY,)),
)


def start_pictures(*, library: Library, requested_by: User, anew: bool = False) -> Job:
    """Make thumbnails, previews and crops that are missing or damaged; with ``anew``, all.

    Raises JobUnderWayError where they are being made the other way.
    """
    return _start(Job.Kind.THUMBNAILS, library, requested_by, {"anew": anew})


def start_check(*, library: Library, requested_by: User, light: bool = False) -> Job:
    """Check that what is kept of a library's photos is there and agrees, and repair it.

    Raises JobUnderWayError where pictures are being made, or it is checked otherwise.
    """
    return _start(Job.Kind.VERIFY, library, requested_by, {"light": light})


def _start(kind: Job.Kind, library: Library, requested_by: User, how: dict[str, bool]) -> Job:
    job, started = start_job(
        kind,
        requested_by=requested_by,
        scope=f"upkeep:{library.pk}",  # not a scan's: nothing is in its way
        subject=library.name,
        parameters={"library": library.pk, **how},
    )
    if not started and how.items() - job.parameters.items():
        raise JobUnderWayError(job)
    return job


def plan_upkeep(run: JobRun) -> None:
    """Count the photos; a disk that is not connected ends the job, lest all seem missing."""
    library = library_of(run)
    require_folder(library)
    stage = "Making pictures" if run.kind == Job.Kind.THUMBNAILS else "Checking photos"
    run.report(stage, total=_to_look_at(library).count())


def upkeep_step(run: JobRun) -> Step:
    """Look after the next few photos; after the last of a check, at what belongs to nobody."""
    library = library_of(run)
    behind, ended = _set_aside(run, *run.position())
    doubtful = behind + 1
    photos = _to_look_at(library).filter(pk__gt=behind).order_by("pk")[:BITE]
    seconds = value("time_limit")
    for photo in photos:
        run.check_cancelled()
        before = ended if photo.pk == doubtful else 0
        with run.looking_at(photo.pk, behind=behind, ended=before):
            findings = _look_after(run, photo, seconds)
        _note(run, photo, findings)
        run.advance_to(photo.pk)
        behind = photo.pk
    if photos:
        return Step.MORE
    if run.kind == Job.Kind.VERIFY:
        for name in remove_all_strays():
            run.repaired(name, "This picture belonged to no photo. It was removed.")
    if pending_photos(library.pk).exists():
        start_scan_of_outdated(library=library, requested_by=library.owner)
    return Step.FINISHED


def _set_aside(run: JobRun, behind: int, ended: int) -> tuple[int, int]:
    """Leave alone, and tell, a photo that ended its worker too often; return where to go on."""
    if ended < MAX_ATTEMPTS:
        return behind, ended
    number = behind + 1
    for photo in Photo.objects.filter(pk=number):
        run.failed(photo.path, KILLED_ITS_WORKER)
    run.advance_to(number)
    return number, 0


def _to_look_at(library: Library) -> QuerySet[Photo]:
    there = library.photos.filter(state=Photo.State.SCANNED, missing_since=None)
    return there.select_related("library")


def _look_after(run: JobRun, photo: Photo, seconds: float) -> list[Finding]:
    """Look after one photo; whatever goes wrong with it, the job goes on."""
    try:
        if run.kind == Job.Kind.THUMBNAILS:
            return make_pictures(photo, seconds=seconds, anew=run.parameters["anew"])
        return check_photo(photo, seconds=seconds, light=run.parameters["light"])
    except Photo.DoesNotExist:
        return []  # deleted meanwhile
    except Exception as error:
        if concerns_every_photo(error):
            raise
        logger.exception("%s failed", photo)
        return [Finding(reason_of(error))]


def _note(run: JobRun, photo: Photo, findings: list[Finding]) -> None:
    if not findings:
        return
    words = " ".join(map(str, findings))
    if all(finding.became for finding in findings):
        run.repaired(photo.path, words)
    else:
        run.failed(photo.path, words)


def start_night(*, requested_by: User) -> Job:
    """Scan all libraries, train if anything is new, check lightly, and clean up."""
    job, _ = start_job(Job.Kind.NIGHTLY, requested_by=requested_by, scope="night", parameters={})
    return job


def begin_night() -> None:
    """Start the nightly round if it is wanted, and has not begun since it was due."""
    owner, due = installation_owner(), last_due(timezone.now())
    begun = Job.objects.filter(kind=Job.Kind.NIGHTLY, created_at__gte=due)
    if owner is not None and value("nightly") and not begun.exists():
        start_night(requested_by=owner)


def make_up_for_night() -> None:
    """Begin the nightly round late, where nobody was there to begin it."""
    if timezone.now() - last_due(timezone.now()) < LATEST:
        begin_night()


def last_due(now: datetime) -> datetime:
    """Return when the nightly round was due last."""
    at = time.fromisoformat(value("nightly_at"))
    today = timezone.localtime(now)
    due = timezone.make_aware(datetime.combine(today.date(), at))
    if due > now:
        due = timezone.make_aware(datetime.combine(today.date() - timedelta(days=1), at))
    return due


def night_as_cron() -> str | None:
    """Return when the nightly round is due, as cron has it; None for never."""
    if not value("nightly"):
        return None
    at = time.fromisoformat(value("nightly_at"))
    return f"{at.minute} {at.hour} * * *"


def night_step(run: JobRun) -> Step:
    """Begin the next part of the round, once the one before has ended; others work meanwhile.

    What is paused is not waited for.
    """
    part = Job.objects.values_list("done", flat=True).get(pk=run.job_id)
    if part and Job.objects.filter(kind__in=AT_NIGHT[part - 1][1], state__in=Job.DUE).exists():
        return Step.ELSEWHERE
    if part == len(AT_NIGHT):
        tidying_up.send_robust(sender=Job)
        return Step.FINISHED
    for library in Library.objects.select_related("owner").order_by("pk"):
        _begin_part(part, library)
    run.report(AT_NIGHT[part][0], part + 1, len(AT_NIGHT))
    return Step.MORE


def _begin_part(part: int, library: Library) -> None:
    try:
        if part == 0:
            start_scan(library=library, requested_by=library.owner)
        elif part == 1:
            night_scanned.send(sender=Library, library=library)
        else:
            start_check(library=library, requested_by=library.owner, light=True)
    except JobUnderWayError:
        pass  # somebody is at it


for kind in (Job.Kind.THUMBNAILS, Job.Kind.VERIFY):
    register(kind, JobKind(plan=plan_upkeep, step=upkeep_step, queue="bulk"))
register(Job.Kind.NIGHTLY, JobKind(step=night_step, staff_only=True))
announce(Schedule("nightly", when=night_as_cron, begin=begin_night))
