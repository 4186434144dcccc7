"""The jobs train, place, evaluate, write names, prepare and switch."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction

from faces.actions.engines import (
    MOST_LEFT_OUT,
    begin_with_engine,
    choose_engine,
    claim_drafts,
    leave_draft_open,
    left_out,
    open_drafts,
    plan_drafts,
    release_drafts,
)
from faces.actions.imports import (
    SOURCES,
    UNREADABLE,
    drop_file,
    import_people,
    kept_file,
)
from faces.actions.writing import check_writing, write_library
from faces.models import Draft, EngineChoice
from faces.queries import engine_in_force, photos_to_write
from faces.vision.catalogue import engine_kind, engine_named
from faces.vision.downloading import fetch
from faces.vision.engines import Engine, Limits
from photos.imaging.decoding import UnreadableImageError
from photos.imaging.opening import open_file
from photos.models import Library, Photo
from photos.signals import photos_outdated
from project.jobs.access import installation_owner
from project.jobs.kinds import JobKind, Step, register
from project.jobs.limits import BITE, KILLED_ITS_WORKER, MAX_ATTEMPTS, time_limit
from project.jobs.models import Job
from project.jobs.queueing import JobUnderWayError, start_job
from project.jobs.run import JobCancelled, JobRun
from project.preferences.reading import value, values

if TYPE_CHECKING:
    from faces.actions.training import TrainingParameters

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000
LONGEST_STAGE = 200  # characters
# The settings that say what Train does, by their names in TrainingParameters.
OF_TRAIN = (
    *("classifier", "min_probability", "tolerance"),
    *("min_cluster_size", "min_quality", "cluster_core"),
)
# What Train clusters: all faces, or those that belong to nobody.
ALL, MISSING = "all", "missing"


def chosen_engine() -> Engine:
    """Return the engine in force, with the parameters that the settings say."""
    return _engine(engine_in_force())


def _engine(name: str) -> Engine:
    chosen = values()
    return engine_named(
        name,
        settings.WEIGHTS_ROOT,
        upsampling=chosen["upsampling"],
        jitters=chosen["jitters"],
        limits=Limits(chosen["min_face_size"], chosen["min_detection_score"]),
    )


def chosen_model() -> str:
    """Return the model of the embeddings that are compared; needs no weights."""
    return engine_kind(engine_in_force()).model


def chosen_parameters() -> dict[str, Any]:
    """Return what the settings say about Train."""
    chosen = values()
    return {"embedding_model": chosen_model()} | {name: chosen[name] for name in OF_TRAIN}


def start_training(*, owner: User, mode: str = ALL) -> tuple[Job, bool]:
    """Train on all faces of a user; return the job, and False if it was under way already.

    With the ``mode`` MISSING the unknown persons of before stand, and only faces that belong to
    nobody are clustered.
    """
    return start_job(
        Job.Kind.TRAIN,
        requested_by=owner,
        scope=f"owner:{owner.pk}",
        parameters=chosen_parameters() | {"mode": mode},
    )


def start_evaluation(*, owner: User) -> tuple[Job, bool]:
    """Evaluate a user's labels; return the job, and False if it was under way already."""
    return start_job(
        Job.Kind.EVALUATE,
        requested_by=owner,
        scope=f"labels:{owner.pk}",  # not Train's: it only looks, so that both may run at once
        parameters=chosen_parameters(),
    )


def train_step(run: JobRun) -> Step:
    """Do all of it."""
    # Here and not above: scikit-learn takes seconds and 100 MB, and of all processes
    # that know of this job only a worker that trains needs them.
    from faces.actions.asking import ask
    from faces.actions.joining import merge_alike
    from faces.actions.placing import place_new_faces
    from faces.actions.training import train

    parameters = _parameters(run)
    training = train(
        owner=_owner(run),
        parameters=parameters,
        report=run.report,
        only_missing=run.parameters.get("mode") == MISSING,
    )
    ask(training=training, keep_going=run.check_cancelled)
    merge_alike(training=training)
    # A scan may have found some while it computed.
    place_new_faces(owner=_owner(run), report=lambda *_: run.check_cancelled())
    # Another engine may have come into force, too.
    return Step.FINISHED if chosen_model() == parameters.embedding_model else Step.MORE


