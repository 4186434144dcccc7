"""Indexes of similar faces: made for those who have many, used, made anew, dropped."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection

from benchmarks.libraries import made_up_library
from benchmarks.stored import store_library
from faces import nearest as search
from faces.actions import indexing
from faces.actions.indexing import LargeOwner, drop_index, index_changes, make_index
from faces.arrays import nearest_faces
from faces.jobs.indexing import start_indexing
from faces.models import Embedding, Face
from faces.nearest import index_name, is_indexed, nearest
from faces.recognition.embeddings import Matrix
from photos.models import Library
from photos.signals import library_scanned
from project.jobs.models import Job
from project.jobs.run import JobCancelled
from project.jobs.running import execute
from project.jobs.signals import tidying_up
from tests.factories import MODEL, make_embedding, make_face, make_library, make_photo, make_user

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 1500


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Index owners of a thousand faces, and leave no index behind."""
    monkeypatch.setattr(indexing, "EXACT_UP_TO", 1000 * 128)
    monkeypatch.setattr(indexing, "INTERVAL", 0.02)
    yield
    for name in there():
        drop_index(name)


def there() -> dict[str, bool]:
    """Return the indexes, and whether they are whole."""
    with connection.cursor() as cursor:
        cursor.execute(indexing.THERE, ["nearest_"])
        return dict(cursor.fetchall())


def crowd(owner: User, faces: int = MANY) -> Matrix:
    """Give somebody faces as crowded as real ones; return their vectors, in order of the faces."""
    made_up = made_up_library(faces)
    library = store_library(owner, made_up, np.zeros(len(made_up), np.int64))
    Library.objects.filter(pk=library.pk).update(path=f"/made-up/{library.pk}")
    return made_up.embeddings


def large(owner: User, faces: int = MANY) -> LargeOwner:
    return LargeOwner(owner.pk, MODEL, 128, faces)


def told(done: int) -> None:
    """Take a report of how far an index is."""


def run_jobs() -> list[str]:
    """Do the jobs that wait; return the states of all that were of indexes."""
    for job in Job.objects.filter(kind=Job.Kind.INDEX, state__in=Job.DUE):
        execute(job.pk)
    return list(
        Job.objects.filter(kind=Job.Kind.INDEX).order_by("pk").values_list("state", flat=True)
    )


@contextmanager
def held_up(seconds: float) -> Iterator[None]:
    """Let no index be made for a while: somebody is writing embeddings."""
    writer = connection.copy()
    writer.inc_thread_sharing()
    writer.set_autocommit(False)
    with writer.cursor() as cursor:
        cursor.execute("LOCK TABLE faces_embedding IN ROW EXCLUSIVE MODE")
    end = Timer(seconds, writer.close)
    end.start()
    yield
    end.join()


def plan_of(owner: User, vector: list[float]) -> str:
    """Return how PostgreSQL finds the nearest."""
    query = search._query(owner.pk, MODEL, 128, by_index=True, filtered=False)
    asked: dict[str, Any] = {"vectors": [search._as_text(vector)], "count": 10, "candidates": 40}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}", asked)
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_job_indexes_who_has_many_faces_and_they_are_found_as_before() -> None:
    admin, small = make_user("admin", is_staff=True), make_user("bob")
    vectors = crowd(admin)
    crowd(small, 200)
    before, _ = nearest_faces(admin.pk, MODEL, vectors[:100], 10)
    library_scanned.send(sender=Library, library=Library.objects.first())
    library_scanned.send(sender=Library, library=Library.objects.first())
    assert run_jobs() == [Job.State.DONE]
    job = Job.objects.get()
    assert (job.title, job.total) == ("Index of similar faces", MANY)
    assert there() == {index_name(admin.pk, MODEL): True}
    assert index_name(admin.pk, MODEL) in plan_of(admin, vectors[0].tolist())
    after, similarities = nearest_faces(admin.pk, MODEL, vectors[:100], 10)
    found = [len(set(one) & set(other)) for one, other in zip(before, after, strict=True)]
    assert np.mean(found) >= 9.8
    assert (np.diff(similarities, axis=1) <= 0).all()
    start_indexing()
    assert run_jobs() == [Job.State.DONE]  # there is nothing more to do


def test_what_comes_and_goes_afterwards_is_found_and_not() -> None:
    owner = make_user()
    vectors = crowd(owner)
    make_index(large(owner), report=told)
    first = Face.objects.order_by("pk").first()
    assert first is not None
    new = make_face(make_photo(make_library(owner)), vector=-vectors[0])
    assert nearest(owner.pk, MODEL, [(-vectors[0]).tolist()], 1)[0][0][0] == new.pk
    assert nearest(owner.pk, MODEL, [vectors[0].tolist()], 1)[0][0][0] == first.pk
    first.delete()
    assert nearest(owner.pk, MODEL, [vectors[0].tolist()], 1)[0][0][0] != first.pk
    make_embedding(new, [1.0, 2.0], "another")  # of no length that is indexed
    Embedding.objects.filter(face=new, model=MODEL).delete()
    make_embedding(new, [1.0, 2.0])
    assert is_indexed(owner.pk, MODEL)


