"""Signed addresses of stored images: who was given one may look, nobody else."""

import time
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client

from project.images import WEEK, image_address

NAME = "crops/000000/7.webp"


@pytest.fixture(autouse=True)
def crop() -> Iterator[None]:
    default_storage.save(NAME, ContentFile(b"picture"))
    yield
    default_storage.delete(NAME)


def content(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_an_address_shows_its_image_without_asking_the_database(client: Client) -> None:
    # Without pytest.mark.django_db any query would fail.
    answer = client.get(image_address(NAME, 1))
    assert content(answer) == b"picture"
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"


def test_an_address_changes_with_the_version_and_with_nothing_else_that_week() -> None:
    assert image_address(NAME, 1) == image_address(NAME, 1) != image_address(NAME, 2)


def test_nobody_can_make_up_an_address(client: Client) -> None:
    address = image_address(NAME, 1)
    default_storage.save("crops/000000/8.webp", ContentFile(b"somebody else"))
    _, _, signed, _, _, _ = address.split("/")
    version, week, signature = signed.split(".")
    for other in (
        address.replace("7.webp", "8.webp"),
        address.replace("7.webp", "../../kith.conf"),
        address.replace(f"/{version}.", "/2."),
        address.replace(f".{week}.", f".{int(week) + 1}."),
        address.replace(signature, "0" * len(signature)),
        address.replace(signature, signature[:-1]),
        address.replace(signature, "ä"),
    ):
        assert client.get(other).status_code == 404, other
    default_storage.delete("crops/000000/8.webp")


@pytest.mark.parametrize(("weeks", "status"), [(0, 200), (1, 200), (2, 404), (-1, 404)])
def test_an_address_holds_this_week_and_the_next(
    client: Client, monkeypatch: pytest.MonkeyPatch, weeks: int, status: int
) -> None:
    address = image_address(NAME, 1)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + weeks * WEEK)
    assert client.get(address).status_code == status


def test_an_image_that_is_gone_is_404_and_nothing_can_be_sent_there(client: Client) -> None:
    assert client.post(image_address(NAME, 1)).status_code == 405
    assert client.get(image_address("crops/000000/9.webp", 1)).status_code == 404
