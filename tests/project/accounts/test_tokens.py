"""Tokens of devices: made, used, and no more of use when they have ended."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from project.accounts.models import DeviceToken
from project.accounts.tokens import MOST, make_token, revoke_token
from project.api.models import KeptAnswer
from project.audit.models import AuditEntry
from project.audit.recording import Verb
from project.scopes import Scope
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db

PHONE: dict[str, Any] = {"name": "Phone", "scopes": ["read", "label"]}


def make(scopes: Sequence[str] = Scope.values, user: str = "alice") -> tuple[DeviceToken, str]:
    """Make a token of a user; return it with its secret."""
    ends = timezone.now() + timedelta(days=1)
    return make_token(user=make_user(user), name="Phone", scopes=scopes, expires_at=ends)


def device(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def by_password(name: str, password: str) -> APIClient:
    client = APIClient()
    words = b64encode(f"{name}:{password}".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {words}")
    return client


def test_a_device_sees_what_its_user_sees() -> None:
    person = make_person("Ann")
    _, secret = make()
    assert device(secret).get(f"/api/people/{person.pk}/").json()["name"] == "Ann"
    assert device(make(user="charlie")[1]).get(f"/api/people/{person.pk}/").status_code == 404


def test_the_secret_is_told_once_and_only_its_hash_is_kept(alice: APIClient) -> None:
    answer = alice.post("/api/tokens/", PHONE, format="json")
    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("token")
    assert secret.startswith("kith_") and len(secret) == 48
    assert secret.startswith(made["prefix"])
    (listed,) = alice.get("/api/tokens/").json()["results"]
    assert listed == made
    row = DeviceToken.objects.values().get()
    assert secret not in str(row) and secret[len(made["prefix"]) :] not in str(row)
    assert device(secret).get("/api/people/").status_code == 200


def test_a_token_is_not_kept_for_those_who_ask_again_with_a_key(alice: APIClient) -> None:
    key = {"idempotency-key": "phone-1"}
    first = alice.post("/api/tokens/", PHONE, format="json", headers=key)
    again = alice.post("/api/tokens/", PHONE, format="json", headers=key)
    assert first["Cache-Control"] == "no-store"
    assert first.json()["token"] != again.json()["token"]
    assert not KeptAnswer.objects.exists()


def test_a_device_signs_in_by_name_and_password_for_a_token_alone() -> None:
    make_user()
    phone = by_password("alice", "password")
    secret = phone.post("/api/tokens/", PHONE, format="json").json()["token"]
    assert device(secret).get("/api/people/").status_code == 200
    for place in ("/api/people/", "/api/tokens/"):
        assert phone.get(place).status_code == 401


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", "password")])
def test_a_wrong_password_makes_no_token(name: str, password: str) -> None:
    make_user()
    answer = by_password(name, password).post("/api/tokens/", PHONE, format="json")
    assert answer.status_code == 401
    assert not DeviceToken.objects.exists()


def ended() -> str:
    token, secret = make()
    DeviceToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    return secret


def revoked() -> str:
    token, secret = make()
    revoke_token(token=token)
    return secret


def of_a_deactivated_user() -> str:
    token, secret = make()
    token.user.is_active = False
    token.user.save()
    return secret


def of_a_deleted_user() -> str:
    token, secret = make()
    token.user.delete()
    return secret


def the_digest() -> str:
    return make()[0].digest


def with_another_ending() -> str:
    secret = make()[1]
    return secret[:-1] + ("B" if secret.endswith("A") else "A")


@pytest.mark.parametrize(
    "secret",
    [
        ended, revoked, of_a_deactivated_user, of_a_deleted_user, the_digest, with_another_ending,
        lambda: "", lambda: "kith_", lambda: "two words", lambda: "é", lambda: "\x00",
        lambda: "kith_" + "x" * 100_000,
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_standing_token_lets_nobody_in(secret: Callable[[], str]) -> None:
    answer = device(secret()).get("/api/people/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_refused_token_is_not_helped_by_a_session(alice: APIClient) -> None:
    alice.credentials(HTTP_AUTHORIZATION="Bearer kith_wrong")
    assert alice.get("/api/people/").status_code == 401


def test_a_token_opens_no_page_and_no_admin() -> None:
    make_user("boss", is_staff=True)
    client = device(make(user="boss")[1])
    for place in (reverse("faces:dashboard"), reverse("admin:index")):
        assert client.get(place).status_code == 302


def test_a_revoked_token_takes_along_what_was_made_with_it(alice: APIClient) -> None:
    first = alice.post("/api/tokens/", PHONE | {"scopes": Scope.values}, format="json").json()
    second = device(first["token"]).post(
        "/api/tokens/", PHONE | {"scopes": Scope.values}, format="json"
    )
    third = device(second.json()["token"]).post("/api/tokens/", PHONE, format="json")
    beside = make()[1]
    assert alice.delete(f"/api/tokens/{first['id']}/").status_code == 204
    for secret in (first["token"], second.json()["token"], third.json()["token"]):
        assert device(secret).get("/api/people/").status_code == 401
    assert device(beside).get("/api/people/").status_code == 200
    assert alice.get("/api/tokens/").json()["results"][0]["prefix"] == beside[:11]


def test_a_token_gives_no_more_than_it_has_and_ends_no_later() -> None:
    token, secret = make(["read", "manage"])
    more = device(secret).post("/api/tokens/", PHONE, format="json")
    assert more.status_code == 400
    less = device(secret).post("/api/tokens/", {"name": "Clock", "scopes": ["read"]}, format="json")
    assert less.status_code == 201
    assert DeviceToken.objects.get(name="Clock").expires_at == token.expires_at


def test_without_manage_a_token_makes_and_revokes_none() -> None:
    token, secret = make(["read", "label"])
    assert device(secret).post("/api/tokens/", PHONE, format="json").status_code == 403
    assert device(secret).delete(f"/api/tokens/{token.pk}/").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["all"]}, {"days": 0}, {"days": 10**9}, {"name": ""}],
    ids=str,
)
def test_what_makes_no_sense_makes_no_token(alice: APIClient, wrong: dict[str, Any]) -> None:
    assert alice.post("/api/tokens/", PHONE | wrong, format="json").status_code == 400


def test_nobody_has_more_devices_than_can_be_looked_through(alice: APIClient) -> None:
    for _ in range(MOST):
        make()
    assert alice.post("/api/tokens/", PHONE, format="json").status_code == 400


def test_last_use_is_written_at_most_once_a_minute(django_assert_num_queries: Any) -> None:
    token, secret = make()
    device(secret).get("/api/tokens/")
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    with django_assert_num_queries(2):  # the token, the list
        device(secret).get("/api/tokens/")
    token.refresh_from_db()
    assert token.last_used_at == first
    DeviceToken.objects.update(last_used_at=first - timedelta(seconds=61))
    device(secret).get("/api/tokens/")
    token.refresh_from_db()
    assert token.last_used_at > first


def test_making_and_revoking_are_in_the_audit_log(alice: APIClient) -> None:
    number = alice.post("/api/tokens/", PHONE, format="json").json()["id"]
    alice.delete(f"/api/tokens/{number}/")
    verbs = [Verb.TOKEN_MADE, Verb.TOKEN_REVOKED]
    entries = AuditEntry.objects.filter(verb__in=verbs, actor=make_user()).order_by("id")
    assert [(entry.verb, entry.subject) for entry in entries] == [
        ("token-made", f"token {number}"),
        ("token-revoked", f"token {number}"),
    ]


def test_staff_end_other_peoples_devices_in_the_admin(admin: Client) -> None:
    token, secret = make()
    chosen = {"action": "revoke", "_selected_action": [token.pk]}
    page = admin.post(reverse("admin:accounts_devicetoken_changelist"), chosen, follow=True)
    assert b"1 revoked" in page.content
    assert device(secret).get("/api/people/").status_code == 401
    assert (
        admin.get(reverse("admin:accounts_devicetoken_change", args=[token.pk])).status_code == 200
    )
