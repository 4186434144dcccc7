"""What a token may do at every address: nothing that its scopes do not say."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve
from rest_framework.test import APIClient

from project.scopes import Scope
from tests.factories import make_person, make_user
from tests.project.accounts.test_tokens import device, make
from tests.project.test_api import METHODS, ROUTES, address, alices_rows, everything

pytestmark = pytest.mark.django_db

OF_THE_API = [(name, arguments) for name, arguments in ROUTES if name.startswith("api:")]
# All that a token with the scope label may do besides looking.
WORDS = {
    ("api:face-list", "post"),
    ("api:face-detail", "delete"),
    *{(f"api:face-{verb}", "post") for verb in ("label", "confirm", "reject", "split")},
    *{(f"api:face-{verb}", "post") for verb in ("unassign", "dismiss")},
    ("api:person-list", "post"),
    ("api:person-detail", "patch"),
    ("api:person-change-many", "post"),
    *{(f"api:person-{verb}", "post") for verb in ("hide", "show", "merge", "preview-merge")},
    ("api:question-answer", "post"),
    ("api:event-undo", "post"),
    ("api:dismissal-restore", "post"),
}


@pytest.mark.parametrize(("name", "arguments"), OF_THE_API, ids=[name for name, _ in OF_THE_API])
def test_a_token_does_what_its_scopes_say_and_nothing_else(name: str, arguments: list[str]) -> None:
    place = address(name, arguments, alices_rows())
    make_user(is_staff=False)
    before = everything()
    for scope in Scope:
        client = device(make([scope])[1])
        for method in METHODS:
            is_word = (name, method) in WORDS
            allowed = Scope.READ if method == "get" else Scope.LABEL if is_word else Scope.MANAGE
            if scope != allowed:
                answer = getattr(client, method)(place, {}, format="json")
                assert answer.status_code == 403, (scope, method)
    assert everything() == before


def test_every_word_is_at_an_address() -> None:
    names = {name for name, _ in OF_THE_API}
    assert {name for name, _ in WORDS} <= names


def test_every_view_says_only_actions_that_it_has() -> None:
    rows = alices_rows()
    for name, arguments in OF_THE_API:
        view = getattr(resolve(address(name, arguments, rows)).func, "cls", None)
        assert all(hasattr(view, action) for action in getattr(view, "label_actions", ()))


@pytest.mark.parametrize("scope", Scope)
def test_with_its_scope_the_same_is_done(scope: Scope) -> None:
    client: APIClient = device(make([scope])[1])
    person = make_person("Ann")
    done: dict[Scope, Callable[[], Any]] = {
        Scope.READ: lambda: client.get("/api/people/"),
        Scope.LABEL: lambda: client.post(f"/api/people/{person.pk}/hide/"),
        Scope.MANAGE: lambda: client.delete(f"/api/people/{person.pk}/"),
    }
    for needed, act in done.items():
        assert act().status_code == (200 if needed == scope else 403), needed
