"""How quickly the pages of people answer: 5,000, one of whom has 50,000 faces, 10,000 unknown.

``python -m benchmarks.people``: a made-up library in a database of its own, without files. Times
are those of Django's whole answer, the median of several, in one process and over no network;
what is asked twice is asked with as many queries for somebody with a hundredth of the faces.
"""

import argparse
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.installation import installation
from benchmarks.results import print_results
from benchmarks.stored import MADE_UP, store_photos

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from faces.models import Face, Person
    from photos.models import Photo

PEOPLE, MOST_FACES = 5_000, 50_000
UNKNOWN, FACES_OF_UNKNOWN = 10_000, 6
BATCH = 5_000
TIMES = 9
GOAL_MS = ("<=", 150.0)
# What the page of a person and the API of it ask for.
OF_PERSON = {
    "page": "/people/{pk}/",
    "faces, page": "/people/{pk}/?view=faces",
    "months": "/api/people/{pk}/photos/months/",
    "photos of a month": "/api/people/{pk}/photos/?month=2012-05",
    "photos, first page": "/api/people/{pk}/photos/",
    "company": "/api/people/{pk}/company/",
    "looks like others": "/api/people/{pk}/astray/",
    "faces, first 100": "/api/faces/?tab=labelled&person={pk}&sort=date",
}
OF_PEOPLE = {
    f"people by {sort}, first page": f"/api/people/?kind=named&hidden=false&sort={sort}"
    for sort in ("name", "count", "recent")
} | {
    "people found by name": "/api/people/?kind=named&sort=name&q=son 49",
    "unknown people, first page": "/api/people/?kind=unknown",
}


def store(owner: "User", people: int, most: int) -> tuple["Person", "Person"]:
    """Write a library; return the person with most faces, and one with a hundredth of them."""
    from django.db import connection
    from django.utils import timezone

    from faces.models import Face, Guess, Person, Training
    from photos.models import Library

    library = Library.objects.create(owner=owner, name="Made up", path="/made-up")
    now = timezone.now()
    photos = store_photos(library, most, apart=timedelta(hours=3))
    named = Person.objects.bulk_create(
        [Person(owner=owner, name=f"Person {number}") for number in range(people)]
    )
    largest, smaller, *others = named
    # The one is in all photos; beside them stands somebody else in two of three.
    whose = [(photo, largest) for photo in photos]
    whose += [(photo, smaller) for photo in photos[: most // 100]]
    whose += [
        (photo, others[number * 7919 % len(others)])
        for number, photo in enumerate(photos)
        if number % 3
    ]
    faces = Face.objects.bulk_create(
        [_face(photo, person, number) for number, (photo, person) in enumerate(whose)],
        batch_size=BATCH,
    )
    unknown = Person.objects.bulk_create([Person(owner=owner) for _ in range(UNKNOWN)])
    strangers = Face.objects.bulk_create(
        [
            _face(photos[number * 7 % most], None, number)
            for number in range(UNKNOWN * FACES_OF_UNKNOWN)
        ],
        batch_size=BATCH,
    )
    training = Training.objects.create(
        owner=owner, embedding_model="made-up", is_current=True, finished_at=now
    )
    Guess.objects.bulk_create(
        [
            *(
                Guess(training=training, face=face, cluster_person_id=face.person_id)
                for face in faces
            ),
            *(
                Guess(training=training, face=face, cluster_person=unknown[number % UNKNOWN])
                for number, face in enumerate(strangers)
            ),
        ],
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself, some time later
    return largest, smaller


def _face(photo: "Photo", person: "Person | None", number: int) -> "Face":
    from django.utils import timezone

    from faces.models import Face

    now = timezone.now()
    return Face(
        photo=photo,
        person=person,
        labelled_at=now if person else None,
        left=0.1,
        top=0.1,
        **MADE_UP,
        quality=number * 7919 % 1000 / 1000,
        seen_at=now,
    )


def main() -> None:
    """Print a table and, as the last line, one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--faces", type=int, default=MOST_FACES, help="of the one person")
    asked = parser.parse_args()
    with installation() as kith:
        from django.test import Client

        largest, smaller = store(kith.owner, asked.people, asked.faces)
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(kith.owner)
        measured: dict[str, float] = {}
        more_queries = 0
        for name, address in OF_PERSON.items():
            measured[f"{name}, ms"], queries = _timed(client, address.format(pk=largest.pk))
            _, fewer = _timed(client, address.format(pk=smaller.pk))
            more_queries = max(more_queries, queries - fewer)
        for name, address in OF_PEOPLE.items():
            measured[f"{name}, ms"], _ = _timed(client, address)
        goals = dict.fromkeys(measured, GOAL_MS)
        measured["queries more for 100 times the faces"] = more_queries
        goals["queries more for 100 times the faces"] = ("<=", 0.0)
        print_results("people", measured, goals)


def _timed(client: Any, address: str) -> tuple[float, int]:
    """Return the median milliseconds of an answer, and how many queries one takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    asked = len(queries)
    assert answer.status_code == 200, (address, answer.status_code)
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), asked


if __name__ == "__main__":
    main()
