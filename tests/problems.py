"""Reading the errors of the API."""

from typing import Any

PROBLEM = "application/problem+json"


def problem_of(answer: Any) -> dict[str, Any]:
    """Return the problem details of an answer, which must be such."""
    assert answer["Content-Type"] == PROBLEM
    told: dict[str, Any] = answer.json()
    assert told["status"] == answer.status_code
    return told


def fields_of(answer: Any) -> list[str]:
    """Return the inputs that an answer calls bad."""
    return [each["field"] for each in problem_of(answer)["errors"]]