def start_placing(*, owner: User) -> None:
    """Have new faces compared with those known; not Train's scope, so that neither waits."""
    start_job(Job.Kind.PLACE, requested_by=owner, scope=f"placing:{owner.pk}", parameters={})


def place_step(run: JobRun) -> Step:
    """Do all of it."""
    from faces.actions.placing import place_new_faces

    place_new_faces(owner=_owner(run), report=run.report)
    return Step.FINISHED


def evaluate_step(run: JobRun) -> Step:
    """Do all of it."""
    from faces.actions.evaluating import evaluate  # here for the same reason

    evaluate(owner=_owner(run), parameters=_parameters(run), report=run.report)
    return Step.FINISHED


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


def start_preparation(*, requested_by: User, name: str, take_when_ready: bool) -> Job | None:
    """Have an engine look into all photos, aside; None where it is in force at once.

    Raises UnknownEngineError; ValidationError for the engine in force, for one whose weights are
    nowhere to be downloaded, and where the environment says which engine it is; JobUnderWayError
    where another is being prepared.
    """
    missing = engine_kind(name).missing(settings.WEIGHTS_ROOT)
    by_hand = [each.name for each in missing if not each.sources]
    if by_hand:
        raise ValidationError(
            f"Nobody is known to publish {' and '.join(by_hand)}: if you have the file, take it in"
            " with manage.py engines take FOLDER."
        )
    _refuse_against_environment(name)
    if take_when_ready and not missing and begin_with_engine(name):
        return None
    with transaction.atomic():
        job, started = _start_with_engine(Job.Kind.PREPARE, name, requested_by)
        if started:
            choose_engine(name, take_when_ready=take_when_ready)
    return job


def _refuse_against_environment(name: str) -> None:
    if settings.KITH_ENGINE and name != settings.KITH_ENGINE:
        raise ValidationError(f"KITH_ENGINE says {settings.KITH_ENGINE}: change it there.")


def obey_environment() -> None:
    """Have the engine prepared that the environment names, unless it is in force."""
    name, owner = settings.KITH_ENGINE, installation_owner()
    if name and owner and name != engine_in_force():
        start_preparation(requested_by=owner, name=name, take_when_ready=True)


def start_switch(*, requested_by: User, choice: EngineChoice) -> Job:
    """Put a prepared engine in force, once it has looked into the photos that came since.

    Raises ValidationError as ``start_preparation`` does, and for one that was never prepared.
    """
    _refuse_against_environment(choice.name)
    if choice.state == EngineChoice.State.PREPARING:
        raise ValidationError(f"{choice.name} has not looked into all photos yet.")
    job, _ = _start_with_engine(Job.Kind.SWITCH, choice.name, requested_by)
    return job


def _start_with_engine(kind: Job.Kind, name: str, requested_by: User) -> tuple[Job, bool]:
    job, started = start_job(
        kind,
        requested_by=requested_by,
        scope="engine",
        subject=name,
        parameters={"engine": name},
    )
    if not started and job.parameters["engine"] != name:
        raise JobUnderWayError(job)
    return job, started


def plan_preparation(run: JobRun) -> None:
    """Download what is missing, and list the photos to look into."""
    choice = _choice(run)
    if choice is not None and choice.state != EngineChoice.State.IN_FORCE:
        for weights in engine_kind(choice.name).missing(settings.WEIGHTS_ROOT):
            fetch(weights, settings.WEIGHTS_ROOT, partial(_report_download, run, weights.name))
        run.report(f"Looking into photos with {choice.name}", total=plan_drafts(choice))


