"""Bring a backup back into an empty installation."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.embedded import ServerError
from project.moving.backup import restore_backup
from project.moving.database import MovingError


class Command(BaseCommand):
    """``manage.py restore FOLDER``."""

    help = "Bring a backup back into an empty installation, and compare what came with what was."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where from."""
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore it, into an installation without any data."""
        folder: Path = options["folder"].expanduser().resolve()
        try:
            held = restore_backup(folder)
        except (MovingError, ServerError) as error:
            raise CommandError(str(error)) from None
        rows = sum(content.rows for content in held.values())
        self.stdout.write(f"{rows:,} rows of {len(held)} tables are back, the same as they were.")
