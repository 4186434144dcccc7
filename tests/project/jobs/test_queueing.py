"""Starting, cancelling and retrying jobs, and the messages that wake workers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import django_rq
import pytest
from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.module_loading import import_string
from redis import Redis
from rq import SimpleWorker, Worker

from project.jobs.controlling import cancel_job, retry_job
from project.jobs.kinds import JobKind, Step, register
from project.jobs.models import Job
from project.jobs.presence import WORKING
from project.jobs.queueing import (
    DISK_FULL,
    EXECUTE,
    WITHOUT_SPACE,
    JobUnderWayError,
    heal_jobs,
    start_job,
    summon_workers,
)
from project.jobs.run import JobRun
from project.jobs.running import execute
from tests.factories import make_user
from tests.project.jobs.conftest import MakeJob, finish, lock, messages, unlock

pytestmark = pytest.mark.django_db
OnCommit = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture(autouse=True)
def kind(redis: Redis) -> str:
    register("test-queued", JobKind(step=finish))
    register("test-other", JobKind(step=finish))
    return "test-queued"


def start(kind: str = "test-queued", scope: str = "library:1", **parameters: Any) -> Job:
    job, _ = start_job(kind, requested_by=make_user(), scope=scope, parameters=parameters)
    return job


def register_workers(number: int) -> None:
    """Have RQ know of so many workers."""
    for _ in range(number):
        Worker([django_rq.get_queue("default")]).register_birth()  # type: ignore[no-untyped-call]


def test_the_message_names_the_function_that_runs_jobs() -> None:
    assert import_string(EXECUTE) is execute


class TestStarting:
    def test_a_job_is_queued_with_what_it_needs_to_know(self) -> None:
        job, started = start_job(
            "test-queued",
            requested_by=make_user(),
            scope="library:1",
            subject="Holidays",
            parameters={"library": 1},
        )
        job.refresh_from_db()
        assert started
        assert (job.state, job.scope, job.parameters) == ("queued", "library:1", {"library": 1})
        assert (job.requested_by, job.subject) == (make_user(), "Holidays")

    def test_workers_are_woken_when_the_row_is_there_to_be_read(
        self, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            job = start()
            assert messages() == []
        (message,) = messages()
        assert message.startswith(f"job-{job.pk}-")

    @pytest.mark.django_db(transaction=True)
    def test_a_transaction_undone_wakes_nobody(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            start()
            raise RuntimeError("never mind")
        assert (Job.objects.count(), messages()) == (0, [])

    def test_the_active_job_of_the_scope_is_returned_in_place_of_a_second(self) -> None:
        job = start(library=1)
        second, started = start_job(
            "test-queued", requested_by=make_user("bob"), scope="library:1", parameters={"new": 1}
        )
        assert (second, started) == (job, False)
        assert second.parameters == {"library": 1}
        assert Job.objects.count() == 1

    def test_other_scopes_are_started_beside_it(self) -> None:
        assert len({start().pk, start("test-other", scope="library:2").pk}) == 2

    def test_another_kind_in_the_same_scope_is_refused_with_what_to_do(self) -> None:
        start()
        with pytest.raises(JobUnderWayError, match="wait for it to end, or cancel it"):
            start("test-other")
        assert Job.objects.count() == 1

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_an_ended_job_does_not_stand_in_the_way(self, state: str) -> None:
        first = start()
        Job.objects.filter(pk=first.pk).update(state=state)
        assert start().pk != first.pk

    def test_a_job_starts_where_redis_is_out_of_reach_and_is_healed_later(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: OnCommit
    ) -> None:
        with monkeypatch.context() as broken:
            for queue in settings.RQ_QUEUES.values():
                broken.setitem(queue, "URL", "redis://127.0.0.1:1/0")
            with django_capture_on_commit_callbacks(execute=True):
                job = start()
            assert heal_jobs() == 0
        assert job.state == Job.State.QUEUED
        assert heal_jobs() == 1
        assert len(messages()) == 1


class TestCancelling:
    @pytest.mark.parametrize("state", ["queued", "running"])
    def test_an_active_job_is_cancelled(self, make_job: MakeJob, state: str) -> None:
        job = make_job(state=state)
        assert cancel_job(job)
        job.refresh_from_db()
        assert job.state == Job.State.CANCELLED
        assert job.ended_at is not None

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_a_job_that_has_ended_stays_as_it_is(self, make_job: MakeJob, state: str) -> None:
        job = make_job(state=state)
        assert not cancel_job(job)
        job.refresh_from_db()
        assert (job.state, job.ended_at) == (state, None)

    def test_a_job_that_ended_since_it_was_fetched_stays_as_it_is(self, make_job: MakeJob) -> None:
        job = make_job()
        Job.objects.filter(pk=job.pk).update(state="done")
        assert not cancel_job(job)


class TestRetrying:
    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_an_ended_job_is_started_anew_as_a_job_of_its_own(self, state: str) -> None:
        job = start(library=1)
        Job.objects.filter(pk=job.pk).update(state=state, error="The disk is full", subject="Home")
        job.refresh_from_db()
        again = retry_job(job, requested_by=make_user("bob"))
        job.refresh_from_db()
        assert job.state == state
        assert again.pk != job.pk
        assert (again.kind, again.scope, again.state) == (job.kind, job.scope, "queued")
        assert (again.subject, again.error) == ("Home", "")
        assert again.parameters == {"library": 1, "retry_failed": True}
        assert again.requested_by.username == "bob"

    def test_an_active_job_goes_on_as_it_is(self) -> None:
        job = start()
        assert retry_job(job, requested_by=make_user()) == job
        assert Job.objects.count() == 1


class TestSummoning:
    def test_a_job_for_one_worker_gets_one_message(self, make_job: MakeJob) -> None:
        register_workers(3)
        job = make_job()
        assert summon_workers(job) == 1
        assert summon_workers(job) == 0
        assert len(messages()) == 1

    def test_a_job_that_can_be_divided_gets_a_message_for_each_worker(
        self, make_job: MakeJob
    ) -> None:
        register_workers(3)
        job = make_job(parallel=True)
        assert summon_workers(job) == 3
        assert summon_workers(job) == 0

    def test_a_job_waits_for_the_first_worker_where_there_is_none(self, make_job: MakeJob) -> None:
        assert summon_workers(make_job(parallel=True)) == 1

    def test_workers_that_are_at_it_are_not_called_again(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        register_workers(3)
        job = make_job(parallel=True)
        lock(elsewhere, WORKING, job.pk, shared=True)
        assert summon_workers(job) == 2

    def test_only_what_is_missing_is_topped_up(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        register_workers(3)
        job = make_job(parallel=True)
        summon_workers(job)
        django_rq.get_queue("default").remove(messages()[0])
        lock(elsewhere, WORKING, job.pk, shared=True)
        assert summon_workers(job) == 0
        unlock(elsewhere)  # killed
        assert summon_workers(job) == 1
        assert len(messages()) == 3

    def test_messages_of_other_jobs_do_not_count(self, make_job: MakeJob) -> None:
        first = make_job()
        # Its number begins with that of the first.
        second = make_job(pk=int(f"{first.pk}0"))
        assert summon_workers(second) == 1
        assert summon_workers(first) == 1

    def test_a_job_that_begins_calls_the_others(self, make_job: MakeJob) -> None:
        register_workers(3)
        present: list[int] = []

        def look(run: JobRun) -> Step:
            present.append(len(messages()))
            return Step.FINISHED

        execute(make_job(look, parallel=True).pk)
        assert present == [2]


class TestHealing:
    def test_a_job_that_waits_for_space_on_the_disk_is_woken_after_a_while(
        self, make_job: MakeJob
    ) -> None:
        job = make_job(state=Job.State.RUNNING, error=DISK_FULL, heartbeat_at=timezone.now())
        assert heal_jobs() == 0
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - WITHOUT_SPACE)
        assert heal_jobs() == 1

    def test_an_emptied_queue_is_filled_again(self, make_job: MakeJob, redis: Redis) -> None:
        jobs = [make_job(), make_job(state=Job.State.RUNNING)]
        for job in jobs:
            summon_workers(job)
        redis.flushall()
        assert heal_jobs() == 2
        assert {message.split("-")[1] for message in messages()} == {str(job.pk) for job in jobs}
        assert heal_jobs() == 0

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_ended_jobs_are_left_alone(self, make_job: MakeJob, state: str) -> None:
        make_job(state=state)
        assert heal_jobs() == 0
        assert messages() == []

    def test_a_job_of_a_kind_that_is_no_more_does_not_keep_others_waiting(
        self, make_job: MakeJob
    ) -> None:
        Job.objects.create(kind="forgotten", scope="x", requested_by=make_user())
        make_job()
        assert heal_jobs() == 1

    def test_a_worker_takes_the_message_and_does_the_job(self, make_job: MakeJob) -> None:
        job = make_job()
        summon_workers(job)
        # Within this process, and so within this test's transaction.
        queue = django_rq.get_queue("default")
        SimpleWorker([queue], connection=queue.connection).work(burst=True, logging_level="ERROR")
        job.refresh_from_db()
        assert job.state == Job.State.DONE
        assert messages() == []
