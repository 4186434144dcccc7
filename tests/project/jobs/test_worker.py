"""Kith's RQ worker."""

import django_rq
import pytest
from redis import Redis
from rq import Worker

from project.jobs.worker import JobWorker

pytestmark = pytest.mark.django_db


def test_a_worker_whose_redis_was_emptied_makes_itself_known_again(redis: Redis) -> None:
    queue = django_rq.get_queue("bulk")
    worker = JobWorker([queue], connection=queue.connection)
    worker.register_birth()  # type: ignore[no-untyped-call]
    redis.flushall()
    assert Worker.count(queue=queue) == 0
    worker.set_state("idle")
    worker.heartbeat()
    assert Worker.count(queue=queue) == 1
    assert [known.name for known in Worker.all(queue=queue)] == [worker.name]


def test_a_heartbeat_leaves_what_is_known_of_the_worker(redis: Redis) -> None:
    queue = django_rq.get_queue("bulk")
    worker = JobWorker([queue], connection=queue.connection)
    worker.register_birth()  # type: ignore[no-untyped-call]
    born = redis.hget(worker.key, "birth")
    redis.hset(worker.key, "state", "busy")
    worker.heartbeat()
    assert redis.hget(worker.key, "birth") == born
    assert redis.hget(worker.key, "state") == b"busy"
    assert redis.hget(worker.key, "last_heartbeat")
