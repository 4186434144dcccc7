"""Copy an embedded installation to servers of one's own."""

import os
import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project.embedded import ServerError
from project.moving import out
from project.moving.database import MovingError


class Command(BaseCommand):
    """``manage.py move_out``, with DATABASE_URL, KITH_STORAGE and REDIS_URL in the environment."""

    help = (
        "Copy what is in KITH_HOME to the database, storage and queue that the environment names,"
        " and compare all of it. The old installation stays as it was."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Copy the pictures first, and the database last: all of it or nothing."""
        try:
            named = out.targets()
            with out.leaving():
                self._move(named)
        except (MovingError, ServerError, OSError) as error:
            raise CommandError(str(error)) from None
        self._tell(named)

    def _move(self, named: list[str]) -> None:
        warning = out.check_targets()
        if warning:
            self.stderr.write(warning)
        if "KITH_STORAGE" in named:
            heap = out.move_pictures()
            self.stdout.write(
                f"{heap.files:,} pictures, {heap.size / 1e6:,.1f} MB, are there and the same;"
                f" checksum {heap.checksum}"
            )
        if "DATABASE_URL" in named:
            held = out.move_database()
            for table, content in held.items():
                self.stdout.write(f"{content.rows:>12,} rows  {table}  checksum {content.checksum}")
            rows = sum(content.rows for content in held.values())
            self.stdout.write(f"{rows:,} rows of {len(held)} tables are there and the same.")
        if "KITH_STORAGE" in named:
            out.finish()

    def _tell(self, named: list[str]) -> None:
        if "REDIS_URL" in named:
            self.stdout.write("The queue answers. Nothing is copied there: jobs are rows.")
        self.stdout.write("\nStart Kith with this in its environment:\n")
        for name in named:
            self.stdout.write(f"  {name}={_without_password(os.environ[name])}")
        if not os.environ.get("KITH_SECRET_KEY"):
            key = settings.KITH_HOME / "secret_key"
            self.stdout.write(f"  KITH_SECRET_KEY=(on other hosts: what is in {key})")
        self.stdout.write(
            f"\nWhat is in {settings.KITH_HOME} is as it was: started without these lines, Kith"
            " goes on there, and knows nothing of what was done elsewhere."
        )


def _without_password(address: str) -> str:
    hidden = re.sub(r"://([^/@]*):[^/@]*@", r"://\1:(password)@", address)
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1(password)", hidden)
