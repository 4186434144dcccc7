"""Where this installation keeps its data: database, thumbnails, crops, logs, secret key."""

import contextlib
import os
import re
import secrets
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import platformdirs

# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on the BSDs; PostgreSQL adds
# "/.s.PGSQL.5432.lock" to the folder.
LONGEST_SOCKET_FOLDER = 80
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+@-]+")
LONGEST_LOG_BYTES = 10_000_000


def kith_home() -> Path:
    """Return the absolute data folder: ``KITH_HOME``, else the platform's usual place.

    For root that is the site-wide folder, since a database must not run as root and other
    accounts cannot enter ``/root``.
    """
    chosen = os.environ.get("KITH_HOME")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/kith")
    return Path(platformdirs.user_data_dir("kith", appauthor=False)).resolve()


def make_home(home: Path) -> None:
    """Make the data folder, unless it is there, so that other accounts see nothing of it.

    Root's may be passed through, since the database's account has its own folder in it.
    """
    made = [home, *(parent for parent in home.parents if not parent.exists())]
    try:
        home.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return
    if os.geteuid() == 0:
        for folder in made:
            folder.chmod(0o711)


def open_log(home: Path, name: str) -> BinaryIO:
    """Open a log for adding lines; one that has grown long is set aside first."""
    folder = home / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > LONGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def socket_folder(home: Path) -> Path:
    """Return the folder of the embedded servers' sockets, as everybody can write it.

    Short enough for the kernel, and of plain characters: a space in a socket's path breaks what
    redis-py reads of its own connection, and others would have to be quoted in addresses.
    """
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(folder)):
        return folder
    digest = sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kith-{digest}"


def secret_key(home: Path) -> str:
    """Return the installation's secret key, made at the first call and readable by us only."""
    path = home / "secret_key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        make_home(home)
        draft = home / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        # A link, not a rename: of two processes that start together, the first one's key stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text(encoding="ascii")
