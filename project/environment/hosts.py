"""The names under which browsers reach this machine."""

import socket

import psutil

EVERYWHERE = ("0.0.0.0", "::")  # listening on all addresses


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
