"""Pictures as objects, at a real S3-compatible server: the same as files, one request each."""

import hashlib
import os
import time
from base64 import b64encode
from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client
from PIL import Image
from pytest_django import Settings

from photos.receivers import load_storage
from project.images import image_address
from project.pictures import copy_picture, drop_damaged_variants, is_whole, remove_strays
from project.storage.address import storage_of
from project.storage.base import StorageAwayError, pictures
from tests.buckets import BucketServer

NAME = "crops/000012/12345.webp"


@pytest.fixture
def requests(bucket: str) -> Counter[str]:
    """What the server is asked, by the name of the operation."""
    asked: Counter[str] = Counter()
    client = pictures()._client  # type: ignore[attr-defined]

    def count(model: object, **_: object) -> None:
        asked[model.name] += 1  # type: ignore[attr-defined]

    client.meta.events.register("before-call.s3", count)
    return asked


def webp(colour: str) -> ContentFile:  # type: ignore[type-arg]
    buffer = BytesIO()
    Image.new("RGB", (240, 120), colour).save(buffer, "WEBP")
    return ContentFile(buffer.getvalue())


def shown(answer: HttpResponseBase) -> Image.Image:
    assert answer.status_code == 200
    return Image.open(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]


def test_what_is_written_can_be_read_and_replaced(bucket_server: BucketServer, bucket: str) -> None:
    for content in (b"a long one", b"short", b""):
        assert default_storage.save(NAME, ContentFile(content)) == NAME
        with default_storage.open(NAME) as file:
            assert file.read() == content
        assert default_storage.size(NAME) == len(content)
    assert bucket_server.files(bucket) == {NAME: b""}


def test_what_is_not_there_is_told_as_of_files(bucket: str) -> None:
    assert not default_storage.exists(NAME)
    for ask in (default_storage.open, default_storage.size, default_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask(NAME)
    default_storage.delete(NAME)
    assert default_storage.listdir("crops") == ([], [])
    assert list(pictures().names()) == []


def test_no_name_leads_out_of_the_folder_in_the_bucket(bucket: str) -> None:
    with pytest.raises(SuspiciousOperation):
        default_storage.open("crops/../../others/1.webp")


def test_folders_are_listed_as_of_files(bucket: str) -> None:
    for name in (NAME, "crops/000012/2.webp", "crops/000013/3.webp", "previews/000000/1.webp"):
        default_storage.save(name, ContentFile(b"x"))
    assert default_storage.listdir("crops") == (["000012", "000013"], [])
    assert default_storage.listdir("crops/000012") == ([], ["12345.webp", "2.webp"])
    assert list(pictures().names("crops/000013")) == ["crops/000013/3.webp"]
    assert len(list(pictures().names())) == 4


def test_a_picture_is_shown_by_one_request(client: Client, requests: Counter[str]) -> None:
    default_storage.save(NAME, webp("red"))
    requests.clear()
    answer = client.get(image_address(NAME, 1))
    assert shown(answer).size == (240, 120)
    assert int(answer["Content-Length"]) > 0
    assert requests == {"GetObject": 1}


def test_a_variant_is_made_once_and_then_shown_by_one_request(
    client: Client, requests: Counter[str]
) -> None:
    default_storage.save(NAME, webp("red"))
    address = f"{image_address(NAME, 1)}?size=64&type=avif"
    assert shown(client.get(address)).size == (64, 32)
    requests.clear()
    assert shown(client.get(address)).format == "AVIF"
    assert requests == {"GetObject": 1}


def test_variants_go_with_their_picture_and_before_another(
    client: Client, bucket_server: BucketServer, bucket: str
) -> None:
    address = f"{image_address(NAME, 1)}?size=64"
    default_storage.save(NAME, webp("red"))
    before = shown(client.get(address)).convert("RGB").getpixel((5, 5))
    assert pictures().variants(NAME) == ["crops/000012/12345-64.webp"]
    default_storage.save(NAME, webp("blue"))
    assert pictures().variants(NAME) == []
    assert shown(client.get(address)).convert("RGB").getpixel((5, 5)) != before
    default_storage.save("crops/000012/1234.webp", webp("red"))
    default_storage.delete(NAME)
    assert set(bucket_server.files(bucket)) == {"crops/000012/1234.webp"}


def test_thousands_are_deleted_by_few_requests(bucket: str, requests: Counter[str]) -> None:
    default_storage.save(NAME, webp("red"))
    requests.clear()
    pictures().delete_all([NAME, *(f"crops/000000/{number}.webp" for number in range(99))])
    assert requests == {"DeleteObjects": 1 + 2}
    assert not default_storage.exists(NAME)


def test_what_is_deleted_is_told_with_the_sum_that_old_services_ask_for(bucket: str) -> None:
    sent = []
    client = pictures()._client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request))
    default_storage.delete(NAME)
    for request in sent:
        md5 = hashlib.md5(request.body, usedforsecurity=False).digest()
        assert request.headers["Content-MD5"] == b64encode(md5)
    assert len(sent) == 2


