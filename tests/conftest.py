"""What all tests share."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.factories import make_user

SHARED = (Path(__file__).resolve().parent.parent.parent / "shared").resolve()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos; skips where it is absent."""
    if not (SHARED / "photos").is_dir():
        pytest.skip("needs the real photos of ../shared")
    return SHARED


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hash passwords at once: a real hash takes longer than most tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(db: None) -> APIClient:
    """Alice's client; she owns what the factories make."""
    return _signed_in("alice")


@pytest.fixture
def charlie(db: None) -> APIClient:
    """A stranger's client."""
    return _signed_in("charlie")


@pytest.fixture
def admin(client: Client) -> Client:
    """The browser of Bob, who runs the server."""
    client.force_login(User.objects.create_superuser("bob", password="password"))
    return client


def _signed_in(name: str) -> APIClient:
    client = APIClient()
    client.force_login(make_user(name))
    return client
