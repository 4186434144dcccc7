"""What the log does by itself."""

from typing import Any

from django.dispatch import receiver

from project.changes.log import shorten_log
from project.jobs.signals import tidying_up


@receiver(tidying_up)
def shorten(**kwargs: Any) -> None:
    """Keep the log short."""
    shorten_log()
