"""An S3-compatible server: rclone's, which keeps objects as files of a folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from project.storage.objects import ASKS
from tests.supervisor import free_port

KEY, SECRET = "kith", "a-secret-of-tests"
BUCKET = "pictures"


class BucketServer:
    """The server, which can go away and come back at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "objects"
        (self.folder / BUCKET).mkdir(parents=True)
        self._log = folder / "rclone.log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def keys(self) -> dict[str, str]:
        """What the environment says of them."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    def address(self, folder: str) -> str:
        """Return what KITH_STORAGE says of a folder of the bucket."""
        return f"s3://{BUCKET}/{folder}?endpoint={self.endpoint}"

    def files(self, folder: str) -> dict[str, bytes]:
        """Return what the server has there, asked of its disk."""
        root = self.folder / BUCKET / folder
        found = (file for file in sorted(root.rglob("*")) if file.is_file())
        return {str(file.relative_to(root)): file.read_bytes() for file in found}

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(Path(sys.executable).parent / "rclone"),
                    *("serve", "s3", "--addr", f"127.0.0.1:{self._port}"),
                    *("--auth-key", f"{KEY},{SECRET}"),
                    str(self.folder),
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, "RCLONE_CONFIG": ""},
            )
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _wait(self) -> None:
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=ASKS,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                client.head_bucket(Bucket=BUCKET)
            except BotoCoreError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.05)
            else:
                return
