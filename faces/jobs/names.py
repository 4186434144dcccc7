"""The jobs write names and import."""

from functools import partial

from django.contrib.auth.models import User

from faces.actions.imports import SOURCES, UNREADABLE, drop_file, import_people, kept_file
from faces.actions.writing import check_writing, write_library
from faces.queries.mentions import photos_to_write
from photos.models import Library, Photo
from project.jobs.kinds import JobKind, Step, register
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError, start_job
from project.jobs.run import JobRun

LONGEST_STAGE = 200  # characters


def start_writing_names(*, library: Library, requested_by: User, into_files: bool) -> Job:
    """Write the labels of a library into XMP files beside the photos, or into the photos.

    Raises ValidationError where nothing can be written, JobUnderWayError during a scan.
    """
    check_writing(library=library, into_files=into_files)
    job, started = start_job(
        Job.Kind.WRITE_NAMES,
        requested_by=requested_by,
        scope=f"library:{library.pk}",
        subject=library.name,
        parameters={"library": library.pk, "into_files": into_files},
    )
    if not started and job.parameters["into_files"] != into_files:
        raise JobUnderWayError(job)
    return job


def write_names_step(run: JobRun) -> Step:
    """Do all of it; a photo that has its names already is left as it is."""
    library = Library.objects.filter(pk=run.parameters["library"]).first()
    if library is None:
        return Step.FINISHED
    check_writing(library=library, into_files=run.parameters["into_files"])

    def count(photo: Photo, changed: bool, problem: str) -> None:
        if problem:
            run.failed(photo.path, problem)
        run.advance()

    run.report("Writing names", total=photos_to_write(library).count())
    write_library(
        library=library,
        into_files=run.parameters["into_files"],
        keep_going=run.check_cancelled,
        after_each=count,
    )
    return Step.FINISHED


def start_import(
    *, requested_by: User, owner: User, program: str, library: Library | None, file: str
) -> Job:
    """Take over people of a program from a file that was put aside; JobUnderWayError meanwhile."""
    parameters = {
        "owner": owner.pk,
        "program": program,
        "library": library.pk if library else None,
        "file": file,
    }
    job, started = start_job(
        Job.Kind.IMPORT,
        requested_by=requested_by,
        scope=f"import:{owner.pk}",
        subject=f"people from {SOURCES[program]}",
        parameters=parameters,
    )
    if not started:
        raise JobUnderWayError(job)
    return job


def import_step(run: JobRun) -> Step:
    """Do all of it; photos that are not here are told one by one."""
    owner = User.objects.filter(pk=run.parameters["owner"]).first()
    wanted, name = run.parameters["library"], run.parameters["file"]
    library = Library.objects.filter(pk=wanted).first()
    if owner is None or (wanted and library is None):
        return Step.FINISHED
    run.begin_anew()
    run.report("Taking over people")
    try:
        with kept_file(name).open(encoding="utf-8") as file:
            people = import_people(
                owner=owner,
                program=run.parameters["program"],
                file=file,
                library=library,
                report=partial(run.report, "Taking over people"),
                keep_going=run.check_cancelled,
            )
    except FileNotFoundError:
        raise ImportGoneError("The file is no longer there: send it again.") from None
    except UNREADABLE:  # what is cancelled may only be paused: its file goes when it is stale
        drop_file(name)
        raise
    run.skipped([(path, "This photo is not here.") for path in people.missing])
    said = "; ".join(f"{what}: {count}" for what, count in people.counts.items())
    run.report(said[:LONGEST_STAGE], people.photos, people.photos)
    drop_file(name)
    return Step.FINISHED


def wanted_import_files() -> list[str]:
    """Return the names of the files that imports under way still read."""
    active = Job.objects.filter(kind=Job.Kind.IMPORT, state__in=Job.ACTIVE)
    return list(active.values_list("parameters__file", flat=True))


class ImportGoneError(Exception):
    """There is nothing to take over any more; the message says what to do."""


register(Job.Kind.WRITE_NAMES, JobKind(step=write_names_step))
register(Job.Kind.IMPORT, JobKind(step=import_step))
