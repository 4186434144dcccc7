"""Connections by TCP to a host that has vanished: noticed in half a minute, on both ends.

A host without power or network says no goodbye. By the system's defaults its peers would wait for
two hours, a PostgreSQL with the advisory locks of its workers, and so with the photos in their
hands; and workers with a session that nobody is at the other end of.
"""

from collections.abc import Mapping
from typing import Any

# Seconds of silence, then between questions, of which so many stay without an answer.
IDLE, INTERVAL, COUNT = 10, 5, 3
# Milliseconds that what was sent may wait to be acknowledged.
UNHEARD = (IDLE + INTERVAL * COUNT) * 1000
# Seconds for a new connection.
CONNECT = 10


def watched(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of psycopg that have both ends ask whether the other is there.

    What an address says itself counts. The server's end is asked for by its own settings, which
    any session may set for itself; they say nothing to Unix sockets.
    """
    server = {
        "tcp_keepalives_idle": IDLE,
        "tcp_keepalives_interval": INTERVAL,
        "tcp_keepalives_count": COUNT,
        "tcp_user_timeout": UNHEARD,
    }
    return {
        "connect_timeout": CONNECT,
        "keepalives_idle": IDLE,
        "keepalives_interval": INTERVAL,
        "keepalives_count": COUNT,
        "tcp_user_timeout": UNHEARD,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
        **options,
    }
