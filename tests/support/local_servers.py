"""The servers of `make run` in a data folder, and queries at their URLs."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest

from tools.local.backing_services import BackingServices

# The kind of server, or of database user → the environment variable with the URL of a given server.
VARIABLES = {
    "database": "MICROSHOP_DATABASE_URL",
    "migrations": "MICROSHOP_MIGRATION_DATABASE_URL",
    "redis": "MICROSHOP_REDIS_URL",
}


def forget_given_servers(patch: pytest.MonkeyPatch) -> None:
    """Unset the variables, so that a test starts its own servers."""
    for name in VARIABLES.values():
        patch.delenv(name, raising=False)


def local_servers(folder: Path, *, durable: bool = False) -> BackingServices:
    """The servers of a data folder, not started."""
    return BackingServices(folder, durable=durable, progress=lambda _: None)


def query(url: str, statement: str) -> Any:
    """Run one statement. Returns its rows."""
    server = urlsplit(url)
    connection = pymysql.connect(
        host=server.hostname,
        port=port_of(url),
        user=server.username,
        password=password_of(url),
        database=server.path.lstrip("/"),
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def port_of(url: str) -> int:
    """The port in a URL, or 0."""
    return urlsplit(url).port or 0


def password_of(url: str) -> str:
    """The password in a URL, or an empty text."""
    return urlsplit(url).password or ""
