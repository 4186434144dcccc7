"""Say whether names that other programs have written into a library's files are taken over."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from photos.actions.libraries import change_library
from photos.queries import NoSuchLibraryError, library_named


class Command(BaseCommand):
    """``manage.py read_names LIBRARY on|off``."""

    help = "Take over the names that other programs have written into photos, or do not."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which library, and whether."""
        parser.add_argument("library", metavar="LIBRARY", help="its name, folder or number")
        parser.add_argument("reads", choices=["on", "off"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Change it; names that were taken over stay."""
        try:
            library = library_named(options["library"])
        except NoSuchLibraryError as error:
            raise CommandError(str(error)) from None
        change_library(library=library, reads_names=options["reads"] == "on")
        does = "reads" if library.reads_names else "does not read"
        self.stdout.write(f"Kith {does} the names in the files of {library.name} from now on.")
