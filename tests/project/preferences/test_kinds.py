"""What values settings may have, as text and as JSON."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from project.preferences.kinds import (
    AUTO,
    Choice,
    Kind,
    Number,
    Stages,
    Switch,
    TimeOfDay,
    in_words,
)

WHOLE, SHARE, WORD, STAGES = Number(1, 3), Number(0.0, 1.0), Choice(("knn", "svm")), Stages(2, 99)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (WHOLE, 3, 3),
        (WHOLE, " 2 ", 2),
        (WHOLE, 2.0, 2),
        (SHARE, "0.25", 0.25),
        (SHARE, 1, 1.0),
        (WORD, "svm", "svm"),
        (Switch(), "On", True),
        (Switch(), False, False),
        (TimeOfDay(), "3:05", "03:05"),
        (STAGES, "20, 10,3", [20, 10, 3]),
        (STAGES, [20, 3], [20, 3]),
        (STAGES, "5", 5),
        (STAGES, [5], 5),
        (STAGES, "Auto", AUTO),
    ],
)
def test_text_and_json_say_the_same(kind: Kind, given: Any, value: Any) -> None:
    read = kind.read(given)
    assert (read, type(read)) == (value, type(value))
    assert kind.read(in_words(value)) == value


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        (WHOLE, 7, "7 is not a whole number from 1 to 3"),
        (WHOLE, "2.5", "2.5 is not a whole number from 1 to 3"),
        (WHOLE, "two", "two is not a whole number from 1 to 3"),
        (WHOLE, True, "on is not a whole number from 1 to 3"),
        (SHARE, "nan", "nan is not a number from 0 to 1"),
        (SHARE, 10**400, "is not a number from 0 to 1"),
        (SHARE, [0.5], "0.5 is not a number from 0 to 1"),
        (WORD, "KNN", "KNN is not one of knn, svm"),
        (Switch(), "perhaps", "perhaps is not on or off"),
        (Switch(), 2, "2 is not on or off"),
        (TimeOfDay(), "24:00", "24:00 is not a time such as 03:00"),
        (TimeOfDay(), 3, "3 is not a time such as 03:00"),
        (STAGES, "3, 10", "3, 10 is not a whole number from 2 to 99, several that fall"),
        (STAGES, "10, 1", "10, 1 is not a whole number from 2 to 99"),
        (STAGES, [], "is not a whole number from 2 to 99"),
        (STAGES, {"a": 1}, "is not a whole number from 2 to 99"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    kind: Kind, given: Any, reason: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.read(given)
    assert reason in refused.value.message
