"""Servers that are not embedded: reached by TCP, with users and passwords of their own."""

from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from project.embedded import Postgres, Valkey
from tests.supervisor import free_port

PASSWORD = "p@ss/w#rd:1"  # with all that an address must quote


class OutsidePostgres(Postgres):
    """A PostgreSQL that other hosts reach, each user by a password."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.port = free_port()

    def command(self) -> list[str]:
        rules = self.home / "pg_hba.conf"
        rules.write_text("local all all trust\nhost all all all scram-sha-256\n")
        rules.chmod(0o644)
        settings = ("listen_addresses=127.0.0.1", f"port={self.port}", f"hba_file={rules}")
        return [*super().command(), *(word for each in settings for word in ("-c", each))]

    def new_database(self, name: str, *, encoding: str = "UTF8", owned: bool = True) -> str:
        """Make a database and a user of the same name; return what DATABASE_URL says of it."""
        named = {"name": sql.Identifier(name), "encoding": sql.Literal(encoding)}
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {name} LOGIN PASSWORD {password}").format(
                    **named, password=sql.Literal(PASSWORD)
                )
            )
            connection.execute(
                sql.SQL(
                    "CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding} LOCALE 'C'"
                ).format(**named)
            )
            if owned:
                connection.execute(sql.SQL("ALTER DATABASE {name} OWNER TO {name}").format(**named))
        return f"postgres://{name}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{name}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the one who may do everything."""
        return self._connect(database)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            port=self.port,
            user="kith",
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )


class OutsideValkey(Valkey):
    """A Valkey that other hosts reach."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.port = free_port()

    @property
    def url(self) -> str:
        """What REDIS_URL says of it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        # Of two words for the same option the last counts.
        return [*super().command(), "--bind", "127.0.0.1", "--port", str(self.port)]
