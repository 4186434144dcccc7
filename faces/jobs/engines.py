"""The jobs prepare and switch: another engine looks into all photos, and takes over."""

import logging
from functools import partial

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
from faces.jobs.choices import chosen_model, chosen_parameters, engine_as_chosen
from faces.jobs.indexing import start_indexing
from faces.jobs.training import start_training
from faces.models import Draft, EngineChoice
from faces.queries.engines import engine_in_force
from faces.vision.catalogue import engine_kind
from faces.vision.downloading import fetch
from faces.vision.engines import Engine
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
from project.preferences.reading import value

logger = logging.getLogger(__name__)

MEGABYTE = 1_000_000


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

    engine = engine_as_chosen(choice.name)
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
        start_indexing()


class TooManyLeftOutError(Exception):
    """An engine cannot be put in force; the message says why."""


def _choice(run: JobRun) -> EngineChoice | None:
    return EngineChoice.objects.filter(name=run.parameters["engine"]).first()


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
