"""Where the value of a setting comes from: environment before row before default."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from project.preferences.models import Preference
from project.preferences.options import OPTIONS
from project.preferences.reading import Source, settings_now, value, values

pytestmark = pytest.mark.django_db


def source_of(name: str) -> Source:
    return next(each.source for each in settings_now() if each.option.name == name)


def test_without_a_word_the_default_holds() -> None:
    assert value("jitters") == OPTIONS["jitters"].default
    assert source_of("jitters") == Source.DEFAULT


def test_the_environment_beats_a_row_and_a_row_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    Preference.objects.create(name="jitters", value=7)
    assert (value("jitters"), source_of("jitters")) == (7, Source.CHOSEN)
    monkeypatch.setenv("KITH_JITTERS", "9")
    assert (value("jitters"), source_of("jitters")) == (9, Source.ENVIRONMENT)


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_JITTERS", "")
    assert source_of("jitters") == Source.DEFAULT


def test_a_row_that_makes_no_sense_any_more_is_as_if_it_were_not_there() -> None:
    Preference.objects.create(name="jitters", value="many")
    assert (value("jitters"), source_of("jitters")) == (1, Source.DEFAULT)


def test_all_settings_are_read_with_one_query() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = values()
    assert (set(found), len(queries)) == (set(OPTIONS), 1)


def test_a_name_that_no_setting_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        value("no_such_setting")


def test_every_default_is_a_value_that_its_setting_may_have() -> None:
    for option in OPTIONS.values():
        assert option.kind.read(option.default) == option.default
