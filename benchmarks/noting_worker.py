"""``python -m benchmarks.noting_worker``: a worker that notes each photo that it looks into.

The file that ``BENCH_SEEN`` names gets a line for each.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def note(photo: Any, **_: Any) -> Callable[[], None]:
    """Write its path down."""
    with Path(os.environ["BENCH_SEEN"]).open("a", encoding="utf-8") as seen:
        seen.write(f"{photo.path}\n")
    return lambda: None  # nothing to store


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from photos.signals import photo_decoded

    photo_decoded.connect(note)
    call_command("worker")
