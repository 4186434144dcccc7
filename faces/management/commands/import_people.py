"""Take over people and faces that another program, or another Kith, has exported."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.actions.imports import SOURCES, People, import_people
from faces.interchange.elsewhere import ElsewhereError
from faces.interchange.kith import ExportError
from faces.management.users import only_user
from photos.queries import NoSuchLibraryError, library_named

MOST_LISTED = 20


class Command(BaseCommand):
    """``manage.py import_people PROGRAM FILE``."""

    help = "Take over people and faces from another program's JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take from where, and into which library."""
        parser.add_argument("program", choices=SOURCES)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--library", metavar="LIBRARY", help="only photos of this library")
        parser.add_argument("--user", metavar="NAME", help="whose; needed if there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take over and say what was matched."""
        try:
            library = library_named(options["library"]) if options["library"] else None
            owner = library.owner if library else only_user(options["user"])
            with options["file"].open(encoding="utf-8") as file:
                people = import_people(
                    owner=owner, program=options["program"], file=file, library=library
                )
        except (NoSuchLibraryError, ExportError, ElsewhereError) as error:
            raise CommandError(str(error)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        self._tell(people)

    def _tell(self, people: People) -> None:
        self.stdout.write(f"{people.photos} photos are here, {len(people.missing)} are not")
        for what, count in people.counts.items():
            self.stdout.write(f"  {what}: {count}")
        self._missing(people.missing)

    def _missing(self, paths: list[str]) -> None:
        for path in paths[:MOST_LISTED]:
            self.stdout.write(f"  not here: {path}")
        if len(paths) > MOST_LISTED:
            self.stdout.write(f"  and {len(paths) - MOST_LISTED} more")