def _report_download(run: JobRun, name: str, done: int, total: int) -> None:
    run.report(f"Downloading {name}", done // MEGABYTE, total // MEGABYTE)


def preparation_step(run: JobRun) -> Step:
    """Look into the next few photos; after the last, find out what would change."""
    choice = _choice(run)
    if choice is None or choice.state == EngineChoice.State.IN_FORCE:
        return Step.FINISHED
    from faces.actions.comparing import compare_engine
    from faces.actions.training import TrainingParameters

    engine = _engine(choice.name)
    drafts = claim_drafts(choice, token=run.token, limit=BITE)
    try:
        for draft in drafts:
            _draft_one(run, draft, engine)
    except (JobCancelled, OSError):
        release_drafts(token=run.token)
        raise
    if drafts:
        return Step.MORE
    if open_drafts(choice).exists():
        return Step.ELSEWHERE
    compared = compare_engine(
        choice,
        parameters=TrainingParameters(
            **chosen_parameters() | {"embedding_model": engine.embedder.model}
        ),
        keep_going=run.check_cancelled,
    )
    if compared and (choice.take_when_ready or run.kind == Job.Kind.SWITCH):
        _switch(run, choice)
    return Step.FINISHED if compared else Step.ELSEWHERE


def _draft_one(run: JobRun, draft: Draft, engine: Engine) -> None:
    """Look into one photo; whatever goes wrong with it, the preparation goes on."""
    from faces.actions.drafting import make_draft

    problem = KILLED_ITS_WORKER if draft.attempts >= MAX_ATTEMPTS else ""
    try:
        if not problem:
            with time_limit(value("time_limit")):
                make_draft(draft, open_file(draft.photo.file), engine)
    except UnreadableImageError as error:
        problem = str(error)
    except (OSError, OperationalError, InterfaceError):
        raise  # no fault of this photo
    except Exception as error:
        logger.exception("%s failed", draft)
        problem = f"Kith failed at this photo: {error}."
    if problem:
        leave_draft_open(draft)
        # Others' paths are none of the requester's business.
        own = draft.photo.library.owner_id == run.requested_by_id
        run.failed(draft.photo.path if own else f"Photo {draft.photo_id}", problem)
    run.advance()


def _switch(run: JobRun, choice: EngineChoice) -> None:
    """Put the engine in force, have the photos scanned that it has not seen, and train."""
    from faces.actions.drafting import scan_unseen, switch_engine

    lacking, of = left_out(choice)
    if lacking > MOST_LEFT_OUT * of:
        raise TooManyLeftOutError(
            f"{choice.name} could not look into {lacking} of {of} photos, so nothing was changed."
            " Is their disk connected? Scan the libraries, then try again."
        )
    run.report(f"Changing to {choice.name}")
    model = engine_kind(choice.name).model
    switch_engine(choice, model=model, former_model=chosen_model(), keep_going=run.check_cancelled)
    with transaction.atomic():
        # A scan may have stored something until the very moment.
        scan_unseen(model)
        for library in Library.objects.filter(photos__state=Photo.State.PENDING).distinct():
            photos_outdated.send(sender=Library, library=library)
        for owner in User.objects.filter(trainings__is_current=True):
            start_training(owner=owner)


class TooManyLeftOutError(Exception):
    """An engine cannot be put in force; the message says why."""


def _choice(run: JobRun) -> EngineChoice | None:
    return EngineChoice.objects.filter(name=run.parameters["engine"]).first()


def _owner(run: JobRun) -> User:
    return User.objects.get(pk=run.requested_by_id)


def _parameters(run: JobRun) -> "TrainingParameters":
    from faces.actions.training import TrainingParameters

    names = TrainingParameters.__dataclass_fields__
    asked = {name: value for name, value in run.parameters.items() if name in names}
    # The model is that of the faces as they are now, even where an old job is retried.
    return TrainingParameters(**asked | {"embedding_model": chosen_model()})


register(Job.Kind.PLACE, JobKind(step=place_step))
register(Job.Kind.TRAIN, JobKind(step=train_step))
register(Job.Kind.EVALUATE, JobKind(step=evaluate_step))
register(Job.Kind.IMPORT, JobKind(step=import_step))
register(Job.Kind.WRITE_NAMES, JobKind(step=write_names_step))
for kind in (Job.Kind.PREPARE, Job.Kind.SWITCH):
    register(
        kind,
        JobKind(
            plan=plan_preparation,
            step=preparation_step,
            parallel=True,
            queue="bulk",
            staff_only=True,
        ),
    )
