"""What the settings are: the environment beats what was chosen, which beats the default."""

import os
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from project.preferences.kinds import in_words
from project.preferences.models import Preference
from project.preferences.options import OPTIONS, Option


class Source(TextChoices):
    """Where a value comes from."""

    ENVIRONMENT = "environment", _("The environment")
    CHOSEN = "chosen", _("Chosen here")
    DEFAULT = "default", _("Default")


@dataclass(frozen=True)
class Setting:
    """A setting as it is now."""

    option: Option
    value: Any  # as JSON has it: a time is text such as 03:00
    source: Source

    @property
    def is_fixed(self) -> bool:
        """Whether the environment says it."""
        return self.source == Source.ENVIRONMENT

    @property
    def in_words(self) -> str:
        """The value as it is typed."""
        return in_words(self.value)

    @property
    def default_in_words(self) -> str:
        """The default as it is typed."""
        return in_words(self.option.default)


def value(name: str) -> Any:
    """Return a setting's value; KeyError for a name that none has."""
    return _setting(OPTIONS[name], _chosen(name=name)).value


def values() -> dict[str, Any]:
    """Return the values of all settings by name."""
    return {each.option.name: each.value for each in settings_now()}


def settings_now() -> list[Setting]:
    """Return all settings with what they are and where that comes from."""
    chosen = _chosen()
    return [_setting(option, chosen) for option in OPTIONS.values()]


def said_by_environment(option: Option) -> Any:
    """Return what the environment says, or None; ValidationError if it makes no sense."""
    said = os.environ.get(option.variable)
    return option.kind.read(said) if said else None


def _chosen(**only: str) -> dict[str, Any]:
    return dict(Preference.objects.filter(**only).values_list("name", "value"))


def _setting(option: Option, chosen: dict[str, Any]) -> Setting:
    said = said_by_environment(option)
    if said is not None:
        return Setting(option, said, Source.ENVIRONMENT)
    if option.name in chosen:
        try:
            return Setting(option, option.kind.read(chosen[option.name]), Source.CHOSEN)
        except ValidationError:
            pass  # another version took it
    return Setting(option, option.default, Source.DEFAULT)
