"""What lets somebody in is in no log."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from project.silence import DiscreetHandler
from tests.factories import make_photo, make_user
from tests.project.accounts.test_oidc import come, provider, with_email
from tests.project.accounts.test_tokens import PHONE, by_password, device, make

__all__ = ["provider"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that any part says, however detailed."""
    loggers = [logging.getLogger(name) for name in ("", "axes", "allauth", "django", "urllib3")]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG)
    yield caplog
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)


def lines(said: pytest.LogCaptureFixture) -> str:
    """Return what would be written, as the settings have it."""
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, DiscreetHandler)
    # What the database is asked in detail is never logged by a Kith that runs.
    return "\n".join(
        handler.format(line) for line in said.records if line.name != "django.db.backends"
    )


def test_no_password_is_logged_right_or_wrong(said: pytest.LogCaptureFixture) -> None:
    make_user()
    for password in ["secret-guess"] * 6 + ["password"]:
        Client().post("/login/", {"username": "alice", "password": password})
        by_password("alice", password).post("/api/tokens/", PHONE, format="json")
    assert lines(said)
    assert "secret-guess" not in lines(said)
    assert "password" not in lines(said).replace("password_", "")


def test_no_token_is_logged_new_used_or_wrong(
    said: pytest.LogCaptureFixture, alice: APIClient
) -> None:
    new = alice.post("/api/tokens/", PHONE, format="json").json()["token"]
    _, other = make()
    for secret in (new, other, "kith_" + "wrong" * 8):
        device(secret).get("/api/people/")
        device(secret).post("/api/nowhere/")
        device(secret).delete("/api/libraries/1/")
        assert secret[11:] not in lines(said)
    assert "earer" not in lines(said)


def test_no_code_and_no_state_of_a_provider_is_logged(
    said: pytest.LogCaptureFixture, provider: Any
) -> None:
    with_email(provider)
    come(provider)
    come(provider, changed={"code": "guessed-code"})
    for word in ("code-of-alice", "guessed-code", "client-secret", "eyJ"):
        assert word not in lines(said)


def test_no_signed_address_and_no_welcome_link_is_logged(
    said: pytest.LogCaptureFixture, alice: APIClient
) -> None:
    make_photo()
    address = alice.get("/api/photos/").json()["results"][0]["thumbnail"]
    alice.get(address)
    alice.get(address + "x")
    alice.get("/welcome/MQ/secret-token/nowhere/")
    assert "/images/…/" in lines(said)
    assert address.split("/")[2] not in lines(said)
    assert "secret-token" not in lines(said)


def test_a_traceback_is_written_without_secrets() -> None:
    line = logging.makeLogRecord({"msg": "failed", "levelname": "ERROR", "origin": ""})
    secrets = ["kith_" + "a" * 43, "code=abcdef", "Bearer abcdefghijkl", "Basic YWxpY2U6cGFzcw=="]
    try:
        raise ValueError(" ".join(secrets))
    except ValueError:
        line.exc_info = sys.exc_info()
    handler = logging.getLogger().handlers[0]
    written = handler.format(line)
    assert "ValueError" in written
    assert not any(secret in written for secret in secrets)
