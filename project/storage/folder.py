"""Pictures in a folder."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from project.storage.base import Pictures, StorageAwayError
from project.storage.names import variant_names

ASIDE = ".aside-"


class WholeFiles(Pictures, FileSystemStorage):
    """Files in a folder.

    What is written lies aside until it takes its place, so that neither a worker that is ended in
    the middle nor a full disk leaves half a picture, and nobody who looks meanwhile is sent one.
    """

    def put(self, name: str, content: "File[bytes]") -> None:
        """Write aside, and replace what is there."""
        aside = str(PurePosixPath(name).with_name(f"{ASIDE}{uuid4().hex}"))
        try:
            FileSystemStorage._save(self, aside, content)  # type: ignore[attr-defined]
            Path(self.path(aside)).replace(self.path(name))
        except BaseException:
            self._remove([aside])
            raise

    def variants(self, name: str) -> list[str]:
        """Return the variants of a picture that are there."""
        return [each for each in variant_names(name) if self.exists(each)]

    def version(self, name: str) -> str:
        """Return what is another with every other file of a name."""
        status = Path(self.path(name)).stat()
        return f"{status.st_ino}-{status.st_mtime_ns}"

    def check(self) -> None:
        """Raise StorageAwayError unless the folder can be written, or made with a first picture."""
        folder = Path(self.location)
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not os.access(folder, os.W_OK):
            raise StorageAwayError("the folder cannot be written")

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names of all files below a folder but what is being written."""
        folders, files = self.listdir(folder)
        prefix = f"{folder}/" if folder else ""
        yield from (prefix + file for file in sorted(files) if not file.startswith(ASIDE))
        for each in sorted(folders):
            yield from self.names(prefix + each)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return folders and files; none of a folder that is not there, as objects have none."""
        with suppress(FileNotFoundError):
            return super().listdir(path)
        return [], []

    def _remove(self, names: list[str]) -> None:
        for name in names:
            FileSystemStorage.delete(self, name)
