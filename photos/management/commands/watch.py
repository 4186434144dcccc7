"""Watch the libraries' folders, and scan what is new there."""

from typing import Any

from django.core.management.base import BaseCommand

from photos.watching import watch_for_ever


class Command(BaseCommand):
    """``manage.py watch``."""

    help = "Scan new and changed photos as soon as they are there; one process is enough."

    def handle(self, *args: Any, **options: Any) -> None:
        """Watch until stopped."""
        watch_for_ever()
