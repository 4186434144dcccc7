"""A small album for a first look: the photos in face_recognition's own source distribution."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

# Whichever package index pip uses, these are the bytes that we mean.
PACKAGE = "face_recognition==1.3.0"
SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
SECONDS_TO_FETCH = 60


class SampleError(Exception):
    """The sample album cannot be had; the message says why, in one line."""


def sample_album(home: Path) -> Path:
    """Return the folder of the sample photos, fetched at the first call."""
    album = home / "sample"
    if album.is_dir():
        return album
    draft = home / "sample.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    download = draft / "download"
    _unpack_photos(_fetch(download), draft)
    shutil.rmtree(download)
    draft.rename(album)
    return album


def _fetch(folder: Path) -> Path:
    """Let pip fetch the archive, with the user's own settings, and check it."""
    folder.mkdir()
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n", encoding="ascii")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-binary", ":all:", "--require-hashes"),
        *("--dest", str(folder), "--requirement", str(requirement)),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_FETCH,
            check=False,
            env={**os.environ, "PIP_NO_INPUT": "1", "PIP_RETRIES": "1"},
        )
    except subprocess.TimeoutExpired:
        raise SampleError("the package index does not answer") from None
    archives = list(folder.glob("*.tar.gz"))
    if done.returncode != 0 or not archives:
        raise SampleError(f"pip could not fetch {PACKAGE}")
    return archives[0]


def _unpack_photos(archive: Path, folder: Path) -> None:
    """Write the photos, and nothing else of the archive, straight into the folder."""
    with tarfile.open(archive) as files:
        for member in files:
            path = PurePosixPath(member.name)
            content = files.extractfile(member) if member.isfile() else None
            if content is not None and path.suffix == ".jpg":
                (folder / path.name).write_bytes(content.read())
