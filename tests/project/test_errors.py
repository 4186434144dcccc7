"""Errors of the API, whoever raises them: Kith, REST framework, or Django before and after both."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from project.api import errors
from project.api.errors import problem
from project.urls import urlpatterns as addresses
from tests.factories import make_face, make_person
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db


class Broken(APIView):
    """Fails as nobody expects."""

    def get(self, request: Request) -> Response:
        raise RuntimeError("/secret/folder")


urlpatterns = [path("api/broken/", Broken.as_view()), *addresses]
handler404, handler500 = "project.api.errors.not_found", "project.api.errors.server_error"


def kind_of(answer: Any) -> str:
    return str(problem_of(answer)["type"]).removeprefix("urn:kith:problem:")


def test_each_bad_input_has_an_entry_of_its_own(alice: APIClient) -> None:
    data = {"faces": [1, "x", 2, None], "person": "y"}
    answer = alice.post("/api/faces/reject/", data, format="json")
    told = problem_of(answer)
    assert (told["type"], told["status"]) == ("urn:kith:problem:invalid", 400)
    assert fields_of(answer) == ["faces.1", "faces.3", "person"]
    assert [each["code"] for each in told["errors"]] == ["invalid", "null", "invalid"]


def test_inputs_within_inputs_have_their_path(alice: APIClient) -> None:
    data = {"photo": make_face().photo_id, "box": {"left": "x", "top": 0, "width": 1}}
    answer = alice.post("/api/faces/", data, format="json")
    assert fields_of(answer) == ["box.left", "box.height"]
    data = {"filter": {"tab": "nonsense", "group": "x"}, "person": 1}
    answer = alice.post("/api/faces/reject/", data, format="json")
    assert fields_of(answer) == ["filter.tab", "filter.group"]


def test_errors_of_several_objects_say_of_which() -> None:
    told = problem(400, {"boxes": [{}, {"left": ["Too far."]}]})
    assert told["errors"] == [{"field": "boxes.1.left", "detail": "Too far.", "code": "invalid"}]


def test_what_is_wrong_with_the_whole_has_no_field(alice: APIClient) -> None:
    answer = alice.post("/api/faces/unassign/", {}, format="json")
    assert fields_of(answer) == [""]
    assert problem_of(answer)["detail"] == "Give either «faces» or «filter»."


def test_an_error_of_an_action_is_told_like_one_of_the_form(alice: APIClient) -> None:
    make_person("Ann")
    other = make_person("Ben")
    change = {"birth_date": "2999-01-01"}
    answer = alice.patch(f"/api/people/{other.pk}/", change, format="json")
    assert fields_of(answer) == ["birth_date"]


def test_a_body_that_is_no_json_is_malformed(alice: APIClient) -> None:
    for body in ("{", "nonsense", "[" * 100_000, "\x00", "1" * 5000):
        answer = alice.post("/api/faces/label/", body, content_type="application/json")
        assert kind_of(answer) in ("malformed", "invalid"), body[:10]


def test_too_large_a_body_is_refused_unread(alice: APIClient) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        answer = alice.post("/api/faces/label/", {"faces": [1, 2, 3]}, format="json")
    assert (kind_of(answer), answer.status_code) == ("too-large", 413)


@pytest.mark.parametrize(
    ("method", "place", "kind", "status"),
    [
        ("get", "/api/nothing/", "not-found", 404),
        ("post", "/api/nothing/", "not-found", 404),
        ("get", "/api/photos/99999999999999999999999999/", "not-found", 404),
        ("get", "/api/photos/x/", "not-found", 404),
        ("put", "/api/photos/", "method-not-allowed", 405),
        ("post", "/api/faces/label/", "unsupported-media-type", 415),
        ("post", "/api/night/", "forbidden", 403),
    ],
)
def test_refusals_have_one_form(
    alice: APIClient, method: str, place: str, kind: str, status: int
) -> None:
    answer = alice.generic(method.upper(), place, "x", content_type="text/plain")
    assert (kind_of(answer), answer.status_code) == (kind, status)


def test_who_is_not_signed_in_is_told_so() -> None:
    assert kind_of(Client().get("/api/photos/")) == "not-signed-in"


def test_a_write_without_the_csrf_token_is_told_so(alice: APIClient) -> None:
    session = Client(enforce_csrf_checks=True)
    session.cookies = alice.cookies
    answer = session.post("/api/trainings/", {}, content_type="application/json")
    assert kind_of(answer) == "forbidden"
    assert "CSRF" in problem_of(answer)["detail"]


@override_settings(ROOT_URLCONF=__name__)
def test_an_unexpected_error_tells_nothing_of_itself(alice: APIClient) -> None:
    alice.raise_request_exception = False
    answer = alice.get("/api/broken/")
    assert kind_of(answer) == "server-error"
    assert b"secret" not in answer.content


@pytest.mark.parametrize("place", ["/api/x/", "/x/"])
def test_what_django_refuses_itself_has_the_form_of_its_place(place: str) -> None:
    request = RequestFactory().get(place)
    answers: list[HttpResponse] = [
        errors.bad_request(request, ValueError()),
        errors.permission_denied(request, ValueError()),
        errors.server_error(request),
        errors.csrf_failure(request),
    ]
    for answer in answers:
        if place.startswith("/api/"):
            assert json.loads(answer.content)["status"] == answer.status_code
        else:
            assert answer["Content-Type"].startswith("text/html")
