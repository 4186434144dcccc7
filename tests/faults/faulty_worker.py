"""``python -m tests.faults.faulty_worker``: a worker that some photos are too much for.

What happens is up to the photo's name: ``hangs`` never comes back and holds Python's lock, as a
decoder in C may; ``crashes`` ends with a segmentation fault; ``devours`` is ended by the kernel for
want of memory, which is a SIGKILL; ``refuses`` gets no memory, which is an error. The file that
``KITH_SEEN`` names gets a line for every photo that was looked into. As long as there is the file
that ``KITH_FULL`` names, the disk of the pictures is full.
"""

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def find_fault(photo: Any, **_: Any) -> Callable[[], None]:
    """Do what the photo's name says."""
    if "KITH_SEEN" in os.environ:
        with Path(os.environ["KITH_SEEN"]).open("a") as seen:
            seen.write(f"{photo.path}\n")
    if "hangs" in photo.path:
        ctypes.PyDLL(None).pause()  # unlike CDLL keeps the lock
    if "crashes" in photo.path:
        ctypes.string_at(0)
    if "devours" in photo.path:
        os.kill(os.getpid(), signal.SIGKILL)
    if "refuses" in photo.path:
        bytearray(sys.maxsize)
    return lambda: None  # nothing to store


def save(storage: Any, name: str, content: Any) -> str:
    """Do as a storage does, unless its disk is full."""
    if Path(os.environ.get("KITH_FULL", "/nowhere")).exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    return str(usual_save(storage, name, content))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    import django

    django.setup()
    from django.core.files.storage import FileSystemStorage
    from django.core.management import call_command

    from photos.signals import photo_decoded

    photo_decoded.connect(find_fault)
    usual_save = FileSystemStorage._save  # type: ignore[attr-defined]
    FileSystemStorage._save = save  # type: ignore[attr-defined]
    call_command("worker")
