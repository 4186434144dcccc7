"""One side of ``make bench-scale``: a library of some size, and what is measured there.

``python -m benchmarks.scale_side HOME …`` is told on its standard input what to measure, a line of
JSON each, and answers with a line each: Django knows one database in its life, and the two sides
are to be asked in turn.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.crowd import Crowd, looks_from, store_crowd
from benchmarks.installation import Installation, installation
from benchmarks.libraries import MODEL
from benchmarks.placing import make_indexes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BUILT = "built.json"  # in the folder of a library that is whole
SECOND_OWNER = "second"
SMALL = Crowd(faces=2_000, people=100, photos=800)  # the library of the second owner
SIMILAR = 10  # faces that are most like one
MB = 1 << 20
FIRST_FACES = 120  # that the dashboard asks for at once
TABS_OF_CARDS = ("unknown", "hidden")
TABS_BY_PERSON = ("labelled", "inferred", *TABS_OF_CARDS)
TABS_TOGETHER = ("unassigned", "doubtful")


class Side:
    """A library that is there, and a browser that is signed in."""

    def __init__(self, place: Installation) -> None:
        from django.test import Client

        self.place = place
        self.random = np.random.default_rng(0)
        self.browser = Client(headers={"host": "127.0.0.1"})
        self.browser.force_login(place.owner)
        self.addresses = self._addresses()

    def names(self) -> list[str]:
        """Return what can be asked for."""
        return list(self.addresses)

    def ask(self, name: str, times: int) -> list[float]:
        """Return how long each of several answers takes, in ms."""
        address = self.addresses[name]
        took = []
        for _ in range(times):
            began = time.perf_counter()
            answer: Any = self.browser.get(address)
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (address, answer.status_code)
        return took

    def _addresses(self) -> dict[str, str]:
        """Return what a browser asks for, page by page."""
        from django.db.models import Count

        from faces.models import Face, Person
        from faces.queries import FaceFilter, counted_groups

        mine = Person.objects.filter(owner=self.place.owner)
        seen = list(
            mine.exclude(name="")
            .annotate(faces_said=Count("faces"))
            .order_by("-faces_said", "pk")
            .values_list("pk", flat=True)
        )
        largest, usual, third = seen[0], seen[len(seen) // 20], seen[2]
        photo = Face.objects.filter(person=usual).values_list("photo", flat=True)[0]
        asked = {"dashboard": "/"}
        for tab in TABS_BY_PERSON:
            (first, _), *_ = counted_groups(self.place.owner, FaceFilter(tab=tab))
            # Unknown people are cards; of one of them the faces are shown.
            one = f"&person={first}" if tab in TABS_OF_CARDS else ""
            listed = f"tab={tab}&method=classification{one}&sort=probability"
            asked |= {
                f"dashboard, {tab}": f"/?tab={tab}",
                f"{tab}: groups": f"/api/faces/groups/?{listed}",
                f"{tab}: faces": f"/api/faces/?{listed}&people={first}&limit={FIRST_FACES}",
            }
        for tab in TABS_TOGETHER:
            listed = f"tab={tab}&method=classification&sort=date"
            asked |= {
                f"dashboard, {tab}": f"/?tab={tab}",
                f"{tab}: counts": f"/api/faces/counts/?{listed}",
                f"{tab}: faces": f"/api/faces/?{listed}&limit={FIRST_FACES}",
            }
        search = f"?all={largest},{third}"
        together = f"method=classification&sort=probability&limit={FIRST_FACES}"
        return asked | {
            "labelled: together": f"/api/faces/?tab=labelled&{together}",
            "inferred: together": f"/api/faces/?tab=inferred&{together}",
            "dashboard, dismissed": "/?tab=dismissed",
            "dismissed: faces": "/api/dismissals/?limit=100",
            "unknown: people": "/api/people/?kind=unknown&hidden=false&limit=100",
            "hidden: people": "/api/people/?kind=unknown&hidden=true&limit=100",
            "train button": "/api/trainings/standing/",
            "people": "/people/",
            "people by name": "/api/people/?kind=named&hidden=false&sort=name&limit=100",
            "people by count": "/api/people/?kind=named&hidden=false&sort=count&limit=100",
            "people by recent": "/api/people/?kind=named&hidden=false&sort=recent&limit=100",
            "people found by name": "/api/people/?kind=named&q=son 19&limit=50",
            **_of_person("person", usual),
            **_of_person("largest person", largest),
            "timeline": "/photos/",
            "timeline: months": "/api/photos/months/?shown=true&sort=taken",
            "timeline: a month": "/api/photos/?shown=true&sort=taken&month=2015-06&limit=100",
            "photo": f"/photos/{photo}/",
            "photo: faces": f"/api/faces/?photo={photo}&limit=500",
            "search": "/search/",
            "search: photos": f"/api/search/photos/{search}",
            "search: months": f"/api/search/photos/months/{search}",
            "history": "/history/",
            "questions": "/questions/",
            "questions: first": "/api/questions/?limit=10",
            "evaluation": "/evaluation/",
            "settings": "/settings/",
            "jobs": "/jobs/",
        }

    def label(self, count: int, times: int) -> list[float]:
        """Return how long it takes to label so many faces, in ms; then they are free again."""
        from faces.models import Face, Person

        free = Face.objects.filter(photo__library__owner=self.place.owner, person=None)
        faces = list(free.order_by("pk").values_list("pk", flat=True)[:count])
        person = Person.objects.filter(owner=self.place.owner, name__gt="").order_by("pk")[0]
        took = []
        for _ in range(times):
            began = time.perf_counter()
            self._post("/api/faces/label/", {"faces": faces, "person": person.pk})
            took.append((time.perf_counter() - began) * 1000)
            self._post("/api/faces/unassign/", {"faces": faces})
        return took

    def index(self) -> float:
        """Make the indexes of similar faces; return the seconds that it takes."""
        began = time.perf_counter()
        make_indexes(MODEL)
        return time.perf_counter() - began

    def similar(self, times: int) -> list[float]:
        """Return how long it takes to find the faces that are most like one, in ms."""
        from faces.arrays import nearest_faces

        took = []
        for vector in self._some_vectors(times):
            began = time.perf_counter()
            nearest_faces(self.place.owner.pk, MODEL, vector[None], SIMILAR)
            took.append((time.perf_counter() - began) * 1000)
        return took

    def similar_page(self, times: int) -> list[float]:
        """Return how long the API takes to answer the same, in ms."""
        took = []
        for face in self._some_faces(times):
            began = time.perf_counter()
            answer: Any = self.browser.get(f"/api/faces/{face}/similar/")
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.content[:200]
        return took

    def recall(self, count: int) -> float:
        """Return the share of the truly nearest faces that are found, over so many questions."""
        from faces.arrays import load_faces, nearest_faces

        vectors = self._some_vectors(count)
        everybody = load_faces(self.place.owner.pk, MODEL)
        found, _ = nearest_faces(self.place.owner.pk, MODEL, vectors, SIMILAR)
        alike = vectors @ everybody.embeddings.T
        true = everybody.faces[np.argsort(-alike, axis=1)[:, :SIMILAR]]
        right = [len(set(row) & set(near)) for row, near in zip(true, found, strict=True)]
        return sum(right) / (SIMILAR * count)

    def train(self) -> list[float]:
        """Press Train; return the seconds that it takes, and the most memory so far, in MB."""
        from faces.actions.training import TrainingParameters, train

        began = time.perf_counter()
        train(owner=self.place.owner, parameters=TrainingParameters(MODEL), report=_say_nothing)
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return [time.perf_counter() - began, peak_kb / 1024]

    def place_one(self, times: int) -> list[float]:
        """Return how long it takes to place a new face, in ms; it is gone afterwards."""
        from django.utils import timezone

        from faces.actions.placing import place_new_faces
        from faces.models import Embedding, Face

        took = []
        for like in Face.objects.filter(pk__in=self._some_faces(times)).order_by("pk"):
            said = Embedding.objects.get(face=like)
            like.pk, like.person, like.labelled_at, like.seen_at = None, None, None, timezone.now()
            like.save()
            owner = self.place.owner
            Embedding.objects.create(face=like, owner=owner, model=MODEL, vector=said.vector)
            began = time.perf_counter()
            placed = place_new_faces(owner=owner, report=_say_nothing)
            took.append((time.perf_counter() - began) * 1000)
            assert placed, "the new face was not placed"
            like.delete()
        return took

    def sizes(self) -> dict[str, float]:
        """Return what lies on the disk, in MB, and memory: PostgreSQL's own and this process'."""
        from django.db import connection

        from faces.models import Embedding, Face, Guess
        from photos.models import Photo

        found: dict[str, float] = {}
        for model in (Photo, Face, Embedding, Guess):
            table = model._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_table_size(%s), pg_indexes_size(%s)", [table, table])
                rows, indexes = cursor.fetchone()
            found |= {f"{table}, MB": rows / MB, f"{table}, indexes, MB": indexes / MB}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database()), pg_backend_pid()")
            whole, backend = cursor.fetchone()
        servers = psutil.Process(backend).parent()
        processes = [servers, *servers.children()] if servers else []
        found["database, MB"] = whole / MB
        found["PostgreSQL's memory, MB"] = sum(_own_memory(each) for each in processes) / MB
        found["a web process' memory, MB"] = psutil.Process().memory_info().rss / MB
        return found

    def _some_faces(self, count: int) -> list[int]:
        """Return faces of the owner, others each time."""
        from django.db.models import Max, Min

        from faces.models import Embedding

        mine = Embedding.objects.filter(owner=self.place.owner, model=MODEL)
        ends = mine.aggregate(first=Min("face"), last=Max("face"))
        numbers = self.random.integers(ends["first"], ends["last"], 4 * count).tolist()
        there = mine.filter(face__in=numbers).values_list("face", flat=True)
        return list(there[:count])

    def _some_vectors(self, count: int) -> NDArray[np.float32]:
        from faces.models import Embedding

        faces = self._some_faces(count)
        found = Embedding.objects.filter(face__in=faces, model=MODEL)
        return np.array([each.vector for each in found], dtype=np.float32)

    def _post(self, address: str, body: object) -> Any:
        answer = self.browser.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, (address, answer.content[:200])
        return answer


def _say_nothing(*_: object) -> None:
    """Take a report of how far something is."""


def _own_memory(process: psutil.Process) -> float:
    """Return the bytes of a process; of what several share, its part."""
    return float(process.memory_full_info().pss)


def _of_person(name: str, pk: int) -> dict[str, str]:
    """Return what the page of a person asks for."""
    return {
        name: f"/people/{pk}/",
        f"{name}: months": f"/api/people/{pk}/photos/months/",
        f"{name}: photos": f"/api/people/{pk}/photos/?limit=100",
        f"{name}: company": f"/api/people/{pk}/company/",
        f"{name}: astray": f"/api/people/{pk}/astray/",
        f"{name}: faces": f"/api/faces/?tab=labelled&person={pk}&sort=date&limit={FIRST_FACES}",
        f"{name}: more": f"/api/faces/?tab=inferred&person={pk}&sort=probability"
        f"&limit={FIRST_FACES}",
    }


def build(place: Installation, size: Crowd, matrices: Path | None) -> None:
    """Write the libraries of both owners, unless they are there."""
    if (place.home / BUILT).exists():
        return
    looks = looks_from(matrices)
    store_crowd(place.owner, looks, size)
    store_crowd(second_owner(), looks, SMALL, seed=1)
    (place.home / BUILT).write_text(json.dumps(size.__dict__))


def second_owner() -> "User":
    """Return somebody else with a library in the same database."""
    from django.contrib.auth.models import User

    return User.objects.get_or_create(username=SECOND_OWNER)[0]


def main() -> None:
    """Build what is not there, then do what is asked, line by line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale_side")
    parser.add_argument("home", type=Path)
    parser.add_argument("--matrices", type=Path)
    for name in ("faces", "people", "photos"):
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr
    os.environ["KITH_API_RATE"] = "0"  # the same user asks without a pause
    with installation(asked.home) as place:
        build(place, Crowd(asked.faces, asked.people, asked.photos), asked.matrices)
        side = Side(place)
        print(json.dumps(side.names()), file=answers, flush=True)
        for line in sys.stdin:
            what, arguments = json.loads(line)
            print(json.dumps(getattr(side, what)(*arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
