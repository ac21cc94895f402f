"""The local database server: its data folder, its two users and its command."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pymysql

from microshop.migrations import database_users
from tools.local.servers.database_initialization import initialize_data_folder
from tools.local.servers.database_program import DatabaseProgram, find_program
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port, stored_password
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Launch

# The server ignores the my.cnf files of this machine (--no-defaults). The names work in MariaDB and in MySQL.
_SETTINGS = (
    "--skip-name-resolve",
    f"--bind-address={LOOPBACK}",
    "--socket=",  # no socket: its path is limited to about 100 characters
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-connections=500",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
)
_SETTINGS_OF_MYSQL = ("--mysqlx=OFF", "--secure-file-priv=NULL")
# Tests delete their data folder after the run, so a power failure may corrupt it.
_SETTINGS_WITHOUT_DURABILITY = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
# Earlier releases created this user, with all privileges.
_FORMER_USER = "microshop"


class Database:
    """The database server of one data folder."""

    name = "database"
    title = "database"
    retained_state = "its data"
    stop_timeout = 20.0

    def __init__(
        self,
        data_folder: Path,
        *,
        durable: bool,
        progress: Callable[[str], None],
        find: Callable[[Callable[[str], None]], DatabaseProgram] = find_program,
        settings: Sequence[str] = (),
    ) -> None:
        self._folder = data_folder / "mysql"
        self._log_file = data_folder / "logs" / "database.log"
        self._durable = durable
        self._progress = progress
        self._find = find
        self._settings = settings
        self._port = 0
        self._passwords = {database_users.APPLICATION: "", database_users.MIGRATIONS: ""}

    @property
    def url(self) -> str:
        """The URL for the application."""
        return self._url_of(database_users.APPLICATION)

    @property
    def migration_url(self) -> str:
        """The URL with the user that may change tables."""
        return self._url_of(database_users.MIGRATIONS)

    def prepare(self) -> Launch:
        """Find or download the program, and initialize its data folder."""
        program = self._find(self._progress)
        temporary = self._folder / "tmp"  # not /tmp, where servers delete the tables of other servers when they start
        temporary.mkdir(parents=True, exist_ok=True)
        data = self._folder / program.family
        self._refuse_data_of_another_family(program)
        if not data.exists():
            self._progress("initializing an empty database")
            initialize_data_folder(program, data)
        self._passwords = {
            database_users.APPLICATION: stored_password(self._folder / "password"),
            database_users.MIGRATIONS: stored_password(self._folder / "migrations_password"),
        }
        self._port = free_port(self._folder / "port")
        command = [*program.start, f"--datadir={data}", f"--tmpdir={temporary}", f"--port={self._port}", *_SETTINGS]
        command += [f"--pid-file={self._folder}/pid", f"--init-file={self._account_script(program)}"]
        command += () if program.is_mariadb else _SETTINGS_OF_MYSQL
        command += () if self._durable else _SETTINGS_WITHOUT_DURABILITY
        command += self._settings  # last, because the last of two settings counts
        return Launch(self.name, self.title, command, self._log_file, {**os.environ, **program.environment})

    def is_ready(self) -> bool:
        """Whether the application can connect."""
        try:
            pymysql.connect(
                host=LOOPBACK,
                port=self._port,
                user=database_users.APPLICATION,
                password=self._passwords[database_users.APPLICATION],
                connect_timeout=5,
                ssl_disabled=True,  # saves 25 ms of CPU for each attempt
            ).close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _url_of(self, user: str) -> str:
        return f"mysql://{user}:{self._passwords[user]}@{LOOPBACK}:{self._port}/microshop"

    def _refuse_data_of_another_family(self, program: DatabaseProgram) -> None:
        for family in {"mariadb", "mysql"} - {program.family}:
            if (self._folder / family).exists():
                raise ServerProblem(
                    f"{self._folder} has the data of a {family} server, but {program.command[-1]} is {program.family}:"
                    f" put {family} on PATH again, or delete the local data with `make reset`"
                )

    def _account_script(self, program: DatabaseProgram) -> Path:
        """Write the SQL that runs at every start.

        It removes what earlier releases granted on databases, and keeps what migrations granted on tables, because a
        server restarts without migrations.
        """
        clauses = {user: _password_clause(password, program) for user, password in self._passwords.items()}
        databases = "`microshop%`.*"  # tests create further databases
        application = f"'{database_users.APPLICATION}'@'%'"
        statements = [
            "CREATE DATABASE IF NOT EXISTS microshop CHARACTER SET utf8mb4",
            f"DROP USER IF EXISTS '{_FORMER_USER}'@'%'",
            *database_users.account_statements(clauses),
            # Only what is granted can be revoked without an error.
            f"GRANT ALL PRIVILEGES ON {databases} TO {application}",
            f"REVOKE ALL PRIVILEGES ON {databases} FROM {application}",
            *database_users.grant_statements("microshop%", clauses),
            "ALTER USER 'root'@'localhost' ACCOUNT LOCK",
        ]
        script = self._folder / "account.sql"
        script.touch(mode=0o600)
        script.write_text("".join(f"{statement};\n" for statement in statements))
        return script


def migration_url_of(data_folder: Path) -> str:
    """Returns the URL of a server that runs in this data folder, with the user that may change tables."""
    folder = data_folder / "mysql"
    user, password = database_users.MIGRATIONS, stored_password(folder / "migrations_password")
    return f"mysql://{user}:{password}@{LOOPBACK}:{(folder / 'port').read_text().strip()}/microshop"


def _password_clause(password: str, program: DatabaseProgram) -> str:
    if program.is_mariadb:
        return f"IDENTIFIED VIA mysql_native_password USING PASSWORD('{password}')"
    return f"IDENTIFIED WITH caching_sha2_password BY '{password}'"
