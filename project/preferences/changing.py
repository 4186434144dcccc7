"""Changing settings: all that was asked for, or nothing."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from project.preferences.models import Preference
from project.preferences.options import OPTIONS, Option
from project.preferences.reading import said_by_environment, values


def change_preferences(user: User, wanted: Mapping[str, Any]) -> list[Option]:
    """Change settings to {name: value}, None for the default; return those that are others now.

    Raises ValidationError with a reason for each that cannot be; then nothing is changed.
    """
    problems: dict[str, Any] = {}
    taken: dict[str, Any] = {}
    for name, given in wanted.items():
        try:
            taken[name] = _taken(name, given)
        except ValidationError as error:
            problems[name] = error
    if problems:
        raise ValidationError(problems)
    with transaction.atomic():
        before = values()
        for name, chosen in taken.items():
            if chosen is None:
                Preference.objects.filter(name=name).delete()
            else:
                Preference.objects.update_or_create(
                    name=name, defaults={"value": chosen, "changed_by": user}
                )
        after = values()
    return [OPTIONS[name] for name in taken if before[name] != after[name]]


def _taken(name: str, given: Any) -> Any:
    option = OPTIONS.get(name)
    if option is None:
        raise ValidationError(_("There is no setting of this name."))
    if said_by_environment(option) is not None:
        raise ValidationError(
            _("%(variable)s says it: change it there."), params={"variable": option.variable}
        )
    return None if given is None else option.kind.read(given)
