"""Settings from the environment, refused in one line where they make no sense."""

import os
import socket

import psutil
from django.core.exceptions import ImproperlyConfigured

EVERYWHERE = ("0.0.0.0", "::")  # listening on all addresses


def choice(name: str, *allowed: str) -> str:
    """Return a variable that must be one of a few words; the first is the default."""
    value = os.environ.get(name) or allowed[0]
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: {value} is not one of {', '.join(allowed)}")
    return value


def number(name: str, default: float, *, lowest: float, highest: float) -> float:
    """Return a variable that must be a number of a range; a whole one if the default is."""
    value = os.environ.get(name) or str(default)
    try:
        parsed = int(value) if isinstance(default, int) else float(value)
    except ValueError:
        parsed = None
    if parsed is None or not lowest <= parsed <= highest:
        kind = "whole number" if isinstance(default, int) else "number"
        raise ImproperlyConfigured(
            f"{name}: {value} is not a {kind} from {lowest:g} to {highest:g}"
        )
    return parsed


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
