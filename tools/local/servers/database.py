"""Owns the local database server: its data folder, its two users and how it is started."""

import os
from collections.abc import Callable
from pathlib import Path

import pymysql

from microshop.migrations import database_users
from tools.local.servers.database_layout import lay_out
from tools.local.servers.database_program import DatabaseProgram, find_program
from tools.local.servers.ports_and_passwords import LOOPBACK, free_port, kept_password
from tools.local.servers.problems import ServerProblem
from tools.local.servers.processes import Launch

# Everything is said here and nothing comes from the machine's my.cnf files. Names are what both families share.
_SETTINGS = (
    "--skip-name-resolve",
    f"--bind-address={LOOPBACK}",
    "--socket=",  # none: its path would be limited to some 100 characters, and nothing needs it
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-connections=500",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
)
_SETTINGS_OF_MYSQL = ("--mysqlx=OFF", "--secure-file-priv=NULL")
# Tests build a data folder per run and throw it away: what a power cut would leave of it is nobody's concern.
_SETTINGS_WITHOUT_DURABILITY = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
# Who might do everything, before there were two.
_FORMER_USER = "microshop"


class Database:
    """The database server of one data folder."""

    name = "database"
    title = "database"
    keeps = "its data"
    patience = 20.0

    def __init__(
        self,
        data_folder: Path,
        *,
        durable: bool,
        progress: Callable[[str], None],
        find: Callable[[Callable[[str], None]], DatabaseProgram] = find_program,
    ) -> None:
        self._folder = data_folder / "mysql"
        self._log_file = data_folder / "logs" / "database.log"
        self._durable = durable
        self._progress = progress
        self._find = find
        self._port = 0
        self._passwords = {database_users.APPLICATION: "", database_users.MIGRATIONS: ""}

    @property
    def url(self) -> str:
        """Where the application connects to, with its user."""
        return self._url_of(database_users.APPLICATION)

    @property
    def migration_url(self) -> str:
        """The same with the user that may change tables."""
        return self._url_of(database_users.MIGRATIONS)

    def prepare(self) -> Launch:
        """Find or fetch the program and lay out its data folder."""
        program = self._find(self._progress)
        temporary = self._folder / "tmp"  # not /tmp, where servers delete each other's tables when they start
        temporary.mkdir(parents=True, exist_ok=True)
        data = self._folder / program.family
        self._refuse_data_of_another_family(program)
        if not data.exists():
            self._progress("laying out an empty database")
            lay_out(program, data)
        self._passwords = {
            database_users.APPLICATION: kept_password(self._folder / "password"),
            database_users.MIGRATIONS: kept_password(self._folder / "migrations_password"),
        }
        self._port = free_port(self._folder / "port")
        command = [*program.start, f"--datadir={data}", f"--tmpdir={temporary}", f"--port={self._port}", *_SETTINGS]
        command += [f"--pid-file={self._folder}/pid", f"--init-file={self._account_script(program)}"]
        command += () if program.is_mariadb else _SETTINGS_OF_MYSQL
        command += () if self._durable else _SETTINGS_WITHOUT_DURABILITY
        return Launch(self.name, self.title, command, self._log_file, {**os.environ, **program.environment})

    def is_ready(self) -> bool:
        """Whether the application can work with its database."""
        try:
            pymysql.connect(
                host=LOOPBACK,
                port=self._port,
                user=database_users.APPLICATION,
                password=self._passwords[database_users.APPLICATION],
                connect_timeout=5,
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
                    f"{self._folder} holds the data of a {family} server but {program.command[-1]} is {program.family}:"
                    f" put {family} on PATH again, or start afresh with `make reset`"
                )

    def _account_script(self, program: DatabaseProgram) -> Path:
        """Statements for every start, one a line: the users are made anew, so that no earlier release's grants stay."""
        identified = {user: _identified(password, program) for user, password in self._passwords.items()}
        statements = [
            "CREATE DATABASE IF NOT EXISTS microshop CHARACTER SET utf8mb4",
            f"DROP USER IF EXISTS {', '.join(f"'{user}'@'%'" for user in (_FORMER_USER, *identified))}",
            # Tests make databases of their own beside it.
            *database_users.statements("microshop%", identified),
            "ALTER USER 'root'@'localhost' ACCOUNT LOCK",
        ]
        script = self._folder / "account.sql"
        script.touch(mode=0o600)
        script.write_text("".join(f"{statement};\n" for statement in statements))
        return script


def _identified(password: str, program: DatabaseProgram) -> str:
    if program.is_mariadb:
        return f"IDENTIFIED VIA mysql_native_password USING PASSWORD('{password}')"
    return f"IDENTIFIED WITH caching_sha2_password BY '{password}'"
