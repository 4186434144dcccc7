"""Whatever is asked of the API, by the book or against it, the answer is as the schema says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client, override_settings
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from faces.models import Evaluation
from photos.actions.uploading import begin_upload
from project.jobs.models import Job
from tests.factories import make_evaluation, make_user
from tests.project.test_api import alices_rows

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SET_BY_BROWSER = {"Content-Type", "Content-Length", "Cookie", "Authorization"}
# By the first word of an address, the kind of row that its «id» is of.
KINDS = {
    "people": "person",
    "libraries": "library",
    "searches": "search",
}
# Names of inputs that are ids, and of what.
IDS = {
    "faces": "face", "left_out": "face", "cover": "face", "people": "person", "person": "person",
    "into": "person", "add": "person", "remove": "person", "all": "person", "any": "person",
    "none": "person", "photo": "photo", "photos": "photo", "library": "library", "group": "group",
    "dismissals": "dismissal", "training": "training",
}  # fmt: skip

GENERATOR: Any = SchemaGenerator
SCHEMA: Any = schemathesis.openapi.from_dict(GENERATOR().get_schema(request=None, public=True))
OPERATIONS: dict[str, Any] = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> Iterator[None]:
    """Whatever is sent stays in the test's folder."""
    with override_settings(UPLOADS_ROOT=tmp_path / "uploads", MEDIA_ROOT=tmp_path / "media"):
        yield


def signed_in(name: str, *, staff: bool) -> Client:
    """Return the browser of somebody who is signed in."""
    user = make_user(name)
    user.is_staff = staff
    user.save()
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    return browser


def send(browser: Client, case: Any) -> Response:
    """Send what was made up, through all of Django but its sockets."""
    made = case.as_transport_kwargs(base_url="http://testserver")
    for not_of_requests in ("timeout", "verify"):
        made.pop(not_of_requests, None)
    request: Any = requests.Request(**made).prepare()
    headers = {k: v for k, v in request.headers.items() if k not in SET_BY_BROWSER}
    body = request.body or b""
    answer: Any = browser.generic(
        request.method,
        request.url.removeprefix("http://testserver"),
        body.encode() if isinstance(body, str) else body,
        content_type=request.headers.get("Content-Type", ""),
        headers=headers,
    )
    content = b"".join(answer) if answer.streaming else answer.content
    return Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.items()},
        content=content,
        request=request,
        elapsed=0.0,
        verify=False,
    )


@contextmanager
def undone() -> Iterator[None]:
    """Let nothing stay of what a request has done, so that the next one finds the rows."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def rows() -> dict[str, Any]:
    """Make rows of every kind, as whole as Kith makes them; return their ids."""
    ids: dict[str, Any] = alices_rows()
    owner = make_user("alice")
    Job.objects.filter(pk=ids["job"]).update(
        parameters={"library": ids["library"]}, state=Job.State.FAILED
    )
    ids["evaluation"] = make_evaluation(owner).pk
    Evaluation.objects.exclude(pk=ids["evaluation"]).delete()
    ids["upload"] = begin_upload(owner=owner, name="a.jpg", size=5).pk
    return ids


def with_known_ids(given_value: Any, ids: dict[str, Any], kind: str = "") -> Any:
    """Return a body with ids that there are, wherever one of a known kind stands."""
    if isinstance(given_value, dict):
        return {
            name: with_known_ids(each, ids, IDS.get(name, "")) for name, each in given_value.items()
        }
    if isinstance(given_value, list):
        return [with_known_ids(each, ids, kind) for each in given_value]
    return ids[kind] if kind and type(given_value) is int else given_value


def ask_everything(label: str, browser: Client, examples: int) -> None:
    operation, ids = OPERATIONS[label], rows()
    word = operation.path.split("/")[2]
    ids["id"] = ids.get(KINDS.get(word, word.removesuffix("s")), 0)
    ids["name"] = "dlib-cnn"

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        known=st.sampled_from([True, True, True, False]),
    )
    def ask(case: Any, known: bool) -> None:
        if known:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = ids.get(name, 0)
            case.body = with_known_ids(case.body, ids)
            case.query = with_known_ids(case.query or {}, ids)
        # What a client leaves out on purpose is missing: tests/project/test_fields.py.
        (case.query or {}).pop("fields", None)
        with undone():
            case.validate_response(send(browser, case), checks=CHECKS)

    ask()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_the_schema_says(label: str) -> None:
    ask_everything(label, signed_in("alice", staff=False), examples=20)


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_to_staff_is_as_the_schema_says(label: str) -> None:
    ask_everything(label, signed_in("alice", staff=True), examples=200)
