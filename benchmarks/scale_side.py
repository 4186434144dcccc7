"""One side of ``make bench-scale``: a library of some size, and what is measured there.

``python -m benchmarks.scale_side HOME …`` is told on its standard input what to measure, a line of
JSON each, and answers with a line each: Django knows one database in its life, and the two sides
are to be asked in turn.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.crowd import Crowd, looks_from, store_crowd
from benchmarks.installation import Installation, installation

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BUILT = "built.json"  # in the folder of a library that is whole
SECOND_OWNER = "second"
SMALL = Crowd(faces=2_000, people=100, photos=800)  # the library of the second owner
FIRST_FACES = 120  # that the dashboard asks for at once
TABS_OF_CARDS = ("unknown", "hidden")
TABS_BY_PERSON = ("labelled", "inferred", *TABS_OF_CARDS)
TABS_TOGETHER = ("unassigned", "doubtful")


class Side:
    """A library that is there, and a browser that is signed in."""

    def __init__(self, place: Installation) -> None:
        from django.test import Client

        self.place = place
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

    def _post(self, address: str, body: object) -> Any:
        answer = self.browser.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, (address, answer.content[:200])
        return answer


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
