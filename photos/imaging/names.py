"""Names of files that come from elsewhere, made fit for a folder of ours."""

from pathlib import PurePosixPath, PureWindowsPath
from unicodedata import normalize

from photos.imaging.folders import SUFFIXES

LONGEST_NAME = 180  # bytes, with the suffix; a number may be added


def safe_name(name: str) -> str:
    """Return the last part of a path, without what a disk or a header could mistake; "" for none.

    The name never begins with a dot and never has a separator or a control character.
    """
    name = normalize("NFC", name.replace("\0", ""))
    last = PureWindowsPath(PurePosixPath(name).name).name
    printable = "".join(each if each.isprintable() else " " for each in last)
    clean = " ".join(printable.translate(FORBIDDEN).split()).lstrip(". ").rstrip(". ")
    suffix = PurePosixPath(clean).suffix
    stem = clean.removesuffix(suffix).encode()[: LONGEST_NAME - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip() + suffix if stem else ""


FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*/\\', "_"))


def is_photo_name(name: str) -> bool:
    """Return whether a file of this name would be scanned."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def numbered(name: str, number: int) -> str:
    """Return the name with a number, from 2 on, as it is called where there is such a file."""
    path = PurePosixPath(name)
    return name if number == 1 else f"{path.stem} ({number}){path.suffix}"
