"""Adding libraries and changing what is done with them."""

import os
from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from photos.models import Library


def add_library(*, owner: User, path: str, name: str = "") -> Library:
    """Create a library for a folder; ValidationError says what is wrong with the folder."""
    try:
        folder = checked_folder(path)
    except ValidationError as error:
        raise ValidationError({"path": error.messages}) from None
    try:
        with transaction.atomic():
            return Library.objects.create(
                owner=owner, path=str(folder), name=name or str(folder.name or folder)[:200]
            )
    except IntegrityError:
        raise ValidationError({"path": f"{folder} is a library of yours already."}) from None


def change_library(*, library: Library, reads_names: bool) -> None:
    """Say whether names in the files are taken over; those that were stay."""
    library.reads_names = reads_names
    library.save(update_fields=["reads_names"])


def checked_folder(path: str) -> Path:
    """Return the folder's real path; ValidationError if there is none that Kith can list."""
    try:
        folder = Path(path).expanduser()
    except RuntimeError:  # ~name of nobody
        folder = Path(path)
    if not folder.is_absolute():
        raise ValidationError("Give the whole path, from / on.")
    try:
        folder = folder.resolve(strict=True)
        str(folder).encode()
        # The dot takes the right to enter, beside that to list.
        with os.scandir(f"{folder}/."):
            return folder
    except UnicodeEncodeError:
        message = "The folder's name is not valid UTF-8: rename it."
    except PermissionError:
        message = f"Kith may not read {folder}: check its permissions."
    except (OSError, RuntimeError, ValueError):  # a loop of links; a name that no disk can have
        message = f"There is no folder {folder} on the server."
    raise ValidationError(message)
