"""Hosts that do not have all that jobs need: what one cannot do is left to the others."""

import socket

import django_rq
from redis.exceptions import RedisError
from rq import Worker

from project.jobs.kinds import kind_named
from project.jobs.log import remember
from project.jobs.models import Job, JobEvent


def untried_hosts(job: Job) -> set[str]:
    """Return the other hosts with workers that have not yet found that they cannot do a job."""
    try:
        workers = Worker.all(queue=django_rq.get_queue(kind_named(job.kind).queue))
    except RedisError:
        return set()
    waited = job.events.filter(verb=JobEvent.Verb.WAITED).values_list("detail", flat=True)
    tried = {detail.partition(": ")[0] for detail in waited}
    return {worker.hostname for worker in workers if worker.hostname} - tried - {_here()}


def leave_to_others(job: Job, why: FileNotFoundError) -> bool:
    """Note in a job's log what this host lacks for it; False if no other host is left to try.

    That is the folder of a library, or the weights of an engine, which others may have.
    """
    if not untried_hosts(job):
        return False
    detail = f"{_here()}: {why}"
    if not job.events.filter(verb=JobEvent.Verb.WAITED, detail=detail).exists():
        remember(job.pk, JobEvent.Verb.WAITED, detail=detail)
    return True


def _here() -> str:
    return socket.gethostname()
