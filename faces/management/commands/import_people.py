"""Take over people and faces that another program, or another Kith, has exported."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.actions.elsewhere import FromElsewhere, import_elsewhere
from faces.actions.importing import Imported, import_kith
from faces.interchange.elsewhere import PROGRAMS, ElsewhereError, read_elsewhere
from faces.interchange.kith import ExportError
from faces.management.users import only_user
from faces.models import Mention
from photos.queries import NoSuchLibraryError, library_named

MOST_LISTED = 20


class Command(BaseCommand):
    """``manage.py import_people PROGRAM FILE``."""

    help = "Take over people and faces from another program's JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take from where, and into which library."""
        parser.add_argument("program", choices=["kith", *PROGRAMS])
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--library", metavar="LIBRARY", help="only photos of this library")
        parser.add_argument("--user", metavar="NAME", help="whose; needed if there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take over and say what was matched."""
        try:
            library = library_named(options["library"]) if options["library"] else None
            owner = library.owner if library else only_user(options["user"])
            with options["file"].open(encoding="utf-8") as file:
                if options["program"] == "kith":
                    self._say(import_kith(owner=owner, file=file, library=library))
                    return
                found = import_elsewhere(
                    owner=owner,
                    source=Mention.Source(options["program"]),
                    photos=read_elsewhere(options["program"], file.read()),
                    library=library,
                )
            self._tell(found)
        except (NoSuchLibraryError, ExportError, ElsewhereError) as error:
            raise CommandError(str(error)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None

    def _say(self, imported: Imported) -> None:
        self.stdout.write(f"{imported.photos} photos are here, {len(imported.missing)} are not")
        for section, count in imported.rows.items():
            self.stdout.write(f"  {section}: {count}")
        self._missing(imported.missing)

    def _tell(self, found: FromElsewhere) -> None:
        taken = found.taken
        self.stdout.write(f"{found.photos} photos are here, {len(found.missing)} are not")
        self.stdout.write(f"  names that were not known yet: {found.names}")
        self.stdout.write(f"  faces labelled: {taken.labelled}")
        self.stdout.write(f"  left, as people have said otherwise here: {taken.left}")
        self.stdout.write(f"  names whose face is not known: {taken.hints}")
        self.stdout.write(f"  photos to be scanned for a face at a box: {found.scanned}")
        self._missing(found.missing)

    def _missing(self, paths: list[str]) -> None:
        for path in paths[:MOST_LISTED]:
            self.stdout.write(f"  not here: {path}")
        if len(paths) > MOST_LISTED:
            self.stdout.write(f"  and {len(paths) - MOST_LISTED} more")
