"""The kinds of values that settings have: how each is read from text or JSON, or refused."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
AUTO = "auto"


def _(text: str) -> str:
    """Translate what is shown; the environment is checked before there are languages."""
    return gettext(text) if apps.ready else text


class Kind(ABC):
    """What values a setting may have."""

    choices: Sequence[Any] = ()  # all there is to choose from; nothing where that is a range

    @property
    @abstractmethod
    def words(self) -> str:
        """What it may be, in words."""

    @abstractmethod
    def read(self, given: Any) -> Any:
        """Return a value given as text or JSON, as JSON has it; ValidationError says why not."""


@dataclass(frozen=True)
class Number(Kind):
    """A number of a range; a whole one if the ends are."""

    lowest: float
    highest: float

    @property
    def words(self) -> str:
        """What it may be, in words."""
        ends = {"lowest": f"{self.lowest:.15g}", "highest": f"{self.highest:.15g}"}
        if self._whole:
            return _("a whole number from %(lowest)s to %(highest)s") % ends
        return _("a number from %(lowest)s to %(highest)s") % ends

    @property
    def _whole(self) -> bool:
        return isinstance(self.lowest, int)

    def read(self, given: Any) -> float:
        """Return the number."""
        number: float | None = None
        if isinstance(given, int | float | str) and not isinstance(given, bool):
            try:
                number = float(given)
            except (ValueError, OverflowError):
                number = None
        if number is None or not self.lowest <= number <= self.highest:
            raise refusal(given, self)
        if not self._whole:
            return number
        if number != math.floor(number) or isinstance(given, str) and not given.strip().isdigit():
            raise refusal(given, self)
        return int(number)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few words."""

    choices: Sequence[str]

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return _("one of %(words)s") % {"words": ", ".join(self.choices)}

    def read(self, given: Any) -> str:
        """Return the word."""
        if not isinstance(given, str) or given not in self.choices:
            raise refusal(given, self)
        return given


@dataclass(frozen=True)
class Switch(Kind):
    """On or off."""

    choices = (True, False)

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return _("on or off")

    def read(self, given: Any) -> bool:
        """Return whether it is on."""
        word = str(given).strip().lower() if isinstance(given, bool | str) else ""
        if word not in YES + NO:
            raise refusal(given, self)
        return word in YES


@dataclass(frozen=True)
class TimeOfDay(Kind):
    """A time such as 03:00."""

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return _("a time such as 03:00")

    def read(self, given: Any) -> str:
        """Return the time as hours and minutes."""
        if not isinstance(given, str) or not re.fullmatch(r"\d{1,2}:\d{2}", given.strip()):
            raise refusal(given, self)
        hours, minutes = map(int, given.strip().split(":"))
        try:
            return time(hours, minutes).isoformat("minutes")
        except ValueError:
            raise refusal(given, self) from None


@dataclass(frozen=True)
class Stages(Kind):
    """A whole number of a range, several that fall, or ``auto``."""

    lowest: int
    highest: int
    most: int = 8

    @property
    def words(self) -> str:
        """What it may be, in words."""
        return _(
            "a whole number from %(lowest)s to %(highest)s, several that fall such as 20, 10, 3,"
            " or auto"
        ) % {"lowest": self.lowest, "highest": self.highest}

    def read(self, given: Any) -> int | list[int] | str:
        """Return one number, a list of several, or AUTO."""
        if isinstance(given, str) and given.strip().lower() == AUTO:
            return AUTO
        parts = given.split(",") if isinstance(given, str) else given
        parts = parts if isinstance(parts, list) else [parts]
        number = Number(self.lowest, self.highest)
        try:
            sizes = [int(number.read(part)) for part in parts]
        except ValidationError:
            raise refusal(given, self) from None
        falling = all(one > other for one, other in zip(sizes, sizes[1:], strict=False))
        if not 1 <= len(sizes) <= self.most or not falling:
            raise refusal(given, self)
        return sizes if len(sizes) > 1 else sizes[0]


def in_words(value: Any) -> str:
    """Return a value as it is typed."""
    if isinstance(value, bool):
        return YES[2] if value else NO[2]
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def refusal(given: Any, kind: Kind) -> ValidationError:
    """Return the reason why a value cannot be taken."""
    said = {"given": in_words(given)[:100], "words": kind.words}
    return ValidationError(_("%(given)s is not %(words)s") % said)
