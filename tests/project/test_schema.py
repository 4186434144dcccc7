"""The OpenAPI schema."""

import json
from io import StringIO

from django.core.management import call_command


def test_the_schema_is_valid_and_made_without_a_warning() -> None:
    written = StringIO()
    call_command(
        "spectacular", validate=True, fail_on_warn=True, format="openapi-json", stdout=written
    )
    schema = json.loads(written.getvalue())
    paths = (
        "faces/",
        "faces/label/",
        "faces/conflicts/",
        "people/{id}/",
        "trainings/",
        "evaluations/",
    )
    for path in paths:
        assert f"/api/{path}" in schema["paths"]
    parameters = {each.get("name") for each in schema["paths"]["/api/faces/"]["get"]["parameters"]}
    assert {"tab", "method", "person", "min_probability", "sort", "cursor", "limit"} <= parameters
