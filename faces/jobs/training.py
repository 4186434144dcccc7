"""The jobs train, place and evaluate."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from faces.jobs.choices import chosen_model, chosen_parameters
from project.jobs.kinds import JobKind, Step, register
from project.jobs.models import Job
from project.jobs.queueing import start_job
from project.jobs.run import JobRun

if TYPE_CHECKING:
    from faces.actions.training import TrainingParameters

# What Train clusters: all faces, or those that belong to nobody.
ALL, MISSING = "all", "missing"


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


def _owner(run: JobRun) -> User:
    return User.objects.get(pk=run.requested_by_id)


def _parameters(run: JobRun) -> "TrainingParameters":
    from faces.actions.training import TrainingParameters

    names = TrainingParameters.__dataclass_fields__
    asked = {name: value for name, value in run.parameters.items() if name in names}
    # The model is that of the faces as they are now, even where an old job is retried.
    return TrainingParameters(**asked | {"embedding_model": chosen_model()})


register(Job.Kind.TRAIN, JobKind(step=train_step))
register(Job.Kind.PLACE, JobKind(step=place_step))
register(Job.Kind.EVALUATE, JobKind(step=evaluate_step))
