"""What must hold before anything starts; each fault is one line for the person at the terminal."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project.environment.hosts import EVERYWHERE
from project.environment.variables import env
from project.home import make_home


class RunError(Exception):
    """Kith cannot start; the message says what to change."""


@dataclass(frozen=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def bind(self) -> str:
        """In the form that gunicorn takes."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """What to open in the browser, ending in a slash."""
        shown = Address(socket.gethostname(), self.port) if self.host in EVERYWHERE else self
        return f"http://{shown.bind}/"

    @property
    def reachable_host(self) -> str:
        """The host to connect to from this machine."""
        return "localhost" if self.host in EVERYWHERE else self.host


def photos_folder(argument: str) -> Path:
    """Return the absolute folder of the photos, which can be listed."""
    try:
        folder = Path(argument).expanduser().resolve()
        with os.scandir(folder):
            pass
        str(folder).encode()
    except FileNotFoundError:
        raise RunError(f"PHOTOS: there is no folder {folder}") from None
    except NotADirectoryError:
        raise RunError(f"PHOTOS: {folder} is not a folder") from None
    except PermissionError:
        raise RunError(f"PHOTOS: {folder} cannot be read: check its permissions") from None
    except UnicodeEncodeError:
        raise RunError("PHOTOS: the folder's name is not valid UTF-8: rename it") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise RunError(f"PHOTOS: {argument} cannot be used: {error}") from None
    return folder


def address_from_environment() -> Address:
    """Return KITH_HOST and KITH_PORT, or this machine's port 8000."""
    return Address(env("KITH_HOST"), env("KITH_PORT"))


def check_address_is_free(address: Address) -> None:
    """Bind the address for a moment, as the web server is going to."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except (OSError, UnicodeError) as error:
        raise RunError(_why_not(address, error)) from None


def _why_not(address: Address, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"port {address.port} is busy: choose another one, such as KITH_PORT=8001"
    if number == errno.EACCES:
        return f"port {address.port} needs more rights: choose one from 1024 on with KITH_PORT"
    return f"KITH_HOST: {address.host} is not an address of this machine"


@contextlib.contextmanager
def sole_use(home: Path) -> Iterator[None]:
    """Hold the data folder: two supervisors on one database would end each other's processes."""
    try:
        make_home(home)
        lock = (home / "lock").open("a")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"KITH_HOME: {home} cannot be written: {reason}") from None
    with lock:
        try:
            # The kernel lets go of it when we end, however we end.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"Kith is already running on {home}: stop it, or set KITH_HOME to another folder"
            ) from None
        yield
