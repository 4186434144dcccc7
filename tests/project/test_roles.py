"""The doors: who gets in at every address, by every method.

``make doors`` prints the table. An address of the API that is not told of here fails.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image
from pytest_django import Settings
from rest_framework.test import APIClient

from faces.models import Evaluation, Face, Person
from photos.models import Library, Photo, Share
from project.jobs.models import Job
from tests.factories import (
    make_evaluation,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)
from tests.project.test_api import (
    METHODS,
    OPEN_TO_ALL,
    ROUTES,
    SIGNED,
    address,
    alices_rows,
    everything,
)

pytestmark = pytest.mark.django_db

# Alice owns; Bob may look, Dora also label; Charlie knows nobody; Erin runs the server.
ROLES = {
    "nobody": None,
    "stranger": "charlie",
    "viewer": "bob",
    "labeller": "dora",
    "owner": "alice",
    "staff": "erin",
}
# What each meets, in the order of the roles. «in»: let in, whatever the answer is.
DOORS = {
    # Alice's rows that are shared, or a list of them.
    "seen": ("shut", "404", "in", "in", "in", "404"),
    # Words about faces.
    "said": ("shut", "404", "403", "in", "in", "404"),
    # What is done with rows that are seen, and only their owner may do.
    "owned": ("shut", "404", "403", "403", "in", "404"),
    # The same, with ids of which those that are not there are passed over.
    "owned-many": ("shut", "in", "403", "403", "in", "in"),
    # Rows that nobody but their owner sees.
    "alone": ("shut", "404", "404", "404", "in", "404"),
    # About who asks; nothing of Alice's but for Alice.
    "own": ("shut", "in", "in", "in", "in", "in"),
    # For who runs the server.
    "staff": ("shut", "403", "403", "403", "403", "in"),
}
GONE = {"in", "404", "400"}

API = {
    "library-list": "get seen, post staff",
    "library-detail": "get seen, patch owned",
    "library-check": "post owned",
    "library-pictures": "post owned",
    "library-recognition": "get owned, post owned",
    "library-rescan": "post owned",
    "library-scan": "post owned",
    "share-list": "get owned, post owned",
    "share-detail": "delete owned, patch owned",
    "user-list": "get own",
    "photo-list": "get seen, post own",
    "photo-months": "get seen",
    "photo-rescan": "post owned-many",
    "photo-detail": "get seen",
    "photo-original": "get seen",
    "photo-preview": "get seen",
    "photo-thumbnail": "get seen",
    "upload-list": "get own, post own",
    "upload-detail": "delete alone, get alone, patch alone",
    "face-list": "get seen, post said",
    "face-confirm": "post said",
    "face-conflicts": "get own",
    "face-counts": "get seen",
    "face-dismiss": "post said",
    "face-groups": "get seen",
    "face-ids": "get seen",
    "face-label": "post said",
    "face-reject": "post said",
    "face-split": "post owned",
    "face-unassign": "post said",
    "face-detail": "delete said, get seen",
    "face-crop": "get seen",
    "face-similar": "get seen",
    "dismissal-list": "get seen",
    "dismissal-restore": "post said",
    "dismissal-detail": "get seen",
    "person-list": "get seen, post owned",
    "person-change-many": "post owned",
    "person-delete-many": "post owned",
    "person-likely": "get seen",
    "person-merge": "post owned",
    "person-preview-merge": "post owned",
    "person-detail": "delete owned, get seen, patch owned",
    "person-astray": "get owned",
    "person-company": "get seen",
    "person-forget": "get owned, post owned",
    "person-hide": "post owned",
    "person-months": "get seen",
    "person-photos": "get seen",
    "person-show": "post owned",
    "person-tell": "get owned",
    "group-list": "get own, post own",
    "group-detail": "delete alone, get alone, patch alone",
    "training-list": "get own, post own",
    "training-standing": "get own",
    "training-detail": "get alone",
    "evaluation-list": "get own, post own",
    "evaluation-detail": "get alone",
    "question-list": "get own",
    "question-answer": "post alone",
    "photo-search-list": "get seen",
    "photo-search-months": "get seen",
    "search-list": "get own, post own",
    "search-detail": "delete alone, get alone, patch alone",
    "event-list": "get seen",
    "event-detail": "get alone",
    "event-undo": "post alone",
    "engine-list": "get own",
    "engine-detail": "delete staff",
    "engine-prepare": "post staff",
    "engine-switch": "post staff",
    "names-write": "post owned",
    "token-list": "get own, post own",
    "token-detail": "delete alone",
    "job-list": "get own",
    "job-detail": "get alone",
    "job-cancel": "post alone",
    "job-items": "get alone",
    "job-log": "get alone",
    "job-pause": "post alone",
    "job-resume": "post alone",
    "job-retry": "post alone",
    "job-retry-item": "post alone",
    "changes": "get seen",
    "settings": "get own, patch staff",
    "export": "get own",
    "imports": "post alone",
    "merging": "get own, put own",
    "audit": "get staff",
    "night": "post staff",
    "schema": "get own",
    "docs": "get own",
}
PAGES = {
    "metrics": "get staff",
    "jobs:list": "get own",
    "jobs:job": "get alone",
    "photos:settings": "get own, post staff",
    "photos:change-settings": "post staff",
    "photos:rescan-now": "post staff",
    "photos:world": "post seen",
    "photos:timeline": "get own",
    "photos:photo": "get seen",
    "faces:dashboard": "get own",
    "faces:people": "get own",
    "faces:person": "get seen",
    "faces:similar": "get seen",
    "faces:engines": "get own, post staff",
    "faces:train-now": "post own",
    "faces:questions": "get own, post own",
    "faces:search": "get own",
    "faces:history": "get own, post alone",
    "faces:evaluation": "get own, post own",
}
# Whoever asks, signed in or not: there is nothing of anybody to see.
OPEN = OPEN_TO_ALL | {"healthz", "readyz"}

# They describe secrets, and tell none.
WORDS = {"api:schema", "api:docs"}

KNOCKS = [
    (f"{space}{name}", *told.split())
    for space, doors in (("api:", API), ("", PAGES))
    for name, methods in doors.items()
    for told in methods.split(", ")
]
met: dict[tuple[str, str], tuple[str, ...]] = {}


def body(name: str, ids: dict[str, int | str]) -> dict[str, Any]:
    """Return what is asked for: enough that it is about Alice's rows."""
    faces = {"faces": [ids["face"]]}
    bodies: dict[str, dict[str, Any]] = {
        "api:share-list": {"user": "charlie", "role": "viewer"},
        "api:share-detail": {"role": "labeller"},
        "api:library-detail": {"reads_names": True},
        "api:library-recognition": {"on": True},
        "api:photo-rescan": {"photos": [ids["photo"]]},
        "api:face-list": {
            "photo": ids["photo"],
            "box": {"left": 0.6, "top": 0.6, "width": 0.3, "height": 0.3},
        },
        "api:face-label": faces | {"name": "Secret Ann"},
        "api:face-reject": faces | {"person": ids["person"]},
        "api:face-split": faces | {"person": ids["person"]},
        "api:face-confirm": faces,
        "api:face-unassign": faces,
        "api:face-dismiss": faces,
        "api:dismissal-restore": {"dismissals": [ids["dismissal"]]},
        "api:person-list": {"name": "Eve"},
        "api:person-change-many": {"people": [ids["person"]], "is_hidden": True},
        "api:person-delete-many": {"people": [ids["person"]]},
        "api:person-merge": {"people": [ids["person"]], "into": ids["person"]},
        "api:person-preview-merge": {"people": [ids["person"]], "into": ids["person"]},
        "api:names-write": {"library": ids["library"]},
        "api:imports": {
            "library": ids["library"],
            "program": "immich",
            "file": SimpleUploadedFile("export.json", b"{}"),
        },
        "faces:history": {"event": ids["event"]},
        "photos:world": {"owner": Library.objects.get(pk=ids["library"]).owner_id},
    }
    return bodies.get(name, {"name": "Eve"})


