"""Connections to a host that has vanished."""

import subprocess
import sys

import psycopg
import pytest
from django.db import connection

from project.wires import COUNT, IDLE, INTERVAL, UNHEARD, watched
from tests.workers import ROOT

# In seconds, but the last.
ASKED_OF_THE_SERVER = {
    "tcp_keepalives_idle": IDLE,
    "tcp_keepalives_interval": INTERVAL,
    "tcp_keepalives_count": COUNT,
    "tcp_user_timeout": UNHEARD,
}


def test_what_an_address_says_itself_counts() -> None:
    options = watched({"keepalives_idle": 99, "sslmode": "require"})
    assert (options["keepalives_idle"], options["sslmode"]) == (99, "require")
    assert options["tcp_user_timeout"] == UNHEARD


@pytest.mark.django_db
def test_both_ends_of_every_session_are_watched() -> None:
    connection.ensure_connection()
    parameters = psycopg.conninfo.conninfo_to_dict(connection.connection.info.dsn)
    assert str(parameters["keepalives_idle"]) == str(IDLE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, reset_val FROM pg_settings WHERE source = 'client'")
        asked = dict(cursor.fetchall())
    # By a Unix socket they are said, and mean nothing.
    assert set(asked) >= set(ASKED_OF_THE_SERVER)


def test_the_settings_have_them_for_an_outside_database() -> None:
    script = "from project.settings import DATABASES as d; print(d['default']['OPTIONS'])"
    printed = subprocess.check_output(
        [sys.executable, "-c", script],
        cwd=ROOT,
        text=True,
        env={"DATABASE_URL": "postgres://kith@far.example/kith", "KITH_SECRET_KEY": "x" * 50},
    )
    for name, value in ASKED_OF_THE_SERVER.items():
        assert f"-c {name}={value}" in printed
