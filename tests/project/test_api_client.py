"""The types of the pages' calls, and the schema that they are made from."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from project.api.management.commands.api_client import CLIENT, schema_text


def test_the_schema_is_the_same_each_time() -> None:
    assert schema_text() == schema_text()


def test_types_that_are_old_are_refused(settings: Settings, tmp_path: Path) -> None:
    call_command("api_client", check=True)
    settings.BASE_DIR = tmp_path
    client = tmp_path / CLIENT
    client.parent.mkdir(parents=True)
    client.write_text("// Made by «make client» from the API's schema: another\n")
    with pytest.raises(CommandError, match="make client"):
        call_command("api_client", check=True)
