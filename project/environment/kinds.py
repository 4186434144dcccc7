"""The kinds of values that only the environment has; those of other settings are preferences'."""

import re
from dataclasses import dataclass
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from redis import ConnectionPool

from project.preferences.kinds import Choice, Kind, refusal
from project.storage.address import EXAMPLE, storage_of


@dataclass(frozen=True)
class Words(Kind):
    """A text; of one form, where a pattern is given."""

    words: str = "any text"
    pattern: str = r".+"

    def read(self, given: Any) -> str:
        """Return the text."""
        if not re.fullmatch(self.pattern, given, re.DOTALL):
            raise refusal(given, self)
        return str(given)


@dataclass(frozen=True)
class Several(Kind):
    """Any number of values with commas between them."""

    of: Kind

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return f"{self.of.words}; several with commas"

    def read(self, given: Any) -> list[Any]:
        """Return the values."""
        return [self.of.read(each.strip()) for each in given.split(",") if each.strip()]


@dataclass(frozen=True)
class Network(Kind):
    """An address or a network of addresses."""

    words: str = "an address such as 127.0.0.1 or a network such as 10.0.0.0/8"

    def read(self, given: Any) -> IPv4Network | IPv6Network:
        """Return the network."""
        try:
            return ip_network(given)
        except ValueError:
            raise refusal(given, self) from None


@dataclass(frozen=True)
class Folder(Kind):
    """A folder, which need not be there."""

    words: str = "the path of a folder, such as /srv/kith"

    def read(self, given: Any) -> Path:
        """Return its absolute path."""
        try:
            return Path(given).expanduser().resolve()
        except (OSError, RuntimeError, ValueError):  # ~name of nobody; a loop of links
            raise refusal(given, self) from None


@dataclass(frozen=True)
class TimeZone(Kind):
    """A time zone by its name."""

    words: str = "a time zone such as Europe/Berlin"

    def read(self, given: Any) -> str:
        """Return the name."""
        try:
            return str(ZoneInfo(given))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise refusal(given, self) from None


@dataclass(frozen=True)
class EngineName(Kind):
    """One of the engines that find faces."""

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return self._choice.words

    @property
    def _choice(self) -> Choice:
        # Not before it is asked for: with the engines come the libraries that they work with.
        return Choice(tuple(import_module("faces.vision.catalogue").ENGINES))

    def read(self, given: Any) -> str:
        """Return the name."""
        return self._choice.read(given)


@dataclass(frozen=True)
class DatabaseAddress(Kind):
    """Where a PostgreSQL is."""

    words: str = "an address such as postgres://user:password@host/kith"

    def read(self, given: Any) -> dict[str, Any]:
        """Return it as Django's settings have it."""
        if given.startswith(("postgres://", "postgresql://")):
            try:
                found: dict[str, Any] = environ.Env.db_url_config(given)
            except (ValueError, KeyError, ImproperlyConfigured):
                raise _untold(self) from None
            if found["NAME"]:
                return found
        raise _untold(self)


@dataclass(frozen=True)
class QueueAddress(Kind):
    """Where a Redis or Valkey is."""

    words: str = "an address such as redis://host:6379/0"

    def read(self, given: Any) -> str:
        """Return it."""
        try:
            ConnectionPool.from_url(given)
        except (ValueError, TypeError):
            raise _untold(self) from None
        return str(given)


@dataclass(frozen=True)
class PicturesAddress(Kind):
    """Where pictures are kept."""

    words: str = f"an address such as {EXAMPLE}"

    def read(self, given: Any) -> dict[str, Any]:
        """Return it as Django's settings have it."""
        return storage_of(given)


def _untold(kind: Kind) -> ValidationError:
    """Return a reason that does not say what was given: there may be a password in it."""
    return ValidationError(
        f"this is not {kind.words}; write signs such as @, / and # in a password as %40, %2F, %23"
    )
