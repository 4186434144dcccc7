"""What a worker does with a job: begin, plan, step by step, end; errors and cancelling."""

import errno
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from project.jobs import running
from project.jobs.controlling import cancel_job
from project.jobs.kinds import Step
from project.jobs.models import Job, JobEvent, JobItem
from project.jobs.presence import PLANNING, WORKING, live_tokens
from project.jobs.queueing import DISK_FULL
from project.jobs.run import JobCancelled, JobRun
from project.jobs.running import execute
from tests.project.jobs.conftest import MakeJob, lock, messages, unlock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(job: Job) -> Job:
    execute(job.pk)
    job.refresh_from_db()
    return job


def counting(calls: list[str], until: int, name: str = "step") -> Callable[[JobRun], Step]:
    """A step that finishes when it has been called so many times."""

    def step(run: JobRun) -> Step:
        calls.append(name)
        return Step.FINISHED if len(calls) >= until else Step.MORE

    return step


def raising(error: Exception) -> Callable[[JobRun], Step]:
    def step(run: JobRun) -> Step:
        raise error

    return step


class TestStates:
    def test_a_job_begins_works_until_nothing_is_left_and_is_done(self, make_job: MakeJob) -> None:
        calls: list[str] = []
        job = make_job(counting(calls, until=3))
        assert (job.state, job.started_at, job.ended_at) == (Job.State.QUEUED, None, None)
        run(job)
        assert calls == ["step"] * 3
        assert (job.state, job.error) == (Job.State.DONE, "")
        assert job.started_at is not None
        assert job.planned_at is not None
        assert job.ended_at is not None
        assert job.started_at <= job.planned_at <= job.ended_at

    def test_a_job_is_running_while_it_works(self, make_job: MakeJob) -> None:
        seen: list[str] = []

        def look(run: JobRun) -> Step:
            seen.append(Job.objects.get(pk=run.job_id).state)
            return Step.FINISHED

        run(make_job(look))
        assert seen == [Job.State.RUNNING]

    @pytest.mark.parametrize("state", [Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
    def test_a_job_that_has_ended_is_not_touched(self, make_job: MakeJob, state: str) -> None:
        calls: list[str] = []
        job = run(make_job(counting(calls, until=1), state=state))
        assert (job.state, job.started_at, calls) == (state, None, [])

    def test_a_job_whose_row_is_gone_is_no_error(self, make_job: MakeJob) -> None:
        job = make_job()
        pk = job.pk
        job.delete()
        execute(pk)
        assert not Job.objects.exists()

    def test_a_job_whose_row_goes_while_it_runs_stops(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def remove(run: JobRun) -> Step:
            calls.append("step")
            Job.objects.filter(pk=run.job_id).delete()
            return Step.MORE

        execute(make_job(remove).pk)
        assert calls == ["step"]

    def test_a_message_run_twice_equals_once(self, make_job: MakeJob) -> None:
        calls: list[str] = []
        job = run(make_job(counting(calls, until=2)))
        before = Job.objects.filter(pk=job.pk).values().get()
        execute(job.pk)
        assert Job.objects.filter(pk=job.pk).values().get() == before
        assert len(calls) == 2

    def test_a_job_left_by_a_killed_worker_goes_on(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def plan(run: JobRun) -> None:
            calls.append("plan")

        job = make_job(
            counting(calls, until=1),
            plan=plan,
            state=Job.State.RUNNING,
            started_at=NOW,
            planned_at=NOW,
            done=7,
        )
        run(job)
        assert calls == ["step"]
        assert (job.state, job.started_at, job.done) == (Job.State.DONE, NOW, 7)


class TestPlanning:
    def test_the_plan_comes_once_before_the_steps(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def plan(run: JobRun) -> None:
            calls.append("plan")
            run.report("Looking", total=2)

        job = run(make_job(counting(calls, until=3), plan=plan))
        assert calls == ["plan", "step", "step"]
        assert (job.stage, job.total) == ("Looking", 2)

    def test_a_plan_that_was_cut_short_begins_anew(self, make_job: MakeJob) -> None:
        def plan(run: JobRun) -> None:
            run.failed("a.jpg", "Damaged.")
            run.skipped([("b.jpg", "Hidden."), ("c.jpg", "Hidden.")])

        job = make_job(
            plan=plan, state=Job.State.RUNNING, started_at=NOW, done=3, total=4, failed=5, skipped=6
        )
        JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Damaged.")
        run(job)
        assert (job.done, job.total, job.failed, job.skipped) == (0, 0, 1, 2)
        assert [item.name for item in job.items.all()] == ["a.jpg", "b.jpg", "c.jpg"]

    def test_who_comes_while_another_plans_leaves_at_once(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        calls: list[str] = []
        job = make_job(counting(calls, until=1), parallel=True)
        lock(elsewhere, PLANNING, job.pk)
        assert run(job).state == Job.State.RUNNING
        assert calls == []
        unlock(elsewhere)
        assert run(job).state == Job.State.DONE

    def test_a_plan_that_fails_ends_the_job_with_its_reason(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def plan(run: JobRun) -> None:
            raise RuntimeError("The folder is on the moon.")

        job = run(make_job(counting(calls, until=1), plan=plan))
        assert (job.state, job.error) == (Job.State.FAILED, "The folder is on the moon.")
        assert (job.planned_at, calls) == (None, [])


class TestFailing:
    def test_a_step_that_fails_ends_the_job_with_its_reason(self, make_job: MakeJob) -> None:
        job = run(make_job(raising(ValueError("There is no detector 'x'."))))
        assert (job.state, job.error) == (Job.State.FAILED, "There is no detector 'x'.")
        assert job.ended_at is not None

    def test_an_error_without_words_is_named(self, make_job: MakeJob) -> None:
        assert run(make_job(raising(ZeroDivisionError()))).error == "ZeroDivisionError"

    def test_a_job_waits_where_the_disk_is_full_and_says_so(self, make_job: MakeJob) -> None:
        job = run(make_job(raising(OSError(errno.ENOSPC, "No space left on device"))))
        assert (job.state, job.error) == (Job.State.RUNNING, DISK_FULL)
        run(job)  # tries again
        assert [event.verb for event in job.events.all()].count(JobEvent.Verb.WAITED) == 1

    def test_a_job_that_waited_for_space_goes_on_as_if_nothing_had_been(
        self, make_job: MakeJob
    ) -> None:
        job = make_job(error=DISK_FULL, state=Job.State.RUNNING)
        assert run(job).state == Job.State.DONE
        assert job.error == ""

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_went_away_leaves_the_job_to_the_scheduler(
        self, make_job: MakeJob
    ) -> None:
        def lose_the_connection(run: JobRun) -> Step:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return Step.MORE

        job = make_job(lose_the_connection)
        with pytest.raises(OperationalError):
            execute(job.pk)
        connection.close()
        job.refresh_from_db()
        assert (job.state, job.error) == (Job.State.RUNNING, "")

    def test_a_collision_with_another_worker_leaves_the_job_to_the_scheduler(
        self, make_job: MakeJob
    ) -> None:
        error = OperationalError("deadlock detected")
        error.__cause__ = psycopg.errors.DeadlockDetected()
        job = make_job(raising(error))
        with pytest.raises(OperationalError):
            execute(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error) == (Job.State.RUNNING, "")

    def test_a_job_waits_where_the_databases_disk_is_full(self, make_job: MakeJob) -> None:
        error = OperationalError("could not extend file")
        error.__cause__ = psycopg.errors.DiskFull()
        job = run(make_job(raising(error)))
        assert (job.state, job.error) == (Job.State.RUNNING, DISK_FULL)

    def test_a_worker_that_failed_holds_nothing_afterwards(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        job = run(make_job(raising(RuntimeError("no"))))
        assert lock(elsewhere, WORKING, job.pk)
        assert lock(elsewhere, PLANNING, job.pk)
        assert tokens() == []

    @pytest.mark.django_db(transaction=True)
    def test_a_failed_query_ends_the_job_and_not_the_worker(self, make_job: MakeJob) -> None:
        def break_a_rule(run: JobRun) -> Step:
            Job.objects.create(kind="x", scope="x", requested_by_id=-1)
            return Step.MORE

        job = run(make_job(break_a_rule))
        assert job.state == Job.State.FAILED
        assert "requested_by_id" in job.error


def tokens() -> list[int]:
    query = live_tokens()
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        return [row[0] for row in cursor.fetchall()]


class TestCancelling:
    def test_a_cancelled_job_stops_at_its_next_step(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def step(run: JobRun) -> Step:
            calls.append("step")
            cancel_job(Job.objects.get(pk=run.job_id))
            return Step.MORE

        job = run(make_job(step))
        assert (job.state, calls) == (Job.State.CANCELLED, ["step"])

    def test_a_job_cancelled_in_its_last_step_stays_cancelled(self, make_job: MakeJob) -> None:
        def step(run: JobRun) -> Step:
            cancel_job(Job.objects.get(pk=run.job_id))
            return Step.FINISHED

        assert run(make_job(step)).state == Job.State.CANCELLED

    def test_a_job_cancelled_before_it_fails_stays_cancelled(self, make_job: MakeJob) -> None:
        def step(run: JobRun) -> Step:
            cancel_job(Job.objects.get(pk=run.job_id))
            raise RuntimeError("too late")

        job = run(make_job(step))
        assert (job.state, job.error) == (Job.State.CANCELLED, "")

    def test_a_long_plan_hears_of_it_at_its_next_report(self, make_job: MakeJob) -> None:
        calls: list[str] = []

        def plan(run: JobRun) -> None:
            cancel_job(Job.objects.get(pk=run.job_id))
            calls.append("before")
            run.report("Looking")
            calls.append("after")

        job = run(make_job(counting(calls, until=9), plan=plan))
        assert (job.state, job.planned_at, calls) == (Job.State.CANCELLED, None, ["before"])

    def test_a_cancelled_job_counts_no_further(self, make_job: MakeJob) -> None:
        job = make_job(state=Job.State.CANCELLED, done=3)
        hand = JobRun(job, token=1)
        hand.advance()
        with pytest.raises(JobCancelled):
            hand.report("Looking", done=9)
        with pytest.raises(JobCancelled):
            hand.check_cancelled()
        job.refresh_from_db()
        assert (job.done, job.stage) == (3, "")


class TestTurns:
    def test_a_worker_hands_a_long_job_on(
        self, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(running, "TURN", 0.02)
        calls: list[str] = []

        def step(run: JobRun) -> Step:
            time.sleep(0.03)
            return counting(calls, until=2)(run)

        job = run(make_job(step))
        assert (job.state, len(calls)) == (Job.State.RUNNING, 1)
        assert len(messages()) == 1
        assert run(job).state == Job.State.DONE
        assert len(calls) == 2

    def test_who_finds_nothing_while_others_work_leaves_the_end_to_them(
        self, make_job: MakeJob
    ) -> None:
        job = run(make_job(lambda run: Step.ELSEWHERE))
        assert job.state == Job.State.RUNNING
        assert messages() == []


class TestWorkingTogether:
    def test_a_job_that_cannot_be_divided_is_left_to_who_has_it(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        calls: list[str] = []
        job = make_job(counting(calls, until=1))
        lock(elsewhere, WORKING, job.pk)
        assert run(job).state == Job.State.QUEUED
        assert calls == []
        unlock(elsewhere)
        assert run(job).state == Job.State.DONE

    def test_a_job_that_can_be_divided_is_joined(
        self, make_job: MakeJob, elsewhere: BaseDatabaseWrapper
    ) -> None:
        job = make_job(parallel=True)
        lock(elsewhere, WORKING, job.pk, shared=True)
        assert run(job).state == Job.State.DONE

    @pytest.mark.django_db(transaction=True)
    def test_two_messages_for_one_job_that_cannot_be_divided_do_it_once(
        self, make_job: MakeJob
    ) -> None:
        calls: list[str] = []
        began = threading.Event()

        def step(run: JobRun) -> Step:
            calls.append("step")
            began.set()
            time.sleep(0.2)
            return Step.FINISHED

        job = make_job(step)
        first = worker(job)
        assert began.wait(10)
        second = worker(job)
        second.join(10)
        assert first.is_alive()  # the second did not wait for the first
        first.join(10)
        job.refresh_from_db()
        assert (job.state, calls) == (Job.State.DONE, ["step"])

    @pytest.mark.django_db(transaction=True)
    def test_workers_that_share_a_job_plan_it_once_and_count_together(
        self, make_job: MakeJob
    ) -> None:
        calls: list[str] = []
        left = list(range(40))
        both = threading.Barrier(2, timeout=10)

        def plan(run: JobRun) -> None:
            calls.append("plan")
            run.report("Working", total=len(left))

        def step(run: JobRun) -> Step:
            if len(left) == 40:
                both.wait()  # until two workers are at it
            try:
                left.pop()
            except IndexError:
                all_counted = Job.objects.get(pk=run.job_id).done == 40
                return Step.FINISHED if all_counted else Step.ELSEWHERE
            run.advance()
            return Step.MORE

        job = make_job(step, plan=plan, parallel=True)
        first = worker(job)
        while not Job.objects.filter(pk=job.pk, planned_at__isnull=False).exists():
            time.sleep(0.01)
        second = worker(job)
        first.join(20)
        second.join(20)
        job.refresh_from_db()
        assert calls == ["plan"]
        assert (job.state, job.done, job.total) == (Job.State.DONE, 40, 40)


def worker(job: Job) -> threading.Thread:
    """Run a message for the job in a thread, with a session of its own."""

    def work() -> None:
        try:
            execute(job.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_only_one_job_of_a_kind_and_scope_is_active(make_job: MakeJob) -> None:
    job = make_job()
    Job.objects.create(
        kind=job.kind, scope=job.scope, requested_by=job.requested_by, state=Job.State.DONE
    )
    with pytest.raises(IntegrityError, match="one_active_job_per_scope"):
        Job.objects.create(kind=job.kind, scope=job.scope, requested_by=job.requested_by)
