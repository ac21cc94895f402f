"""Servers for tests of given URLs, the refusal of a URL, and child processes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pymysql
import pytest

from microshop.migrations.database_users import MIGRATIONS, PRIVILEGES
from tests.support.local_servers import VARIABLES, forget_given_servers
from tools.local.backing_services import BackingServices
from tools.local.servers.database import Database
from tools.local.servers.external import ExternalServers
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Processes
from tools.local.servers.redis import Redis as RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PASSWORD = "p@ss/w:rd%#"


class DatabaseServer:
    """The database server of these tests, with an operator who has all privileges."""

    def __init__(self, port: int) -> None:
        self.port = port

    def run(self, *statements: str) -> None:
        """Run statements as the operator."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="operator", password="secret")
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def tables(self, database: str) -> list[str]:
        """The names of a database's tables."""
        connection = pymysql.connect(host="127.0.0.1", port=self.port, user="operator", password="secret")
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (database,))
            return [name for (name,) in cursor.fetchall()]

    def url(self, user: str, *, password: str = PASSWORD, database: str = "microshop", scheme: str = "mysql") -> str:
        """The URL of a user."""
        return f"{scheme}://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="module")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    folder = tmp_path_factory.mktemp("given")
    database, processes = Database(folder, durable=False, progress=lambda _: None), Processes(folder / "run")
    launch = database.prepare()
    with (folder / "mysql/account.sql").open("a") as script:
        script.write("CREATE USER 'operator'@'%' IDENTIFIED BY 'secret';\n")
        script.write("GRANT ALL ON *.* TO 'operator'@'%' WITH GRANT OPTION;\n")
    child = processes.start(launch)
    try:
        child.wait_until(database.is_ready, 60)
        own = DatabaseServer(int((folder / "mysql/port").read_text()))
        own.run(
            f"CREATE USER 'rows'@'%' IDENTIFIED BY '{PASSWORD}'",
            "GRANT SELECT, INSERT, UPDATE ON microshop.* TO 'rows'@'%'",
            f"CREATE USER 'tables'@'%' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT {', '.join(PRIVILEGES[MIGRATIONS])} ON microshop.* TO 'tables'@'%'",
            "CREATE DATABASE stranger",
        )
        yield own
    finally:
        processes.stop(child, database.stop_timeout)


@pytest.fixture(scope="module")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the Redis of these tests."""
    folder = tmp_path_factory.mktemp("given-redis")
    server, processes = RedisServer(folder, durable=False), Processes(folder / "run")
    child = processes.start(server.prepare())
    try:
        child.wait_until(server.is_ready, 60)
        yield server.url
    finally:
        processes.stop(child)


@pytest.fixture
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that use this fixture start their own servers."""
    forget_given_servers(monkeypatch)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """The processes of a folder. They are killed after the test."""
    made = Processes(tmp_path / "run")
    yield made
    for child in list(made._children.values()):
        made.stop(child, timeout=0)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    forget_given_servers(monkeypatch)
    return Refused(tmp_path, monkeypatch)


class Refused:
    """Starts the servers of a data folder with given URLs, which must be refused."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch

    def __call__(self, **urls: str) -> str:
        """Start the servers. Returns the message: one sentence without a password. No server is started."""
        for name, url in urls.items():
            self._monkeypatch.setenv(VARIABLES[name], url)
        steps: list[str] = []
        with pytest.raises(ServerProblem) as problem:
            BackingServices(self._folder, durable=False, progress=steps.append).start()
        message = str(problem.value)
        assert steps == []
        assert "\n" not in message
        assert not any(word in message for word in ("p@ss", "secret", "Error", "(1", "(2", "{"))
        return message


def check_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    for name, variable in VARIABLES.items():
        monkeypatch.setenv(variable, urls.get(name, ""))
    ExternalServers.from_environment().check()
