"""How quickly photos are found by the people in them, among a million faces.

``python -m benchmarks.search [FACES]``: makes so many faces in photos of two or three, people with
up to a twentieth of them, and guesses for those without a label; then asks the API as a browser
does, once for each question to warm up and then several times. Times are to the first byte.
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.installation import installation
from benchmarks.results import print_results
from benchmarks.stored import store_copies

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

FACES = 1_000_000
FACES_IN_PHOTO = 2.5
PEOPLE = 2_000
# Shares of the faces: Ann's, Ben's and Cleo's, of all who have a name, and of all with a guess.
ANN, BEN, CLEO, NAMED, GUESSED = 0.05, 0.10, 0.13, 0.6, 0.8
TIMES = 15
FIRST_BYTE_MS = 150


@dataclass(frozen=True)
class Made:
    """The people who are asked for."""

    ann: int
    ben: int
    cleo: int


def make_library(owner: "User", faces: int) -> Made:
    """Write photos, faces, labels and guesses, each in one statement of PostgreSQL's own."""
    from django.db import connection
    from django.utils import timezone

    from faces.models import Face, Guess, Person, Training
    from photos.models import Library, Photo

    now = timezone.now()
    photos = int(faces / FACES_IN_PHOTO)
    library = Library.objects.create(owner=owner, name="Made up", path="/made-up")
    photo = Photo.objects.create(
        library=library, path="0.jpg", size=1, modified_ns=1, width=4000, height=3000,
        state=Photo.State.SCANNED, scanned_at=now,
    )  # fmt: skip
    training = Training.objects.create(owner=owner, embedding_model="made-up", is_current=True)
    people = Person.objects.bulk_create(
        Person(owner=owner, name=f"Person {number}") for number in range(PEOPLE)
    )
    face = Face.objects.create(
        photo=photo, left=0.1, top=0.1, width=0.1, height=0.1, detector="made-up",
        detector_score=1, size_px=300, sharpness=300, exposure=0.9, quality=0.9, seen_at=now,
    )  # fmt: skip
    guess = Guess.objects.create(training=training, face=face)
    first = people[0].pk
    # Few of the others have many faces, and many have few.
    other = f"{first} + 3 + floor({PEOPLE - 4} * power(random(), 3))"
    connection.cursor().execute("SELECT setseed(0.5)")
    store_copies(
        photo,
        photos,
        path="number || '.jpg'",
        taken_at="CASE WHEN mod(number, 50) > 0 THEN timestamptz '2004-01-01' + number * "
        f"interval '20 years' / {photos} END",
    )
    store_copies(
        face,
        faces,
        photo_id=f"{photo.pk} + 1 + floor(random() * {photos - 1})",
        person_id=f"CASE WHEN share < {ANN} THEN {first} WHEN share < {BEN} THEN {first + 1} "
        f"WHEN share < {CLEO} THEN {first + 2} WHEN share < {NAMED} THEN {other} END",
    )
    store_copies(
        guess,
        int(faces * (GUESSED - NAMED)),
        rows="(SELECT id AS number, random() AS share FROM faces_face WHERE person_id IS NULL "
        f"AND id > {face.pk} LIMIT %s) AS made",
        face_id="number",
        class_person_id=f"CASE WHEN share < {ANN} THEN {first} ELSE {other} END",
        class_probability="random()",
    )
    # A session that fires no triggers has not counted along.
    connection.cursor().execute("SELECT faces_tally_anew(%s)", [owner.pk])
    connection.cursor().execute("VACUUM ANALYZE")  # as PostgreSQL does by itself within a minute
    return Made(first, first + 1, first + 2)


def questions(made: Made) -> dict[str, str]:
    """Return the addresses that are asked for."""
    ann, ben, cleo = made.ann, made.ben, made.cleo
    search, both = "/api/search/photos/", f"?all={ann},{ben}&none={cleo}"
    return {
        "A and B, not C": f"{search}{both}",
        "A and B, not C, months": f"{search}months/{both}",
        "A and B, not C, with guesses": f"{search}{both}&guesses=true&min_probability=0.5",
        "A or B in a year": f"{search}?any={ann},{ben}&taken_from=2010-01-01&taken_to=2010-12-31",
        "only A and B": f"{search}?all={ann},{ben}&only=true",
        "everything of A": f"{search}?all={ann}",
        "not C": f"{search}?none={cleo}",
        "A with unnamed faces": f"{search}?all={ann}&unnamed=true",
        "A with 4 faces or more": f"{search}?all={ann}&faces_min=4",
        "timeline, a month": "/api/photos/?shown=true&sort=taken&month=2015-06",
        "timeline, months": "/api/photos/months/",
    }


def ask(client: "APIClient", address: str) -> tuple[float, int]:
    """Return how long an answer takes, in ms, and how many queries it needs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(address)
    asked = len(queries)
    assert answer.status_code == 200, answer.content
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), asked


def main() -> None:
    """Make the library, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=int, nargs="?", default=FACES)
    faces = parser.parse_args().faces
    measured: dict[str, float] = {"faces": faces}
    with installation() as place:
        from rest_framework.test import APIClient

        made = make_library(place.owner, faces)
        client = APIClient(HTTP_HOST="localhost")
        client.force_login(place.owner)
        for question, address in questions(made).items():
            took, queries = ask(client, address)
            measured |= {f"{question}: ms": took, f"{question}: queries": queries}
    key = "A and B, not C: ms"
    print_results("search", measured, {key: ("<=", FIRST_BYTE_MS)})


if __name__ == "__main__":
    main()
