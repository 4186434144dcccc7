"""What all parts of the API share: cursors, and who gets what at every address."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from rest_framework.test import APIClient

from faces.models import Dismissal, Evaluation, Face, LabelEvent, Person, SavedSearch, Training
from photos.models import Library, Photo, Share, Upload
from project.accounts.tokens import make_token
from project.jobs.models import Job, JobItem
from tests.faces.api.test_faces import all_pages
from tests.factories import (
    make_face,
    make_group,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_question,
    make_training,
    make_user,
)
from tests.problems import fields_of

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "patch", "put", "delete")
OPEN_TO_ALL = {
    "healthz", "readyz", "login", "logout", "welcome", "words", "oidc-login", "oidc-callback"
}  # fmt: skip
# Whoever was given an address may look, and nobody can make one up: tests/project/test_images.py.
SIGNED = {"image"}
# What belongs to nobody: all may see it, and staff alone may change it.
OF_THE_INSTALLATION = {f"api:engine-{name}" for name in ("list", "detail", "prepare", "switch")}
# What is the same for every user, or for staff alone.
WITHOUT_ROWS = {"metrics", "api:schema", "api:docs", "api:night", "api:audit"}


def cursor_of(values: Any) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_paging_ends_after_the_last_row_without_repeats(alice: APIClient, limit: int) -> None:
    photos = [make_photo().pk for _ in range(7)]
    shown = [photo["id"] for photo in all_pages(alice, f"/api/photos/?limit={limit}")]
    assert shown == photos[::-1]


def test_rows_that_come_while_paging_do_not_repeat_others(alice: APIClient) -> None:
    photos = [make_photo().pk for _ in range(4)]
    first = alice.get("/api/photos/?limit=2").json()
    make_photo()
    second = alice.get(first["next"]).json()
    assert [photo["id"] for photo in second["results"]] == photos[1::-1]


def test_the_next_page_keeps_the_filter(alice: APIClient) -> None:
    library = make_library()
    wanted = [make_photo(library).pk for _ in range(3)]
    make_photo()
    shown = all_pages(alice, f"/api/photos/?limit=1&library={library.pk}")
    assert [photo["id"] for photo in shown] == wanted[::-1]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "\x00",
        "////",
        urlsafe_b64encode(b"\xff\xfe").decode(),
        urlsafe_b64encode(b"[" * 5000).decode(),
        urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode(),
        cursor_of(None),
        cursor_of(7),
        cursor_of([]),
        cursor_of([1, 2]),
        cursor_of(["1"]),
        cursor_of([True]),
        cursor_of([None]),
        cursor_of([{"id": 1}]),
        cursor_of([float("inf")]),
        cursor_of([float("-inf")]),
        cursor_of([float("nan")]),
        cursor_of([10**30]),
    ],
    ids=range(19),
)
def test_a_bad_cursor_is_refused(alice: APIClient, cursor: str) -> None:
    make_photo()
    answer = alice.get("/api/photos/", {"cursor": cursor})
    assert answer.status_code == 400
    assert fields_of(answer) == ["cursor"]


@pytest.mark.parametrize("sort", ["person", "probability", "date"])
@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400, -(10**30), 1.5])
def test_no_number_in_a_cursor_is_an_error_of_the_server(
    alice: APIClient, sort: str, number: float
) -> None:
    make_face()
    columns = {"person": 4, "probability": 2, "date": 2}[sort]
    cursor = cursor_of([number] * columns)
    answer = alice.get("/api/faces/", {"cursor": cursor, "sort": sort})
    assert answer.status_code == (200 if number == 1.5 else 400)


def routes(patterns: Any = None, space: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield (name, arguments) of every address of the pages and the API, but the admin's."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern).startswith("admin/"):
                continue
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name, list(pattern.pattern.regex.groupindex)


ROUTES = sorted({name: arguments for name, arguments in routes()}.items())
CLOSED = [(name, arguments) for name, arguments in ROUTES if name not in OPEN_TO_ALL | SIGNED]


def alices_rows() -> dict[str, int | str]:
    """Make a row of every kind for Alice; return an id for the name of each address."""
    owner = make_user()
    library, ann = make_library(path="/secret/folder"), make_person("Secret Ann")
    photo = make_photo(library, path="secret.jpg")
    make_guess(make_face(photo), classified=ann, cluster=make_person(""))
    job = Job.objects.create(kind=Job.Kind.SCAN, scope="secret", requested_by=owner)
    item = JobItem.objects.create(job=job, name="secret.jpg", reason="secret", outcome="failed")
    return {
        "library": library.pk,
        "photo": photo.pk,
        "face": make_face(photo, person=ann).pk,
        "person": ann.pk,
        "group": make_group(ann, name="Secret Family").pk,
        "training": (Training.objects.first() or make_training()).pk,
        "evaluation": Evaluation.objects.create(owner=owner, embedding_model="Secret").pk,
        "job": job.pk,
        "item": item.pk,
        "dismissal": Dismissal.objects.create(
            photo=photo, left=0.1, top=0.1, width=0.1, height=0.1
        ).pk,
        "event": LabelEvent.objects.create(
            owner=owner,
            verb="change-person",
            details={
                "person": 0,
                "name": "Secret Ann",
                "before": {"name": "Secret"},
                "after": {"name": "Secret Ann"},
            },
        ).pk,
        "search": SavedSearch.objects.create(owner=owner, name="Secret Ann").pk,
        "question": make_question(ann, make_person("")).pk,
        "upload": Upload.objects.create(owner=owner, name="secret.jpg", size=5).pk,
        "token": make_token(
            user=owner,
            name="Secret phone",
            scopes=["read"],
            expires_at=timezone.now() + timedelta(days=1),
        )[0].pk,
        "share": Share.objects.create(library=library, user=make_user("bob")).pk,
        "engine": "dlib-cnn",  # nobody's; of Alice's rows it tells nothing
    }


def address(name: str, arguments: list[str], ids: dict[str, int | str]) -> str:
    if not arguments:
        return reverse(name)
    kind = name.rpartition(":")[2].partition("-")[0]
    # What is called by no kind of row, is the row that the address is of.
    return reverse(name, args=[ids[each] if each in ids else ids[kind] for each in arguments])


def everything() -> list[Any]:
    models: tuple[Any, ...] = (Library, Photo, Face, Person, Training, Evaluation, Job, LabelEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_the_addresses_are_all_there() -> None:
    names = {name for name, _ in ROUTES}
    for resource in ("library", "photo", "face", "person", "training", "job"):
        assert {f"api:{resource}-list", f"api:{resource}-detail"} <= names
    assert {"faces:dashboard", "photos:settings", "jobs:list", "api:face-crop"} <= names


@pytest.mark.parametrize(("name", "arguments"), CLOSED, ids=[name for name, _ in CLOSED])
def test_nobody_gets_anything_without_signing_in(name: str, arguments: list[str]) -> None:
    place = address(name, arguments, alices_rows())
    before = everything()
    for method in METHODS:
        answer = getattr(Client(), method)(place)
        assert answer.status_code in (302, 401, 403), method
        if answer.status_code == 302:
            assert answer["Location"].startswith(reverse("login"))
        assert b"ecret" not in answer.content
    assert everything() == before


@pytest.mark.parametrize(("name", "arguments"), CLOSED, ids=[name for name, _ in CLOSED])
def test_a_stranger_gets_none_of_alices_rows(
    charlie: APIClient, name: str, arguments: list[str]
) -> None:
    place = address(name, arguments, alices_rows())
    before = everything()
    answer = charlie.get(place)
    assert b"ecret" not in b"".join(answer)
    if name in OF_THE_INSTALLATION:
        for method in METHODS[1:]:
            answer = getattr(charlie, method)(place, {"name": "dlib-cnn"}, format="json")
            assert answer.status_code in (403, 405), method
    elif arguments:
        # 405 for addresses that only take a POST.
        assert answer.status_code in (404, 405)
    elif name.startswith("api:") and name.endswith("-list"):
        assert answer.json() == {"next": None, "results": []}
    elif name not in WITHOUT_ROWS:
        # 400 for those that need to be told about whom.
        assert answer.status_code in (200, 400, 405)
    if arguments and name not in OF_THE_INSTALLATION:
        for method in METHODS[1:]:
            answer = getattr(charlie, method)(place, {"name": "Eve"}, format="json")
            assert answer.status_code in (404, 405), method
    assert everything() == before