def test_with_an_index_only_the_libraries_that_are_asked_for_are_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_user()
    vectors = crowd(owner)
    crowd(owner, 100)
    one, other = Library.objects.order_by("pk")
    make_index(large(owner), report=told)
    own = set(Face.objects.filter(photo__library=other).values_list("pk", flat=True))
    for few in (0, 20_000):  # by the index, and all of them
        monkeypatch.setattr(search, "FEW_FACES", few)
        (found,) = nearest(owner.pk, MODEL, [vectors[0].tolist()], 10, libraries={other.pk})
        assert len(found) == 10
        assert {face for face, _ in found} <= own
    Library.objects.filter(pk=other.pk).update(finds_faces=False)
    (found,) = nearest(owner.pk, MODEL, [vectors[0].tolist()], 10)
    assert len(found) == 10
    assert own.isdisjoint(face for face, _ in found)
    assert nearest(owner.pk, MODEL, [vectors[0].tolist()], 10, libraries={other.pk}) == [[]]


def test_what_an_index_gives_up_finding_among_others_is_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner = make_user()
    vectors = crowd(owner)
    crowd(owner, 100)
    small = Library.objects.order_by("pk")[1]
    make_index(large(owner), report=told)
    monkeypatch.setattr(search, "FEW_FACES", 50)
    asked = (owner.pk, MODEL, [vectors[0].tolist()], 100)
    with connection.cursor() as cursor:
        cursor.execute("SET hnsw.max_scan_tuples = 1")
        (found,) = nearest(*asked, libraries={small.pk})
        cursor.execute("RESET hnsw.max_scan_tuples")
    assert len(found) == 100


def test_what_is_left_of_a_build_that_was_ended_is_dropped_and_made_anew() -> None:
    admin = make_user("admin", is_staff=True)
    vectors = crowd(admin)
    make_index(large(admin), report=told)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(%s)",
            [f'"{index_name(admin.pk, MODEL)}"'],
        )
    assert not is_indexed(admin.pk, MODEL)
    assert len(nearest(admin.pk, MODEL, [vectors[0].tolist()], 3)[0]) == 3  # exactly
    tidying_up.send(sender=None)
    assert run_jobs() == [Job.State.DONE]
    assert there() == {index_name(admin.pk, MODEL): True}


def test_a_build_that_is_not_wanted_any_more_is_given_up() -> None:
    owner = make_user()
    crowd(owner)
    reports = []

    def report(done: int) -> None:
        reports.append(done)
        raise JobCancelled

    with held_up(1.0), pytest.raises(JobCancelled):
        make_index(large(owner), report=report)
    assert len(reports) == 1
    assert there() == {}


def test_an_index_is_dropped_with_its_owner_or_when_hardly_anything_is_left() -> None:
    admin, bob = make_user("admin", is_staff=True), make_user("bob")
    crowd(admin)
    crowd(bob)
    start_indexing()
    assert run_jobs() == [Job.State.DONE]
    assert there() == dict.fromkeys([index_name(admin.pk, MODEL), index_name(bob.pk, MODEL)], True)
    bob.delete()
    assert run_jobs() == [Job.State.DONE, Job.State.DONE]
    assert there() == {index_name(admin.pk, MODEL): True}
    some = Face.objects.order_by("pk").values_list("pk", flat=True)[: MANY - 700]
    Face.objects.filter(pk__in=list(some)).delete()
    assert not index_changes(MODEL)  # a few less are no reason
    some = Face.objects.order_by("pk").values_list("pk", flat=True)[:300]
    Face.objects.filter(pk__in=list(some)).delete()
    assert index_changes(MODEL).drop == [index_name(admin.pk, MODEL)]
    start_indexing()
    run_jobs()
    assert there() == {}


def test_a_vector_of_another_length_does_not_say_how_long_those_in_an_index_are() -> None:
    owner = make_user()
    make_face(make_photo(make_library(owner)), vector=[1.0, 2.0])
    crowd(owner)
    assert index_changes(MODEL).make == [large(owner, MANY + 1)]


def test_of_an_engine_that_is_not_in_force_nothing_is_indexed() -> None:
    owner = make_user()
    crowd(owner)
    make_index(large(owner), report=told)
    changes = index_changes("another")
    assert (changes.drop, changes.make) == ([index_name(owner.pk, MODEL)], [])
