"""All settings as one form: what is left empty takes its default."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from project.preferences.changing import change_preferences
from project.preferences.kinds import in_words
from project.preferences.options import Group, Option
from project.preferences.reading import Setting, Source, settings_now


class SettingsForm(forms.Form):
    """A field for each setting, text or a choice; what the environment says cannot be changed."""

    def __init__(self, user: User | AnonymousUser, data: Any = None) -> None:
        """Show what the settings are; only staff may change them."""
        self.settings = settings_now()
        super().__init__(data, prefix="setting")
        for setting in self.settings:
            self.fields[setting.option.name] = _field(setting, user.is_staff)

    @property
    def groups(self) -> Iterable[tuple[str, list[tuple[forms.BoundField, Setting]]]]:
        """The fields and their settings by what they are about."""
        for group in Group:
            some = [each for each in self.settings if each.option.group == group]
            yield str(group.label), [(self[each.option.name], each) for each in some]

    def save(self, user: User) -> list[Option]:
        """Change what was typed anew, and return it; on ValidationError the fields say why."""
        wanted = {
            name: self.cleaned_data[name] or None
            for name in self.changed_data
            if not self.fields[name].disabled
        }
        try:
            return change_preferences(user, wanted)
        except ValidationError as error:
            self.add_error(None, error)
            self.fields[next(iter(self.errors))].widget.attrs["autofocus"] = True
            raise


def _field(setting: Setting, changeable: bool) -> forms.Field:
    option = setting.option
    shown: dict[str, Any] = {
        "label": option.title,
        "help_text": option.meaning,
        "required": False,
        "disabled": setting.is_fixed or not changeable,
        "initial": "" if setting.source == Source.DEFAULT else setting.in_words,
    }
    default = in_words(option.default)
    if option.kind.choices:
        words = [in_words(each) for each in option.kind.choices]
        choices = [("", _("%(value)s (default)") % {"value": default})]
        return forms.ChoiceField(choices=choices + [(each, each) for each in words], **shown)
    box = forms.TextInput(attrs={"placeholder": default, "autocomplete": "off"})
    return forms.CharField(max_length=100, widget=box, **shown)
