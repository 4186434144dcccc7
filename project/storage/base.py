"""What Kith asks of a storage of pictures, beside what Django does."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from django.core.files.base import File
from django.core.files.storage import Storage, default_storage

from project.storage.names import variant_names


class StorageAwayError(OSError):
    """The storage does not answer, or lets nobody in: no fault of a picture, and it may pass."""


class Pictures(Storage):
    """Pictures, each of them whole whenever it can be seen.

    Variants of a picture go with it, and before there is another. Whatever goes wrong is an
    OSError: FileNotFoundError for what is not there, StorageAwayError where nobody answers.
    """

    def put(self, name: str, content: "File[bytes]") -> None:
        """Write a picture as it is, in one step for whoever looks; others stay as they are."""
        raise NotImplementedError

    def variants(self, name: str) -> list[str]:
        """Return the variants of a picture that are there."""
        raise NotImplementedError

    def version(self, name: str) -> str:
        """Return what is another with every other content of a name."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise StorageAwayError unless pictures can be read and written."""
        raise NotImplementedError

    def load(self) -> None:
        """Load what processes need that are forked from this one."""

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names of all that lies below a folder; nothing where there is none."""
        raise NotImplementedError

    def delete_all(self, names: Collection[str]) -> None:
        """Delete pictures, and what was made of them."""
        self._remove(list(names))
        # Whoever makes a variant looks afterwards whether its picture is there.
        self._remove([each for name in names for each in variant_names(name)])

    def delete(self, name: str) -> None:
        """Delete a picture, and what was made of it."""
        self.delete_all([name])

    def _save(self, name: str, content: Any) -> str:
        self.put(name, content)
        self._remove(variant_names(name))
        return name

    def _remove(self, names: list[str]) -> None:
        """Delete what is there of some names, and nothing else."""
        raise NotImplementedError


def pictures() -> Pictures:
    """Return the storage of this installation."""
    return cast(Pictures, default_storage)
