"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from project.storage.address import storage_of
from tests.factories import make_user

if TYPE_CHECKING:
    from tests.buckets import BucketServer

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


@pytest.fixture(scope="module")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["BucketServer"]:
    """An S3-compatible server."""
    from tests.buckets import BucketServer

    server = BucketServer(tmp_path_factory.mktemp("bucket"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(
    bucket_server: "BucketServer", monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> str:
    """Have pictures be objects, in a folder of a bucket, for this test alone; return its name."""
    for name, value in bucket_server.keys.items():
        monkeypatch.setenv(name, value)
    folder = uuid4().hex
    chosen = storage_of(bucket_server.address(folder))
    settings.STORAGES = {**settings.STORAGES, "default": chosen}
    return folder


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
