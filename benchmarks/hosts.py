"""Two hosts on one machine: servers that listen on the network, and wires that can be cut.

Where the account may make network namespaces, a host is one of them, with a link of its own to a
bridge on which PostgreSQL and Valkey listen; what is cut is the link, so that packets vanish, as
when somebody pulls a cable. Elsewhere a host is a process group, and its wires are relays, whose
connections end when they are cut.
"""

import os
import secrets
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
import redis

from benchmarks.relay import Relay
from project.embedded import Postgres, Server, Valkey
from project.home import socket_folder

HOSTS = (1, 2)
WAYS = {
    "namespaces": "two network namespaces, linked by a bridge",
    "groups": "two process groups behind relays, as network namespaces are not allowed here",
}


class SharedPostgres(Postgres):
    """The embedded PostgreSQL with an address and a password; its socket is ours as ever."""

    def __init__(self, home: Path, address: str, password: str) -> None:
        super().__init__(home)
        self._address, self._password = address, password

    def command(self) -> list[str]:
        rules = self.home / "pg_hba.conf"
        rules.write_text("local all all trust\nhost all all all scram-sha-256\n", encoding="ascii")
        rules.chmod(0o644)
        settings = f"listen_addresses={self._address}", f"hba_file={rules}"
        return [*super().command(), *(word for each in settings for word in ("-c", each))]

    def ready(self) -> bool:
        if not super().ready():
            return False
        with self._connect("postgres") as connection:
            connection.execute(f"ALTER ROLE kith PASSWORD '{self._password}'")
        return True


class SharedValkey(Valkey):
    """The embedded Valkey with an address and a password."""

    def __init__(self, home: Path, address: str, password: str) -> None:
        super().__init__(home)
        self._address, self._password = address, password

    def command(self) -> list[str]:
        # Of two words for the same option the last counts.
        listening = ("--bind", self._address, "--port", "6379", "--requirepass", self._password)
        return [*super().command(), *listening]

    def ready(self) -> bool:
        where = {"unix_socket_path": str(self.socket), "password": self._password}
        with redis.Redis(**where, socket_timeout=5) as client:  # type: ignore[arg-type]
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


@dataclass
class Host(ABC):
    """Where workers run that know the servers by these addresses."""

    number: int
    database_url: str
    redis_url: str

    def command(self, *words: str, **environment: str) -> list[str]:
        """Return what runs a command there."""
        own = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, **environment}
        return ["env", *(f"{name}={value}" for name, value in own.items()), *words]

    @abstractmethod
    def cut_off(self) -> None:
        """Let it reach nobody, and nobody reach it."""

    @abstractmethod
    def is_back(self) -> None:
        """Let it reach the others again."""

    @abstractmethod
    def lose_queue(self) -> None:
        """Let it reach the database alone."""

    @abstractmethod
    def find_queue(self) -> None:
        """Let it reach the queue again."""


class Network(ABC):
    """Two hosts, and servers that both reach; the URLs are for whoever is on neither host."""

    way: str
    database_url: str
    redis_url: str
    hosts: Sequence[Host]

    @abstractmethod
    def servers(self, home: Path) -> list[Server]:
        """Return the servers of a data folder, which have not been started."""

    @abstractmethod
    def by_socket(self, home: Path) -> dict[str, str]:
        """Return the environment of a process on the servers' own host, without any network."""


@contextmanager
def network(home: Path) -> Iterator[Network]:
    """Give two hosts: namespaces where they can be made, else process groups."""
    with ExitStack() as stack:
        found: Network
        try:
            found = stack.enter_context(NamespaceNetwork())
        except NotAllowedError:
            found = stack.enter_context(GroupNetwork(home))
        yield found


class NotAllowedError(Exception):
    """This account may make no network namespaces."""


class NamespaceHost(Host):
    """A network namespace with one link, to the bridge."""

    def __init__(self, number: int, network: "NamespaceNetwork") -> None:
        super().__init__(number, network.database_url, network.redis_url)
        self.name, self.link = f"{network.name}-{number}", f"{network.name}l{number}"
        self._queue = network.queue

    def command(self, *words: str, **environment: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *super().command(*words, **environment)]

    def cut_off(self) -> None:
        ip("link", "set", self.link, "down")

    def is_back(self) -> None:
        ip("link", "set", self.link, "up")

    def lose_queue(self) -> None:
        ip("-n", self.name, "route", "add", "blackhole", f"{self._queue}/32")

    def find_queue(self) -> None:
        ip("-n", self.name, "route", "del", "blackhole", f"{self._queue}/32")


