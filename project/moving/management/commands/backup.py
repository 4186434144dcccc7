"""Back up all that Kith knows, also while it runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from project.embedded import ServerError
from project.moving.backup import make_backup
from project.moving.database import MovingError


class Command(BaseCommand):
    """``manage.py backup FOLDER``."""

    help = "Write the database, the pictures, uploads and the secret key into a new folder."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to, and how much."""
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--without-pictures",
            action="store_true",
            help="leave out thumbnails and crops, which Make pictures makes again from the photos",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it; the folder is complete or not there."""
        folder: Path = options["folder"].expanduser().resolve()
        try:
            held = make_backup(folder, with_pictures=not options["without_pictures"])
        except (MovingError, ServerError) as error:
            raise CommandError(str(error)) from None
        rows = sum(content.rows for content in held.values())
        self.stdout.write(f"{rows:,} rows of {len(held)} tables, and the files, are in {folder}.")
