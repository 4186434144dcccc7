"""Make the types of the pages' client from the API's schema, or check that they are its."""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from drf_spectacular.generators import SchemaGenerator

CLIENT = Path("frontend/src/schema.ts")
GENERATOR = Path("frontend/generator/node_modules/.bin/openapi-typescript")
MARK = "// Made by «make client» from the API's schema: "


class Command(BaseCommand):
    """manage.py api_client [--check]."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --check."""
        parser.add_argument("--check", action="store_true", help="only say whether they are old")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or check them."""
        described = schema_text()
        mark = MARK + hashlib.sha256(described.encode()).hexdigest()
        client = settings.BASE_DIR / CLIENT
        if not options["check"]:
            client.write_text(f"{mark}\n\n{_types(described)}", encoding="utf-8")
        elif not client.read_text(encoding="utf-8").startswith(mark):
            raise CommandError(f"The API is not what {CLIENT} says: run «make client».")


def schema_text() -> str:
    """Return the schema as text that is the same on every machine."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    return json.dumps(schema, sort_keys=True, default=str)


def _types(described: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        schema, types = Path(folder) / "openapi.json", Path(folder) / "schema.ts"
        schema.write_text(described, encoding="utf-8")
        subprocess.run(
            [
                *(settings.BASE_DIR / GENERATOR, schema, "--output", types, "--root-types"),
                *("--root-types-no-schema-prefix", "--default-non-nullable", "false"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return types.read_text(encoding="utf-8")
