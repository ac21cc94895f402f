"""A real database server with TLS, for the tests that need it."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pymysql

from tests.support.certificates import Authority
from tools.local.servers.database import Database
from tools.local.servers.database_program import DatabaseProgram, find_program
from tools.local.servers.processes import Launch, Processes

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class TlsDatabase:
    """A running server with an account that may create others."""

    url: str
    is_mariadb: bool

    @property
    def port(self) -> int:
        """The port on localhost."""
        return int(urlsplit(self.url).port or 0)

    def create_user(self, user: str, password: str) -> None:
        """Create an account without privileges that must use TLS, or replace it."""
        authentication = (
            "VIA mysql_native_password USING PASSWORD(%s)" if self.is_mariadb else "WITH caching_sha2_password BY %s"
        )
        login = urlsplit(self.url)
        connection = pymysql.connect(
            host="127.0.0.1", port=self.port, user=login.username, password=login.password or ""
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP USER IF EXISTS %s@'%%'", (user,))
            cursor.execute(f"CREATE USER %s@'%%' IDENTIFIED {authentication} REQUIRE SSL", (user, password))


@contextmanager
def running_tls_database(folder: Path, authority: Authority, *hosts: str) -> Iterator[TlsDatabase]:
    """Run the server during the `with` block, with a certificate for the hosts."""
    found: list[DatabaseProgram] = []

    def find(progress: object) -> DatabaseProgram:
        found.append(find_program(lambda _: None))
        return found[-1]

    database = Database(folder, durable=False, progress=lambda _: None, find=find)
    launch = _with_tls(database.prepare(), authority, *hosts)
    processes = Processes(folder / "run")
    child = processes.start(launch)
    try:
        child.wait_until(database.is_ready, _SECONDS_TO_START)
        yield TlsDatabase(database.migration_url, found[-1].is_mariadb)
    finally:
        processes.stop(child, database.stop_timeout)


def _with_tls(launch: Launch, authority: Authority, *hosts: str) -> Launch:
    certificate, key = authority.issue(*hosts)
    init_file = next(word.partition("=")[2] for word in launch.command if word.startswith("--init-file="))
    with Path(init_file).open("a", encoding="utf-8") as script:
        script.write("GRANT CREATE USER ON *.* TO 'microshop_migrations'@'%';\n")
    options = [f"--ssl-ca={authority.roots}", f"--ssl-cert={certificate}", f"--ssl-key={key}"]
    return copy.replace(launch, command=[*launch.command, *options])
