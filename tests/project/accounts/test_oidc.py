"""Signing in at an OpenID provider: the whole round, and everything that can be wrong with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from project.audit.models import AuditEntry
from project.audit.recording import Verb
from tests.factories import make_user
from tests.project.accounts.provider import CLIENT, SECRET, Provider, running_provider

pytestmark = pytest.mark.django_db

SAME: dict[str, str] = {}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with running_provider() as running:
        settings.OIDC_ISSUER, settings.OIDC_NAME = running.issuer, "Village ID"
        app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
        mine = app | {
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": app["settings"] | {"server_url": running.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [mine]}}
        yield running


def come(provider: Provider, client: Client | None = None, changed: dict[str, str] = SAME) -> Any:
    """Go to the provider and come back; return the answer of Kith."""
    client = client or Client()
    there = client.get("/login/oidc/?next=/people/")
    assert there.status_code == 302
    assert there["Location"].startswith(f"{provider.issuer}/authorize?")
    back = provider.sign_in(there["Location"]) | changed
    answer: Any = client.get("/login/oidc/callback/", back)
    answer.session_user = client.session.get("_auth_user_id")
    return answer


def with_email(provider: Provider, *, verified: Any = True) -> User:
    alice = make_user()
    alice.email = "Alice@example.org"
    alice.save()
    provider.user |= {"email": "alice@example.org", "email_verified": verified}
    return alice


def test_the_sign_in_page_has_the_button_only_where_there_is_a_provider(
    provider: Provider, settings: Any
) -> None:
    assert "Sign in with Village ID" in Client().get("/login/").content.decode()
    settings.OIDC_ISSUER = ""
    assert "Village" not in Client().get("/login/").content.decode()
    assert Client().get("/login/oidc/").status_code == 404
    assert Client().get("/login/oidc/callback/").status_code == 404


def test_a_user_comes_in_by_verified_email_and_next_time_by_subject(provider: Provider) -> None:
    alice = with_email(provider)
    answer = come(provider)
    assert (answer.status_code, answer["Location"]) == (302, "/people/")
    assert answer.session_user == str(alice.pk)
    provider.user = {"sub": "17", "email": "new@example.org", "email_verified": True}
    assert come(provider).session_user == str(alice.pk)
    signed_in = AuditEntry.objects.filter(verb=Verb.SIGN_IN, actor=alice)
    assert signed_in.count() == 2


@pytest.mark.parametrize("verified", [False, None, "false", "true", 0])
def test_an_email_that_is_not_verified_lets_nobody_in(provider: Provider, verified: Any) -> None:
    with_email(provider, verified=verified)
    refused(come(provider))


def refused(answer: Any) -> None:
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert answer.session_user is None


def test_an_email_that_two_users_have_lets_nobody_in(provider: Provider, settings: Any) -> None:
    settings.OIDC_CREATES_USERS = True
    with_email(provider)
    User.objects.create_user("eve", email="ALICE@example.org")
    refused(come(provider))


def test_a_stranger_is_told_whom_to_ask(provider: Provider) -> None:
    client = Client()
    provider.user |= {"email": "eve@example.org", "email_verified": True}
    refused(come(provider, client))
    assert "Ask whoever runs this Kith" in client.get("/login/").content.decode()
    assert not User.objects.exists()


def test_a_stranger_becomes_a_user_where_that_is_wanted(provider: Provider, settings: Any) -> None:
    settings.OIDC_CREATES_USERS = True
    make_user()  # has the name
    provider.user |= {"email": "alice@example.org", "email_verified": True}
    answer = come(provider)
    new = User.objects.get(pk=answer.session_user)
    assert (new.username, new.email) == ("alice-2", "alice@example.org")
    assert not new.has_usable_password()
    assert not new.is_staff and not new.is_superuser


def test_a_user_who_is_switched_off_does_not_come_in(provider: Provider) -> None:
    alice = with_email(provider)
    come(provider)
    alice.is_active = False
    alice.save()
    refused(come(provider))


def wrong_nonce(provider: Provider) -> None:
    provider.claims["nonce"] = "another"


def no_nonce(provider: Provider) -> None:
    provider.claims["nonce"] = None


def wrong_audience(provider: Provider) -> None:
    provider.claims["aud"] = "another-client"


def wrong_issuer(provider: Provider) -> None:
    provider.claims["iss"] = "https://evil.example.org"


def another_issuer_in_the_discovery(provider: Provider) -> None:
    provider.calls_itself = provider.claims["iss"] = "https://evil.example.org"


def expired(provider: Provider) -> None:
    provider.claims["exp"] = 1


def another_key(provider: Provider) -> None:
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def no_signature(provider: Provider) -> None:
    provider.algorithm = "none"


def a_shared_secret(provider: Provider) -> None:
    provider.algorithm, provider.signs_with = "HS256", "x" * 32


def user_info_of_somebody_else(provider: Provider) -> None:
    provider.claims["sub"] = "18"


@pytest.mark.parametrize(
    "spoil",
    [
        wrong_nonce, no_nonce, wrong_audience, wrong_issuer, another_issuer_in_the_discovery,
        expired, another_key, no_signature, a_shared_secret, user_info_of_somebody_else,
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_token_lets_nobody_in(
    provider: Provider, spoil: Callable[[Provider], None]
) -> None:
    with_email(provider)
    spoil(provider)
    refused(come(provider))


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"code": "guessed"}])
def test_what_is_wrong_with_the_way_back_lets_nobody_in(
    provider: Provider, changed: dict[str, str]
) -> None:
    with_email(provider)
    refused(come(provider, changed=changed))


def test_the_way_back_works_once_and_only_in_the_browser_that_went(provider: Provider) -> None:
    with_email(provider)
    mine, other = Client(), Client()
    back = provider.sign_in(mine.get("/login/oidc/")["Location"])
    assert other.get("/login/oidc/callback/", back)["Location"] == "/login/"
    assert mine.get("/login/oidc/callback/", back)["Location"] == "/"
    assert mine.get("/login/oidc/callback/", back)["Location"] == "/login/"


def test_who_cancels_is_back_at_the_sign_in_page(provider: Provider) -> None:
    client = Client()
    state = provider.sign_in(client.get("/login/oidc/")["Location"])["state"]
    answer = client.get("/login/oidc/callback/", {"error": "access_denied", "state": state})
    assert answer["Location"] == "/login/"


def test_nobody_is_sent_to_another_site_afterwards(provider: Provider) -> None:
    with_email(provider)
    client = Client()
    there = client.get("/login/oidc/?next=https://evil.example.org/")
    answer = client.get("/login/oidc/callback/", provider.sign_in(there["Location"]))
    assert answer["Location"] == "/"


def test_a_provider_that_does_not_answer_is_said_to(provider: Provider, settings: Any) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    client = Client()
    assert client.get("/login/oidc/")["Location"] == "/login/"
    assert "does not answer" in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    "name", ["account_signup", "account_login", "socialaccount_signup", "account_reset_password"]
)
def test_no_page_of_allauth_has_an_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)
