"""A separate database server with an admin like that of Amazon RDS, who logs in with a password and creates users."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pymysql

from microshop.migrations.database_users import MIGRATIONS, PRIVILEGES
from microshop.platform import mysql
from microshop.platform.settings import ServerAddress
from tools.local.servers.database import Database
from tools.local.servers.database_program import DatabaseProgram, find_program
from tools.local.servers.mysql_from_debian import find_mysql
from tools.local.servers.processes import Processes

ADMIN, ADMIN_PASSWORD = "boss", "p'w\\d%s"
_PRIVILEGES = f"{', '.join(PRIVILEGES[MIGRATIONS])}, CREATE USER, TRIGGER"
_SECONDS_TO_START = 60


class _ServerWithAdmin(Database):
    """A server without the shop's users."""

    def _account_script(self, program: DatabaseProgram) -> Path:
        script = super()._account_script(program)
        statements = [
            "CREATE USER 'boss'@'%' IDENTIFIED BY 'p''w\\\\d%s'",
            f"GRANT {_PRIVILEGES} ON *.* TO 'boss'@'%' WITH GRANT OPTION",
            *(() if program.is_mariadb else ("GRANT ROLE_ADMIN ON *.* TO 'boss'@'%'",)),
        ]
        script.write_text("".join(f"{statement};\n" for statement in statements))
        return script

    def is_ready(self) -> bool:
        address = self.address()
        try:
            pymysql.connect(
                host=address.host, port=address.port, user=ADMIN, password=ADMIN_PASSWORD, connect_timeout=5
            ).close()
        except pymysql.err.OperationalError:
            return False
        return True

    def address(self) -> ServerAddress:
        """The address and login of its admin."""
        port = urlsplit(self.url).port or 0
        return ServerAddress("127.0.0.1", port, ADMIN, ADMIN_PASSWORD, "", tls=None)


@contextlib.contextmanager
def server_with_admin(like: str) -> Iterator[ServerAddress]:
    """Run a server of the same product as the one at the URL `like`. Yields the address of its admin."""
    find = find_program if "MariaDB" in _version_of(like) else find_mysql
    with tempfile.TemporaryDirectory(prefix="microshop-test-") as folder:
        server = _ServerWithAdmin(Path(folder), durable=False, progress=lambda _: None, find=find)
        processes = Processes(Path(folder) / "run")
        child = processes.start(server.prepare())
        try:
            child.wait_until(server.is_ready, _SECONDS_TO_START)
            yield server.address()
        finally:
            processes.stop(child, server.stop_timeout)


def _version_of(url: str) -> str:
    at = urlsplit(url)
    database = mysql.Database(ServerAddress(at.hostname or "", at.port or 3306, at.username, at.password, "", tls=None))
    with contextlib.closing(database):
        [row] = database.rows("SELECT VERSION() AS version")
    return str(row["version"])
