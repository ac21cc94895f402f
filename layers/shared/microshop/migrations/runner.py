"""Applies the numbered files of this folder, each one statement, once and in order.

MySQL and MariaDB commit at every DDL statement, so a file and its record cannot share a transaction: a row is written
before the statement runs and finished after it. One that was begun and not finished is run again, and "already there"
or "already gone" then means that it had taken effect. A statement that changes rows does share a transaction with its
record, and is undone with it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from microshop.errors import Unavailable
from microshop.platform.mysql import Database
from microshop.platform.settings import server_address

_FOLDER = Path(__file__).parent
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql", re.ASCII)
# Lock names are the whole server's; 64 characters is the longest that MySQL takes.
_TAKE_LOCK = "SELECT GET_LOCK(LEFT(CONCAT('microshop-migrations:', DATABASE()), 64), %(seconds)s) AS taken"
_LOCK_WAIT_SECONDS = 60
# A statement may rebuild a large table; the function has 900 s.
_STATEMENT_SECONDS = 840
# Table, column, index and constraint exist already; table, column and index are gone already.
_TAKEN_EFFECT = frozenset({1050, 1060, 1061, 1826, 3822, 1051, 1091})

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version     INT NOT NULL,
    name        VARCHAR(128) NOT NULL,
    checksum    CHAR(64) NOT NULL,
    finished_at DATETIME(6) NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin
"""
_LEDGER = "SELECT version, name, checksum, finished_at FROM schema_migrations ORDER BY version"
_BEGIN = "INSERT IGNORE INTO schema_migrations (version, name, checksum) VALUES (%(version)s, %(name)s, %(checksum)s)"
# With name and checksum: a file that failed may have been corrected since it was begun.
_FINISH = """
UPDATE schema_migrations
SET finished_at = UTC_TIMESTAMP(6),
    name = %(name)s,
    checksum = %(checksum)s
WHERE version = %(version)s
"""
_FORGET = "DELETE FROM schema_migrations WHERE version = %(version)s"


class MigrationRefused(Exception):
    """The files and the database's record of them do not agree, or another runner is at work."""


@dataclass(frozen=True)
class Migration:
    """One numbered file; `checksum` is the SHA-256 of its text."""

    version: int
    name: str
    statement: str
    checksum: str


@dataclass(frozen=True)
class Status:
    """What is applied and what waits, by file name."""

    applied: Sequence[str]
    pending: Sequence[str]


def migrate(url: str, folder: Path = _FOLDER) -> list[str]:
    """Bring the database at `url` up to date; the names of the files that were applied now.

    Raises:
        MigrationRefused: a file that was applied has changed or is gone, or another runner holds the lock for a minute.
        Unavailable: the database does not answer.
    """
    database = _open(url)
    migrations = read_migrations(folder)
    try:
        _lock(database)
        database.execute(_CREATE_LEDGER)
        waiting, begun = _waiting(database, migrations)
        for migration in waiting:
            _apply(database, migration, resumed=migration.version in begun)
        return [migration.name for migration in waiting]
    finally:
        database.close()  # ends the lock too


def status(url: str, folder: Path = _FOLDER) -> Status:
    """What `migrate` has done and would do.

    Raises:
        MigrationRefused: a file that was applied has changed or is gone.
        Unavailable: the database does not answer.
    """
    database = _open(url)
    migrations = read_migrations(folder)
    try:
        database.execute(_CREATE_LEDGER)
        waiting, _ = _waiting(database, migrations)
    finally:
        database.close()
    pending = [migration.name for migration in waiting]
    return Status([migration.name for migration in migrations if migration.name not in pending], pending)


def read_migrations(folder: Path = _FOLDER) -> list[Migration]:
    """The files of `folder` in order.

    Raises:
        MigrationRefused: a name is not `NNNN_words.sql`, or a number is missing or taken twice.
    """
    files = sorted(folder.glob("*.sql"))
    if wrong := [file.name for file in files if not _FILE_NAME.fullmatch(file.name)]:
        raise MigrationRefused(f"Migrations are named NNNN_words.sql; rename {', '.join(wrong)}.")
    migrations = [_read(file) for file in files]
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationRefused("Migrations are numbered 0001, 0002, … without a gap; number them anew.")
    return migrations


def _read(file: Path) -> Migration:
    text = file.read_text(encoding="utf-8")
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().removesuffix(";")
    return Migration(int(file.name[:4]), file.name, statement, hashlib.sha256(text.encode()).hexdigest())


def _open(url: str) -> Database:
    return Database(
        server_address(url, default_port=3306, tls_scheme="mysqls"), read_timeout_seconds=_STATEMENT_SECONDS
    )


def _lock(database: Database) -> None:
    row = database.row(_TAKE_LOCK, {"seconds": _LOCK_WAIT_SECONDS})
    if not row or row["taken"] != 1:
        raise MigrationRefused("Another migration is running; wait for it to end and try again.")


def _waiting(database: Database, migrations: Sequence[Migration]) -> tuple[list[Migration], set[int]]:
    ledger = {row["version"]: row for row in database.rows(_LEDGER)}
    by_version = {migration.version: migration for migration in migrations}
    for version, row in ledger.items():
        migration = by_version.get(version)
        if migration is None:
            raise MigrationRefused(
                f"The database has {row['name']}, which this release does not: it is older than the schema."
            )
        if row["finished_at"] is not None and row["checksum"] != migration.checksum:
            raise MigrationRefused(
                f"{migration.name} was changed after it was applied; undo that and add a new file instead."
            )
    begun = {version for version, row in ledger.items() if row["finished_at"] is None}
    return [migration for migration in migrations if migration.version not in ledger.keys() - begun], begun


def _apply(database: Database, migration: Migration, *, resumed: bool) -> None:
    values = {"version": migration.version, "name": migration.name, "checksum": migration.checksum}
    database.execute(_BEGIN, values)
    database.begin()
    try:
        database.execute(migration.statement)
    except Unavailable:
        raise  # nobody knows whether it took effect: the next run finds out
    except Exception as error:
        # PyMySQL's errors carry the server's code first.
        if not resumed:
            database.rollback()
            database.execute(_FORGET, values)
        if not (resumed and error.args and error.args[0] in _TAKEN_EFFECT):
            raise
    database.execute(_FINISH, values)
    database.commit()
