"""What the environment says of addresses, refused in one line where it makes no sense."""

import socket
from ipaddress import IPv4Network, IPv6Network, ip_network

import psutil
from django.core.exceptions import ImproperlyConfigured

EVERYWHERE = ("0.0.0.0", "::")  # listening on all addresses


def is_database_url(value: str) -> bool:
    """Return whether an address was given, which must be one of PostgreSQL."""
    if value and not value.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL: give an address such as postgres://user:password@host/kith"
        )
    return bool(value)


def names_of_this_machine(listening_on: str) -> list[str]:
    """Return the hosts under which browsers reach a server that listens on an address."""
    names = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
    if listening_on in EVERYWHERE:
        addresses = [a for each in psutil.net_if_addrs().values() for a in each]
        names += [a.address for a in addresses if a.family == socket.AF_INET]
        names += [f"[{a.address}]" for a in addresses if a.family == socket.AF_INET6]
        names.append(f"{socket.gethostname()}.local")
    elif listening_on:
        names.append(f"[{listening_on}]" if ":" in listening_on else listening_on)
    return names


def networks(variable: str, said: list[str]) -> list[IPv4Network | IPv6Network]:
    """Return addresses and networks as such; ImproperlyConfigured names one that is none."""
    try:
        return [ip_network(each.strip()) for each in said]
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable}: {error}") from None
