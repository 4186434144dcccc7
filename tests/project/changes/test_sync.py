"""Four who write and three who copy, at the same time: in the end every copy is the server's."""

import os
import sys
import time
from collections import Counter
from threading import Thread

import pytest
from django.db import connection, transaction

from photos.models import Share
from project.changes.models import Change
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.project.changes.copying import Copy, on_server
from tests.project.changes.traffic import ACTS, Writer

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = float(os.environ.get("SYNC_SECONDS", "6"))


class Client:
    """Somebody who follows all the time, from a moment on."""

    def __init__(self, name: str, copy: Copy, begins: float) -> None:
        self.name, self.copy, self.begins = name, copy, begins
        self.pages: Counter[str] = Counter()
        self.errors: list[BaseException] = []

    def start(self, until: float) -> Thread:
        thread = Thread(target=self._work, args=(until,))
        thread.start()
        return thread

    def _work(self, until: float) -> None:
        try:
            time.sleep(max(self.begins - time.monotonic(), 0))
            while time.monotonic() < until:
                page = self.copy.page(headers={"Prefer": "wait=1"})
                self.pages.update(["pages"], entries=len(page["results"]))
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()


class Naive(Thread):
    """Reads the log by its ids alone, as far as there are any; counts what it never sees."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self.until, self.seen = until, set[int]()

    def run(self) -> None:
        last = 0
        while time.monotonic() < self.until:
            new = Change.objects.filter(pk__gt=last).values_list("pk", flat=True)
            self.seen |= set(new)
            last = max(self.seen, default=0)
            time.sleep(0.05)
        connection.close()

    @property
    def skipped(self) -> int:
        there = Change.objects.filter(pk__lte=max(self.seen)).values_list("pk", flat=True)
        return len(set(there) - self.seen)


def test_copies_are_the_servers_after_a_time_of_traffic() -> None:
    alice, bob = make_user(), make_user("bob")
    libraries = [make_library(), make_library()]
    Share.objects.create(library=libraries[0], user=bob, role="viewer")
    for number in range(10):
        make_face(make_photo(libraries[number % 2]), person=make_person(f"Person {number}"))
    began, until = time.monotonic(), time.monotonic() + SECONDS
    writers = [Writer(name, libraries, seed) for seed, name in enumerate(ACTS)]
    clients = [
        Client("from the start", Copy(alice, limit=40), began),
        Client("from the middle", Copy(alice, limit=500), began + SECONDS / 2),
        Client("of what is shared", Copy(bob, limit=100, owner=alice), began),
    ]
    naive = Naive(until)
    naive.start()
    busy: list[Writer | Client] = [*writers, *clients]
    for thread in [each.start(until) for each in busy]:
        thread.join()
    naive.join()
    assert [each.errors for each in busy if each.errors] == []
    for client in clients:
        client.copy.follow()
    told = [client.copy.rows for client in clients]
    there = [on_server(alice), on_server(alice), on_server(bob, alice)]
    report(writers, clients, naive, [one == other for one, other in zip(told, there, strict=True)])
    assert told == there
    assert all(writer.done["done"] for writer in writers)


def report(writers: list[Writer], clients: list[Client], naive: Naive, same: list[bool]) -> None:
    """Print what happened; pytest shows it where asked with ``-s``."""
    out = [f"{SECONDS:.0f} s, {Change.objects.count()} changes told by the log", ""]
    out += [f"{'writer':<20}{'done':>8}{'refused':>9}"]
    out += [f"{each.name:<20}{each.done['done']:>8}{each.done['refused']:>9}" for each in writers]
    out += ["", f"{'client':<20}{'pages':>8}{'entries':>9}{'rows':>7}  equal"]
    for client, equal in zip(clients, same, strict=True):
        pages = client.pages
        out += [
            f"{client.name:<20}{pages['pages']:>8}{pages['entries']:>9}"
            f"{len(client.copy.rows):>7}  {'yes' if equal else 'NO'}"
        ]
    out += ["", f"by ids alone, a client would have skipped {naive.skipped} changes"]
    sys.stdout.write("\n".join(["", *out, ""]))


def test_a_transaction_that_commits_late_is_skipped_by_ids_and_not_by_a_copy() -> None:
    copy = Copy(make_user())
    copy.follow()
    late = Thread(target=make_late)
    by_ids = [0]

    def read_by_ids() -> list[int]:
        new = list(
            Change.objects.filter(pk__gt=by_ids[-1]).order_by("pk").values_list("object_id", "pk")
        )
        by_ids.append(max((pk for _, pk in new), default=by_ids[-1]))
        return [told for told, _ in new]

    late.start()
    time.sleep(0.3)  # it has written, and not committed
    soon = make_person("Soon").pk
    assert soon in read_by_ids()
    copy.follow()
    late.join()
    seen_by_ids = read_by_ids()
    (person,) = [key for key in on_server(make_user()) if key != ("person", soon)]
    assert person[1] not in seen_by_ids
    copy.follow()
    assert copy.rows == on_server(make_user())


def make_late() -> None:
    with transaction.atomic():
        make_person("Late")
        time.sleep(1)
    connection.close()