def test_a_forked_process_has_little_left_to_load(bucket: str) -> None:
    load_storage()
    storage: Any = pictures()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with mock.patch("project.storage.objects.Session", side_effect=AssertionError):
                there = storage.exists(NAME)
            os.write(writer, f"{there}, {storage._clients[0] == os.getpid()}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    assert os.read(reader, 100) == b"False, True"
    os.close(reader)


def test_damaged_pictures_are_told_from_whole_ones(client: Client, bucket: str) -> None:
    default_storage.save(NAME, webp("red"))
    assert shown(client.get(f"{image_address(NAME, 1)}?size=64&type=avif"))
    assert is_whole(NAME, light=True)
    assert is_whole(NAME, light=False)
    default_storage.save("crops/000012/12345-64.avif", ContentFile(b"half"))
    assert not drop_damaged_variants(NAME, light=True)
    assert drop_damaged_variants(NAME, light=False)
    assert pictures().variants(NAME) == []
    default_storage.save(NAME, ContentFile(b"half"))
    assert (is_whole(NAME, light=True), is_whole(NAME, light=False)) == (True, False)


def test_pictures_of_nobody_are_strays_once_they_are_old(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (12345, 12346):
        default_storage.save(f"crops/000012/{number}.webp", webp("red"))
    assert remove_strays("crops", lambda ids: ids & {12345}) == []
    monkeypatch.setattr("project.pictures.YOUNG", -timedelta(seconds=9))
    assert remove_strays("crops", lambda ids: ids & {12345}) == ["crops/000012/12346.webp"]
    assert remove_strays("thumbnails", lambda ids: set()) == []


def test_a_picture_is_copied_if_it_is_there(bucket: str) -> None:
    default_storage.save(NAME, webp("red"))
    copy_picture(NAME, "crops/000012/2.webp")
    copy_picture("crops/000012/3.webp", "crops/000012/4.webp")
    assert list(pictures().names()) == [NAME, "crops/000012/2.webp"]


@pytest.mark.django_db
class TestAway:
    """Nobody answers, or somebody who lets nobody in."""

    def test_a_page_misses_its_pictures_and_does_not_wait(
        self, client: Client, bucket_server: BucketServer, bucket: str
    ) -> None:
        default_storage.save(NAME, webp("red"))
        bucket_server.stop()
        try:
            began = time.monotonic()
            for _ in range(20):
                answer = client.get(f"{image_address(NAME, 1)}?size=64&type=auto")
                assert answer.status_code == 503
                assert answer["Cache-Control"] == "no-store"
            assert time.monotonic() - began < 4
            with pytest.raises(StorageAwayError):
                is_whole(NAME, light=True)
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["database"]) == (503, "ok")
            assert "has just not answered" in ready.json()["pictures"]
        finally:
            bucket_server.start()
        pictures()._rests_until = 0.0  # type: ignore[attr-defined]
        assert client.get("/readyz").json()["pictures"] == "ok"
        assert client.get(image_address(NAME, 1)).status_code == 200

    def test_after_a_rest_one_asks_and_the_others_go_on_without(self, bucket: str) -> None:
        default_storage.save(NAME, webp("red"))
        storage: Any = pictures()
        storage._rests_until = time.monotonic() - 1
        with storage._asking(NAME), pytest.raises(StorageAwayError, match="has just not"):
            default_storage.size(NAME)
        assert default_storage.size(NAME) > 0

    def test_wrong_keys_are_told_and_no_picture_is_taken_for_missing(
        self, client: Client, bucket: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        settings.STORAGES = {**settings.STORAGES}
        assert client.get(image_address(NAME, 1)).status_code == 503
        with pytest.raises(StorageAwayError, match="answers with an error"):
            default_storage.save(NAME, webp("red"))
        assert "answers with an error (403)" in client.get("/readyz").json()["pictures"]

    def test_a_bucket_that_is_not_there_is_told(
        self, client: Client, bucket_server: BucketServer, bucket: str, settings: Settings
    ) -> None:
        nowhere = storage_of(f"s3://nowhere?endpoint={bucket_server.endpoint}")
        settings.STORAGES = {**settings.STORAGES, "default": nowhere}
        assert client.get("/readyz").json()["pictures"] == "its bucket is not there"
        with pytest.raises(StorageAwayError, match="NoSuchBucket"):
            default_storage.save(NAME, webp("red"))