def query(name: str, ids: dict[str, int | str]) -> str:
    """Return the part of an address that says whose, where it takes that."""
    owner = Library.objects.get(pk=ids["library"]).owner_id
    if not name.startswith("api:"):
        return ""
    if name == "api:person-likely":
        return f"?owner={owner}&faces={ids['face']}"
    return f"?owner={owner}"


@pytest.fixture
def ids(settings: Settings, tmp_path: Path) -> dict[str, int | str]:
    """Alice's rows, in a library that Bob and Dora see; and others that they must not."""
    settings.MEDIA_ROOT = tmp_path / "media"
    ids = alices_rows()
    library = Library.objects.get(pk=ids["library"])
    Library.objects.update(path=str(tmp_path / "secret"))
    (tmp_path / "secret").mkdir()
    Image.new("RGB", (600, 400), "green").save(tmp_path / "secret" / "secret.jpg")
    photo, face = Photo.objects.get(pk=ids["photo"]), Face.objects.get(pk=ids["face"])
    for picture in (photo.thumbnail_name, face.crop_name):
        default_storage.save(picture, ContentFile(b"picture"))
    Job.objects.update(parameters={"library": library.pk})
    Evaluation.objects.update(report=make_evaluation().report)
    Share.objects.create(library=library, user=make_user("dora"), role="labeller")
    zoe, ann = make_person("Zanzibar Zoe"), Person.objects.get(pk=ids["person"])
    unshared = make_photo(make_library(), path="zanzibar.jpg")
    make_face(unshared, person=zoe)
    ann.cover = make_face(unshared, person=ann, quality=1.0)
    ann.aliases = ["Zanzibar Nan"]
    ann.save()
    guess = make_guess(make_face(photo), classified=ann)
    guess.runner_up = zoe
    guess.save()
    return ids


