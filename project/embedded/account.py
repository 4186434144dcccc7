"""Who runs what when we are root, and the private folder where the servers are reached."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNTS = ("daemon", "nobody")


class ServerError(Exception):
    """A server could not be started; the message is meant for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account of the system: PostgreSQL refuses to run as root."""

    name: str
    user: int
    group: int

    def options(self) -> dict[str, Any]:
        """Return the arguments that make ``subprocess`` run a program as this account."""
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def can_run(self, *command: str | Path) -> bool:
        """Whether the command succeeds as this account; the surest way to ask for permission."""
        try:
            done = subprocess.run(
                command, cwd="/", capture_output=True, check=False, **self.options()
            )
        except OSError:
            return False
        return done.returncode == 0


def unprivileged_account() -> Account | None:
    """Return the account for PostgreSQL, or ``None`` where our own will do."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ServerError("PostgreSQL must not run as root, and there is no account named daemon")


def make_socket_folder(folder: Path) -> None:
    """Make the folder of the sockets, which only we may enter, and PostgreSQL's account.

    Where the path is in the shared temporary folder, somebody else may have taken the name.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid():
        raise ServerError(f"{folder} belongs to somebody else: set KITH_HOME to a shorter path")
    account = unprivileged_account()
    if account is None:
        folder.chmod(0o700)
    else:
        os.chown(folder, -1, account.group)
        # Sticky: the database's account must not replace the other server's socket.
        folder.chmod(0o1770)
