"""What is missing or wrong in the environment: one line each, all at once, before a start."""

import difflib
import getpass
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured, ValidationError

from project.environment.variables import VARIABLES, env
from project.home import kith_home
from project.preferences.options import OPTIONS

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OIDC = ("KITH_OIDC_ISSUER", "KITH_OIDC_CLIENT_ID", "KITH_OIDC_CLIENT_SECRET")
INTERNAL = {"KITH_PHOTOS", "KITH_SUPERVISED_HOME"}  # what make and our processes tell one another
EXIT_CANNOT_START = 2


def begin() -> None:
    """Name what is left out, and end the process where variables make no sense.

    The first thing that every program of Kith does, so that nobody has to read a traceback.
    """
    for line in strangers():
        sys.stderr.write(f"Kith goes on without {line}\n")
    wrong = list(faults())
    for line in wrong:
        sys.stderr.write(f"Kith cannot start: {line}\n")
    if wrong:
        sys.exit(EXIT_CANNOT_START)
    for line in unreadable_roots():
        sys.stderr.write(f"Kith goes on without {line}\n")


def check_environment() -> None:
    """Raise ImproperlyConfigured with all that is wrong, a line each."""
    wrong = list(faults())
    if wrong:
        raise ImproperlyConfigured("\n".join(wrong))


def faults() -> Iterator[str]:
    """Yield what is missing or makes no sense, each in one line that says what may be there."""
    wrong = _wrong_values()
    yield from wrong.values()
    if "KITH_HOME" not in wrong:
        yield from _unusable_home(kith_home())
    yield from _missing(OIDC)
    if os.environ.get("KITH_STORAGE"):
        yield from _missing(KEYS)


def strangers() -> Iterator[str]:
    """Yield the variables that are called as ours are and that nobody reads."""
    known = {*VARIABLES, *(option.variable for option in OPTIONS.values()), *INTERNAL}
    for name in sorted(os.environ):
        if name.startswith("KITH_") and name not in known:
            near = difflib.get_close_matches(name, known - INTERNAL, n=1, cutoff=0.75)
            hint = f"did you mean {near[0]}?" if near else "see docs/settings.md"
            yield f"{name}, which is no setting: {hint}"


def unreadable_roots() -> Iterator[str]:
    """Yield the folders of libraries that are not there: disks may be connected later."""
    for root in env("KITH_LIBRARY_ROOTS"):
        if not os.access(root, os.R_OK | os.X_OK):
            yield (
                f"{root} of KITH_LIBRARY_ROOTS: is its disk there, and may {_account()} read it?"
            )


def _wrong_values() -> dict[str, str]:
    kinds = {name: variable.kind for name, variable in VARIABLES.items()}
    kinds |= {option.variable: option.kind for option in OPTIONS.values()}
    wrong = {}
    for name, kind in kinds.items():
        said = os.environ.get(name)
        try:
            if said:
                kind.read(said)
        except ValidationError as error:
            wrong[name] = f"{name}: {error.message}"
    return wrong


def _unusable_home(home: Path) -> Iterator[str]:
    try:
        place = next(folder for folder in (home, *home.parents) if folder.exists())
    except OSError as error:
        yield f"KITH_HOME: {home} cannot be reached ({error.strerror}): name another folder"
        return
    if not place.is_dir():
        yield f"KITH_HOME: {home} cannot be a folder, as {place} is a file: name another one"
    elif not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        yield (
            f"KITH_HOME: {home} cannot be written: let {_account()} write {place}, or name another"
            " folder"
        )


def _missing(together: tuple[str, ...]) -> Iterator[str]:
    given = [name for name in together if os.environ.get(name)]
    for name in together:
        if given and name not in given:
            yield f"{name}: is missing beside {given[0]}: say both, or none"


def _account() -> str:
    try:
        return f"the user {getpass.getuser()}"
    except (KeyError, OSError):  # a number without a name, as containers have
        return f"user {os.geteuid()}"
