"""Write all that a user has said in Kith into one JSON file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.exports import exported
from faces.management.users import only_user
from project.audit.recording import Verb, record


class Command(BaseCommand):
    """``manage.py export_people FILE``."""

    help = "Write people, faces, labels and all that was said into one JSON file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to, and whose."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--user", metavar="NAME", help="whose; needed if there are several")
        parser.add_argument(
            "--embeddings", action="store_true", help="also the numbers that faces are compared by"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it; the file is complete or not there."""
        owner = only_user(options["user"])
        file: Path = options["file"]
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("w", encoding="utf-8") as out:
                out.writelines(exported(owner, embeddings=options["embeddings"]))
            unfinished.replace(file)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        record(actor=None, verb=Verb.EXPORTED, subject=f"people of user {owner.pk}")
        self.stdout.write(f"{owner.get_username()}'s people are in {file}.")
