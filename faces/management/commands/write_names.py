"""Write the names of labelled faces into XMP files beside the photos, or into the photos."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.actions.writing import check_writing, write_library
from photos.models import Photo
from photos.queries import NoSuchLibraryError, library_named


class Command(BaseCommand):
    """``manage.py write_names LIBRARY``."""

    help = "Write the names that people have confirmed, for other programs to read."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which library, and where to write."""
        parser.add_argument("library", metavar="LIBRARY", help="its name, folder or number")
        parser.add_argument(
            "--into-files", action="store_true", help="into the photos, by exiftool"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be written, and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write and say what came of it."""
        counts = {True: 0, False: 0}
        problems: list[str] = []

        def tell(photo: Photo, changed: bool, problem: str) -> None:
            if problem:
                problems.append(f"{photo.path}: {problem}")
                return
            counts[changed] += 1
            if changed and options["verbosity"] > 1:
                self.stdout.write(photo.path)

        try:
            library = library_named(options["library"])
            check_writing(library=library, into_files=options["into_files"])
            write_library(
                library=library,
                into_files=options["into_files"],
                dry_run=options["dry_run"],
                keep_going=lambda: None,
                after_each=tell,
            )
        except NoSuchLibraryError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        verb = "would be written" if options["dry_run"] else "written"
        self.stdout.write(f"{counts[True]} photos {verb}, {counts[False]} have their names already")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} photos could not be written")
