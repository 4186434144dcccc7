"""Adding libraries and changing what is done with them."""

import os
from pathlib import Path

from django.conf import settings
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


# What the kernel shows as files, and the whole disk.
NOBODYS = tuple(map(Path, ("/proc", "/sys", "/dev")))


def checked_folder(path: str) -> Path:
    """Return the folder's real path; ValidationError if there is none that may be a library.

    Kith must be able to list it, and its own data and the system's must not lie there. Where the
    installation names folders for libraries, it must lie in one of those.
    """
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
            return _allowed(folder)
    except UnicodeEncodeError:
        message = "The folder's name is not valid UTF-8: rename it."
    except PermissionError:
        message = f"Kith may not read {folder}: check its permissions."
    except (OSError, RuntimeError, ValueError):  # a loop of links; a name that no disk can have
        message = f"There is no folder {folder} on the server."
    raise ValidationError(message)


def _allowed(folder: Path) -> Path:
    """Return the folder; ValidationError where no library may be, whoever asks for it."""
    home = Path(settings.KITH_HOME).resolve()
    is_ours = folder.is_relative_to(home) and not folder.is_relative_to(home / "sample")
    if folder == Path(folder.anchor) or any(folder.is_relative_to(each) for each in NOBODYS):
        raise ValidationError(f"{folder} belongs to the system: choose a folder of photos.")
    if is_ours:
        raise ValidationError(f"Kith keeps its own data in {folder}: choose another folder.")
    roots = [Path(each).resolve() for each in settings.KITH_LIBRARY_ROOTS]
    if roots and not any(folder.is_relative_to(each) for each in roots):
        listed = ", ".join(map(str, roots))
        raise ValidationError(f"Libraries may only lie in {listed} (KITH_LIBRARY_ROOTS).")
    return folder
