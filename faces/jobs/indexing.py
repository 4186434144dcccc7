"""The job index: what finds similar faces among very many."""

from faces.actions.indexing import drop_index, index_changes, make_index
from faces.jobs.choices import chosen_model
from project.jobs.access import installation_owner
from project.jobs.kinds import JobKind, Step, register
from project.jobs.models import Job
from project.jobs.queueing import start_job
from project.jobs.run import JobRun


def start_indexing() -> None:
    """Make the indexes of similar faces that are missing, and drop those that nobody needs."""
    owner = installation_owner()
    if owner is not None and index_changes(chosen_model()):
        # One scope for all: builds take memory, and one after the other is enough.
        start_job(Job.Kind.INDEX, requested_by=owner, scope="similar faces")


def index_step(run: JobRun) -> Step:
    """Drop what is not needed, or make one index; until nothing is to be changed."""
    changes = index_changes(chosen_model())
    for name in changes.drop:
        run.check_cancelled()
        drop_index(name)
    if not changes.make:
        return Step.FINISHED
    large, left = changes.make[0], len(changes.make)
    stage = "Indexing faces" if left == 1 else f"Indexing faces, of {left} people one after another"

    def report(done: int) -> None:
        run.report(stage, min(done, large.faces), large.faces)

    report(0)
    make_index(large, report=report)
    return Step.MORE


register(Job.Kind.INDEX, JobKind(step=index_step, queue="bulk", staff_only=True))