def client_of(role: str) -> APIClient:
    """Return a client of who has a role."""
    client = APIClient()
    name = ROLES[role]
    if name:
        client.force_login(make_user(name, is_staff=role == "staff"))
    return client


def knock(
    client: APIClient, method: str, name: str, ids: dict[str, int | str]
) -> tuple[str, bytes]:
    """Return what is met at an address, and the answer; nothing that is done stays."""
    place = address(name, dict(ROUTES)[name], ids) + query(name, ids)
    form = "multipart" if name == "api:imports" or not name.startswith("api:") else "json"
    with transaction.atomic():
        if method == "get":
            answer = client.get(place)
        else:
            answer = getattr(client, method)(place, body(name, ids), format=form)
        told = b"".join(answer)
        transaction.set_rollback(True)
    status = answer.status_code
    if status == 302 and answer["Location"].startswith("/login/"):
        return "shut", told
    if status in (401, 403) and "sessionid" not in client.cookies:
        return "shut", told
    assert status < 500 and status != 405, (name, method, status, told[:300])
    return str(status) if status in (403, 404) else "in", told


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Print who gets in where, once all have knocked; with ``-s`` it is to be seen."""
    yield
    heads = f"{'address':32}{'method':8}" + "".join(f"{role:10}" for role in ROLES)
    rows = (
        f"{name:32}{method:8}" + "".join(f"{each:10}" for each in seen)
        for (name, method), seen in met.items()
    )
    sys.stdout.write("\n".join(["", heads, *rows, ""]))


@pytest.mark.parametrize(("name", "method", "door"), KNOCKS, ids=[" ".join(k) for k in KNOCKS])
def test_everybody_meets_what_is_told(
    ids: dict[str, int | str], name: str, method: str, door: str
) -> None:
    seen, wrong = [], {}
    for role, expected in zip(ROLES, DOORS[door], strict=True):
        client = client_of(role)
        before = everything()
        found, told = knock(client, method, name, ids)
        seen.append(found)
        if found != expected and not (door == "staff" and role == "staff" and found in GONE):
            wrong[role] = (found, expected, told[:200])
        if role in ("nobody", "stranger", "staff") and name not in WORDS:
            assert b"ecret" not in told, role
        if role != "owner":
            assert b"anzibar" not in told, role
        assert everything() == before
    met[name, method] = tuple(seen)
    assert not wrong


def told_methods() -> Iterator[tuple[str, set[str]]]:
    """Yield every address of the API with the methods that it takes."""

    def walk(patterns: Any, space: str = "") -> Iterator[tuple[str, set[str]]]:
        for each in patterns:
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, each.namespace or space)
            elif isinstance(each, URLPattern) and each.name and space == "api":
                actions = getattr(each.callback, "actions", None)
                view = getattr(each.callback, "cls", None)
                methods = set(actions or [one for one in METHODS if hasattr(view, one)])
                taken = view.http_method_names if view else METHODS
                yield each.name, methods & set(METHODS) & set(taken)

    return walk(get_resolver().url_patterns)


def test_every_address_of_the_api_is_told_of_with_its_methods() -> None:
    told = {name: {each.split()[0] for each in doors.split(", ")} for name, doors in API.items()}
    there = dict(told_methods())
    assert told == there, "Say in API above who gets in at a new address."


def test_every_page_is_told_of() -> None:
    pages = {name for name, _ in ROUTES if not name.startswith("api:")}
    assert pages == set(PAGES) | OPEN | SIGNED, "Say in PAGES above who gets in at a new page."
