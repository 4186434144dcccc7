"""Pictures in the storage that are made of rows: written whole, checked, and whose they are."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from PIL import Image

from project.variants import variant_names

ASIDE = ".aside-"
NUMBERED = re.compile(r"(\d+)(-\w+)?\.")
# A picture may be written some time before its row can be seen.
YOUNG = timedelta(days=1)


class WholeFiles(FileSystemStorage):
    """Files in a folder, each of them whole whenever it can be seen.

    What is written lies aside until it takes its place, so that neither a worker that is ended in
    the middle nor a full disk leaves half a picture, and nobody who looks meanwhile is sent one.
    Variants of a picture go with it, and before there is another.
    """

    def _save(self, name: str, content: Any) -> str:
        aside = str(PurePosixPath(name).with_name(f"{ASIDE}{uuid4().hex}"))
        try:
            super()._save(aside, content)  # type: ignore[misc]
            Path(self.path(aside)).replace(self.path(name))
        except BaseException:
            self.delete(aside)
            raise
        self._delete_variants(name)
        return name

    def delete(self, name: str) -> None:
        """Delete a file, and what was made of it."""
        super().delete(name)
        self._delete_variants(name)

    def _delete_variants(self, name: str) -> None:
        for variant in variant_names(name):
            super().delete(variant)


def is_whole(name: str, *, light: bool) -> bool:
    """Return whether a picture is there and can be shown; with ``light``, that it is not empty."""
    if not default_storage.exists(name):
        return False
    try:
        if light:
            return default_storage.size(name) > 0
        with default_storage.open(name) as file, Image.open(file) as image:
            image.load()
    except (OSError, ValueError, SyntaxError):  # what Pillow raises for damaged files
        return False
    return True


def drop_damaged_variants(name: str, *, light: bool) -> bool:
    """Delete the variants of a picture that cannot be shown; return whether there were any."""
    there = [each for each in variant_names(name) if default_storage.exists(each)]
    damaged = [each for each in there if not is_whole(each, light=light)]
    for each in damaged:
        default_storage.delete(each)
    return bool(damaged)


def remove_strays(room: str, known: Callable[[set[int]], set[int]]) -> list[str]:
    """Delete the pictures below a folder of the storage that belong to nobody; return their names.

    They are called ``room/000012/12345.webp`` or ``12345-large.webp``; ``known`` returns which of
    some numbers have rows.
    """
    removed = []
    for folder in _folders(room):
        _, files = default_storage.listdir(folder)
        for name in (f"{folder}/{file}" for file in files if file.startswith(ASIDE)):
            if _is_old(name):  # of a worker that was killed
                default_storage.delete(name)
        named = [(int(found[1]), name) for name in files if (found := NUMBERED.match(name))]
        strays = {number for number, _ in named}
        strays -= known(strays) if strays else set()
        for number, file in sorted(named):
            name = f"{folder}/{file}"
            if number in strays and _is_old(name):
                default_storage.delete(name)
                removed.append(name)
    return removed


def _is_old(name: str) -> bool:
    try:
        return timezone.now() - default_storage.get_modified_time(name) > YOUNG
    except FileNotFoundError:  # it went with its row since it was listed
        return False


def _folders(room: str) -> Iterator[str]:
    if default_storage.exists(room):
        folders, _ = default_storage.listdir(room)
        for folder in sorted(folders):
            yield f"{room}/{folder}"
