"""Pictures in the storage that are made of rows: checked, copied, and whose they are."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from project.storage.base import StorageAwayError, pictures
from project.storage.folder import ASIDE

NUMBERED = re.compile(r"(\d+)(-\w+)?\.")
# A picture may be written some time before its row can be seen.
YOUNG = timedelta(days=1)


def is_whole(name: str, *, light: bool) -> bool:
    """Return whether a picture is there and can be shown; with ``light``, that it is not empty."""
    try:
        if light:
            return default_storage.size(name) > 0
        with default_storage.open(name) as file, Image.open(file) as image:
            image.load()
    except StorageAwayError:
        raise
    except (OSError, ValueError, SyntaxError):  # what Pillow raises for damaged files
        return False
    return True


def drop_damaged_variants(name: str, *, light: bool) -> bool:
    """Delete the variants of a picture that cannot be shown; return whether there were any."""
    there = pictures().variants(name)
    damaged = [each for each in there if not is_whole(each, light=light)]
    pictures().delete_all(damaged)
    return bool(damaged)


def copy_picture(name: str, to: str) -> None:
    """Copy a picture, if it is there."""
    with suppress(FileNotFoundError), default_storage.open(name) as picture:
        default_storage.save(to, picture)


def remove_strays(room: str, known: Callable[[set[int]], set[int]]) -> list[str]:
    """Delete the pictures below a folder of the storage that belong to nobody; return their names.

    They are called ``room/000012/12345.webp`` or ``12345-large.webp``; ``known`` returns which of
    some numbers have rows.
    """
    removed = []
    for folder in _folders(room):
        _, files = default_storage.listdir(folder)
        for name in (f"{folder}/{file}" for file in files if file.startswith(ASIDE)):
            if is_old(name):  # of a worker that was killed
                default_storage.delete(name)
        named = [(int(found[1]), name) for name in files if (found := NUMBERED.match(name))]
        strays = {number for number, _ in named}
        strays -= known(strays) if strays else set()
        for number, file in sorted(named):
            name = f"{folder}/{file}"
            if number in strays and is_old(name):
                default_storage.delete(name)
                removed.append(name)
    return removed


def is_old(name: str) -> bool:
    """Return whether a picture was written so long ago that its row would be seen by now."""
    try:
        return timezone.now() - default_storage.get_modified_time(name) > YOUNG
    except FileNotFoundError:  # it went with its row since it was listed
        return False


def _folders(room: str) -> Iterator[str]:
    folders, _ = default_storage.listdir(room)
    for folder in sorted(folders):
        yield f"{room}/{folder}"
