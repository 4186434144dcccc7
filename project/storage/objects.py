"""Pictures as objects of an S3-compatible service; only loaded where KITH_STORAGE names one."""

import hashlib
import os
import shutil
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from project.storage.base import Pictures, StorageAwayError
from project.storage.names import WITH_VARIANTS, variant_names

# Seconds; who opens a page would rather miss a picture.
CONNECT, READ = 2, 5
REST = 5  # seconds that nobody waits for a service that has just not answered
LONGEST = 2 * READ + 2  # seconds until whoever asks gives up
AT_ONCE = 1000  # as many objects as can be deleted by one request
IN_MEMORY = 4 << 20  # bytes; a larger picture is put on the disk while it is sent
ASKS = Config(
    connect_timeout=CONNECT,
    read_timeout=READ,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=16,  # more than the web server has threads
    signature_version="s3v4",
    # Newer sums than MD5 are not known to every service.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class WholeObjects(Pictures, S3Storage):  # type: ignore[misc]
    """Objects in a bucket, which are whole or not there by themselves.

    Each question is one request. What is sent to a client has arrived whole before, so that an
    answer that breaks off is an error, and no half picture.
    """

    def __init__(self, **options: Any) -> None:
        by_path = {"addressing_style": "path" if options["endpoint_url"] else "auto"}
        super().__init__(client_config=ASKS.merge(Config(s3=by_path)), **options)
        # It keeps what it has read of all kinds of services, which takes longest.
        self._session: Session | None = None
        self._making = Lock()  # as a session makes no two clients at once
        self._clients: tuple[int, Any] = (0, None)
        self._rests_until = 0.0

    def put(self, name: str, content: "File[bytes]") -> None:
        """Write an object; it replaces what is there in one step."""
        content.seek(0)
        with self._asking(name):
            self._client.put_object(
                Bucket=self.bucket_name,
                Key=self._key(name),
                Body=content,
                **self._get_write_parameters(name, content),
            )

    def exists(self, name: str) -> bool:
        """Return whether there is an object."""
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        """Return its bytes."""
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        """Return when it was written, to the second."""
        modified: datetime = self._head(name)["LastModified"]
        return modified

    def version(self, name: str) -> str:
        """Return what is another with every other content."""
        return str(self._head(name)["ETag"])

    def variants(self, name: str) -> list[str]:
        """Return the variants of a picture that are there."""
        found = WITH_VARIANTS.fullmatch(name)
        if found is None:
            return []
        there = set(self._listed(f"{found[1]}-"))
        return [each for each in variant_names(name) if each in there]

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names of all objects below a folder."""
        return self._listed(f"{folder}/" if folder else "")

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return folders and files; none of a folder that is not there."""
        prefix = f"{path.strip('/')}/" if path.strip("/") else ""
        folders, files = [], []
        for page in self._pages(prefix, Delimiter="/"):
            folders += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
            files += [each["Key"] for each in page.get("Contents", ())]
        begin = len(self._prefix(prefix))
        names = (file[begin:] for file in files)
        return [each[begin:-1] for each in folders], [name for name in names if name]

    def load(self) -> None:
        """Make a client, so that those of forked processes are made in a moment."""
        with suppress(StorageAwayError), self._asking(""):
            _ = self._client

    def check(self) -> None:
        """Raise StorageAwayError unless the service knows the bucket and lets us in."""
        try:
            with self._asking(self.bucket_name):
                self._client.head_bucket(Bucket=self.bucket_name)
        except FileNotFoundError:
            raise StorageAwayError("its bucket is not there") from None

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        picture: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        try:
            with self._asking(name):
                found = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name))
                with found["Body"] as body:
                    shutil.copyfileobj(body, picture)
        except BaseException:
            picture.close()
            raise
        picture.seek(0)
        return File(picture, name)

    def _remove(self, names: list[str]) -> None:
        keys = [{"Key": self._key(name)} for name in names]
        for begin in range(0, len(keys), AT_ONCE):
            chosen = {"Objects": keys[begin : begin + AT_ONCE], "Quiet": True}
            with self._asking(names[begin]):
                answer = self._client.delete_objects(Bucket=self.bucket_name, Delete=chosen)
            if left := answer.get("Errors"):
                raise StorageAwayError(f"The storage did not delete: {left[0].get('Message')}")

    def _head(self, name: str) -> dict[str, Any]:
        with self._asking(name):
            head: dict[str, Any] = self._client.head_object(
                Bucket=self.bucket_name, Key=self._key(name)
            )
        return head

    def _listed(self, prefix: str) -> Iterator[str]:
        begin = len(self._prefix(""))
        for page in self._pages(prefix):
            yield from (each["Key"][begin:] for each in page.get("Contents", ()))

    def _pages(self, prefix: str, **how: str) -> Iterator[dict[str, Any]]:
        with self._asking(prefix):
            yield from self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket_name, Prefix=self._prefix(prefix), **how
            )

    def _prefix(self, begin: str) -> str:
        return f"{self.location}/{begin}" if self.location else begin

    def _key(self, name: str) -> str:
        key: str = self._normalize_name(name)  # which refuses one that leads out of the folder
        return key

    @property
    def _client(self) -> Any:
        """One for all threads of a process, and none that was there before it was forked."""
        with self._making:
            process, client = self._clients
            if process != os.getpid():
                self._session = self._session or Session(
                    self.access_key, self.secret_key, self.security_token
                )
                client = self._session.client(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
                client.meta.events.register("before-call.s3.DeleteObjects", _add_md5)
                self._clients = os.getpid(), client
            return client

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        """Tell what goes wrong as Django's storages do; ask nobody who has just not answered.

        After a rest one of all threads asks, lest all wait at once for a service that hangs.
        """
        now = time.monotonic()
        if now < self._rests_until:
            raise StorageAwayError("The storage of pictures has just not answered")
        if self._rests_until:
            self._rests_until = now + LONGEST
        try:
            yield
            self._rests_until = 0.0
        except ClientError as error:
            self._rests_until = 0.0
            raise _told(error, name) from error
        except BotoCoreError as error:
            self._rests_until = time.monotonic() + REST
            raise StorageAwayError(
                f"The storage of pictures does not answer ({type(error).__name__})"
            ) from error


def _add_md5(params: dict[str, Any], **_: Any) -> None:
    """Add the sum without which some services delete nothing."""
    md5 = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = b64encode(md5).decode()


def _told(error: ClientError, name: str) -> OSError:
    code = error.response["Error"].get("Code", "")
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == 404 and code != "NoSuchBucket":
        return FileNotFoundError(name)
    return StorageAwayError(f"The storage of pictures answers with an error ({code or status})")
