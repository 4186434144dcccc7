"""PostgreSQL with pgvector, and Valkey, from wheels: for when no outside server is configured."""

from project.embedded.account import ServerError
from project.embedded.postgres import Postgres
from project.embedded.server import Server
from project.embedded.valkey import Valkey

__all__ = ["Postgres", "Server", "ServerError", "Valkey"]
