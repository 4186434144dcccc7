"""What each kind of job does: apps register their plan and step here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.contrib.auth.models import User

from project.jobs.models import Job, JobItem
from project.jobs.run import JobRun


class Step(Enum):
    """What one step leaves behind."""

    MORE = "more"  # call again
    ELSEWHERE = "elsewhere"  # nothing to take here, but other workers still hold some
    FINISHED = "finished"  # nothing is left at all


@dataclass(frozen=True)
class JobKind:
    """The work of one kind of job.

    ``plan`` finds out what there is to do and runs once, in one worker. ``step`` does one bounded
    piece and is called until it says ``FINISHED``; with ``parallel`` by as many workers as there
    are. Both may be repeated after a crash: running them twice must equal running them once.
    """

    step: Callable[[JobRun], Step]
    plan: Callable[[JobRun], None] | None = None
    parallel: bool = False
    queue: str = "default"
    staff_only: bool = False  # it concerns the whole installation
    # Starts a job that looks at what failed in an ended one, or at one item of it, alone.
    retry_items: Callable[[Job, JobItem | None, User], Job] | None = None


_kinds: dict[str, JobKind] = {}


def register(name: str, kind: JobKind) -> None:
    """Make a kind of job known under its name in ``Job.Kind``."""
    _kinds[name] = kind


def kind_named(name: str) -> JobKind:
    """Return the registered kind; KeyError for a name nobody registered."""
    return _kinds[name]


def known_kinds() -> list[str]:
    """Return the names that are registered."""
    return list(_kinds)
