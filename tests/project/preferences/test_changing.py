"""Changing settings: all of them or none."""

import pytest
from django.core.exceptions import ValidationError

from project.preferences.changing import change_preferences
from project.preferences.models import Preference
from project.preferences.reading import value
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_what_is_changed_holds_at_once_and_says_by_whom() -> None:
    bob = make_user("bob")
    changed = change_preferences(bob, {"jitters": "5", "classifier": "knn"})
    assert value("jitters") == 5
    assert Preference.objects.get(name="jitters").changed_by == bob
    # The classifier was knn before.
    assert [option.name for option in changed] == ["jitters"]


def test_null_returns_to_the_default() -> None:
    change_preferences(make_user(), {"jitters": 5})
    change_preferences(make_user(), {"jitters": None})
    assert (value("jitters"), Preference.objects.count()) == (1, 0)


def test_one_value_that_cannot_be_changes_nothing() -> None:
    with pytest.raises(ValidationError) as refused:
        change_preferences(make_user(), {"jitters": 5, "upsampling": 7, "colour": "red"})
    assert refused.value.message_dict == {
        "upsampling": ["7 is not a whole number from 0 to 3"],
        "colour": ["There is no setting of this name."],
    }
    assert Preference.objects.count() == 0


def test_what_the_environment_says_is_changed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_JITTERS", "9")
    with pytest.raises(ValidationError, match="KITH_JITTERS says it: change it there"):
        change_preferences(make_user(), {"jitters": 5})