class NamespaceNetwork(Network):
    """A bridge with an address for each server, and two namespaces that are linked to it."""

    way = "namespaces"

    def __init__(self) -> None:
        self.name = f"kith{os.getpid() % 100_000}"  # a link's name has 15 letters at most
        net = _free_net()
        self._database, self.queue, self._net = f"{net}.1", f"{net}.2", net
        self._passwords = secrets.token_hex(8), secrets.token_hex(8)
        self.database_url = f"postgres://kith:{self._passwords[0]}@{self._database}:5432/kith"
        self.redis_url = f"redis://:{self._passwords[1]}@{self.queue}:6379/0"
        self.hosts = self._made = [NamespaceHost(number, self) for number in HOSTS]

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or shutil.which("ip") is None:
            raise NotAllowedError
        try:
            self._make()
        except subprocess.CalledProcessError as error:
            self.__exit__()
            raise NotAllowedError from error
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._made:
            ip("netns", "del", host.name, check=False)  # and with it the link
        ip("link", "del", self.name, check=False)

    def _make(self) -> None:
        ip("link", "add", self.name, "type", "bridge")
        for address in (self._database, self.queue):
            ip("address", "add", f"{address}/24", "dev", self.name)
        ip("link", "set", self.name, "up")
        for host in self._made:
            ip("netns", "add", host.name)
            ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            ip("link", "set", host.link, "master", self.name, "up")
            address = f"{self._net}.{10 + host.number}/24"
            ip("-n", host.name, "address", "add", address, "dev", "eth0")
            for link in ("lo", "eth0"):
                ip("-n", host.name, "link", "set", link, "up")

    def servers(self, home: Path) -> list[Server]:
        database, queue = self._passwords
        return [
            SharedPostgres(home, self._database, database),
            SharedValkey(home, self.queue, queue),
        ]

    def by_socket(self, home: Path) -> dict[str, str]:
        queue = f"unix://:{self._passwords[1]}@{socket_folder(home)}/valkey.sock"
        return {"DATABASE_URL": "", "REDIS_URL": queue}


class GroupHost(Host):
    """A process group with a wire of its own to each server."""

    def __init__(self, number: int, home: Path) -> None:
        sockets = socket_folder(home)
        self._database = Relay(sockets / ".s.PGSQL.5432")
        self._queue = Relay(sockets / "valkey.sock")
        super().__init__(
            number,
            f"postgres://kith@127.0.0.1:{self._database.port}/kith",
            f"redis://127.0.0.1:{self._queue.port}/0",
        )

    def cut_off(self) -> None:
        self._database.cut()
        self._queue.cut()

    def is_back(self) -> None:
        self._database.mend()
        self._queue.mend()

    def lose_queue(self) -> None:
        self._queue.cut()

    def find_queue(self) -> None:
        self._queue.mend()

    def close(self) -> None:
        """Take the wires down."""
        self._database.close()
        self._queue.close()


class GroupNetwork(Network):
    """Relays to the servers' sockets."""

    way = "groups"
    database_url = redis_url = ""  # as an installation has them by itself

    def __init__(self, home: Path) -> None:
        self._home = home

    def __enter__(self) -> Self:
        self.hosts = self._made = [GroupHost(number, self._home) for number in HOSTS]
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._made:
            host.close()

    def servers(self, home: Path) -> list[Server]:
        return [Postgres(home), Valkey(home)]

    def by_socket(self, home: Path) -> dict[str, str]:
        return {}


def _free_net() -> str:
    """Return the first three numbers of addresses that nobody has here."""
    known = [each.address for link in psutil.net_if_addrs().values() for each in link]
    nets = (f"10.213.{(os.getpid() + n) % 250}" for n in range(250))
    return next(net for net in nets if not any(each.startswith(f"{net}.") for each in known))


def ip(*words: str, check: bool = True) -> None:
    """Run iproute2's program; CalledProcessError if it refuses."""
    subprocess.run(["ip", *words], check=check, capture_output=True)  # noqa: S607
