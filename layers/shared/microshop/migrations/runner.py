"""Applies the numbered files of this folder once and in order. Each file is one statement.

MySQL and MariaDB commit at every DDL statement, so a file and its record cannot share a transaction. The runner inserts
the record before it runs the statement, and marks the record as finished afterwards. It runs an unfinished file again;
"already exists" or "does not exist" then means that the statement took effect the first time. A statement that changes
rows shares a transaction with the mark, so both roll back together.

Each run ends with the application's privileges on the tables (table_grants.py).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from microshop.errors import Unavailable
from microshop.migrations.database_users import APPLICATION
from microshop.migrations.files import FOLDER, Migration, MigrationRefused, read_migrations
from microshop.migrations.table_grants import grant_tables, table_privileges
from microshop.platform.mysql import Database
from microshop.platform.settings import database_address
from microshop.values import Value

# Gets a sentence for the operator.
type Warn = Callable[[str], object]

# Lock names are global to the server, and MySQL accepts at most 64 characters.
_TAKE_LOCK = "SELECT GET_LOCK(LEFT(CONCAT('microshop-migrations:', DATABASE()), 64), %(seconds)s) AS taken"
_LOCK_WAIT_SECONDS = 60
# A statement may rebuild a large table; the function's timeout is 900 s.
_STATEMENT_SECONDS = 840
# Server errors: a table, column, index, constraint or procedure exists already, or a table, column, index or procedure
# does not exist.
_ALREADY_APPLIED = frozenset({1050, 1060, 1061, 1826, 3822, 1304, 1051, 1091, 1305})

_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version     INT NOT NULL,
    name        VARCHAR(128) NOT NULL,
    checksum    CHAR(64) NOT NULL,
    finished_at DATETIME(6) NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin
"""
_RECORDS = "SELECT version, name, checksum, finished_at FROM schema_migrations ORDER BY version"
_INSERT_RECORD = (
    "INSERT IGNORE INTO schema_migrations (version, name, checksum) VALUES (%(version)s, %(name)s, %(checksum)s)"
)
# Sets name and checksum too, because a failed file may have been corrected since its record was inserted.
_MARK_FINISHED = """
UPDATE schema_migrations
SET finished_at = UTC_TIMESTAMP(6),
    name = %(name)s,
    checksum = %(checksum)s
WHERE version = %(version)s
"""
_DELETE_RECORD = "DELETE FROM schema_migrations WHERE version = %(version)s"


class _Record(Value):
    """A row of schema_migrations; `finished` is False until the statement has taken effect."""

    name: str
    checksum: str
    finished: bool


class Status(Value):
    """The names of applied files, of pending files, and of files that only the database has."""

    applied: Sequence[str]
    pending: Sequence[str]
    newer: Sequence[str] = ()


def ignore(_warning: str) -> None:
    """Ignore a warning."""


def migrate(url: str, folder: Path = FOLDER, *, application: str = APPLICATION, warn: Warn = ignore) -> list[str]:
    """Apply all pending files to the database at `url`, and grant the application its tables. Returns the files' names.

    `application` is the name of the application's user. `warn` gets a sentence if the tables cannot be granted.

    Raises:
        MigrationRefused: an applied file has changed or is missing, or another runner holds the lock for a minute.
        Unavailable: the database does not answer.
    """
    database = _open(url)
    migrations = read_migrations(folder)
    privileges = table_privileges(migrations)
    try:
        _lock(database)
        records = _read_records(database)
        found = _compare(records, migrations)
        _refuse_newer(found)
        pending = [migration for migration in migrations if migration.name in found.pending]
        for migration in pending:
            _apply(database, migration, resumed=migration.version in records)
        if problem := grant_tables(database, privileges, application):
            warn(problem)
        return [migration.name for migration in pending]
    finally:
        database.close()  # releases the lock too


def grant(url: str, folder: Path = FOLDER, *, application: str = APPLICATION, warn: Warn) -> None:
    """Grant the application its tables, without a lock: an earlier release may have revoked its privileges.

    Raises:
        Unavailable: the database does not answer.
    """
    database = _open(url)
    try:
        if problem := grant_tables(database, table_privileges(read_migrations(folder)), application):
            warn(problem)
    finally:
        database.close()


def status(url: str, folder: Path = FOLDER) -> Status:
    """Returns the files that `migrate` has applied and would apply.

    Raises:
        MigrationRefused: an applied file has changed or is missing.
        Unavailable: the database does not answer.
    """
    found = compare_with_files(url, folder)
    _refuse_newer(found)
    return found


def compare_with_files(url: str, folder: Path = FOLDER) -> Status:
    """Returns the same as `status`, but accepts a database that is newer than this release.

    Raises:
        MigrationRefused: an applied file has changed.
        Unavailable: the database does not answer.
    """
    database = _open(url)
    try:
        return _compare(_read_records(database), read_migrations(folder))
    finally:
        database.close()


def _open(url: str) -> Database:
    return Database(database_address(url), read_timeout_seconds=_STATEMENT_SECONDS)


def _lock(database: Database) -> None:
    row = database.row(_TAKE_LOCK, {"seconds": _LOCK_WAIT_SECONDS})
    if not row or row["taken"] != 1:
        raise MigrationRefused("Another migration is running; wait for it to end and try again.")


def _read_records(database: Database) -> dict[int, _Record]:
    database.execute(_CREATE_TABLE)
    rows = database.rows(_RECORDS)
    return {row["version"]: _Record(row["name"], row["checksum"], row["finished_at"] is not None) for row in rows}


def _compare(records: Mapping[int, _Record], migrations: Sequence[Migration]) -> Status:
    finished = {version: record for version, record in records.items() if record.finished}
    for migration in migrations:
        record = finished.get(migration.version)
        if record is not None and record.checksum != migration.checksum:
            raise MigrationRefused(
                f"{migration.name} was changed after it was applied; undo that and add a new file instead.",
                changed=migration.name,
            )
    known = {migration.version for migration in migrations}
    return Status(
        applied=[migration.name for migration in migrations if migration.version in finished],
        pending=[migration.name for migration in migrations if migration.version not in finished],
        newer=[record.name for version, record in records.items() if version not in known],
    )


def _refuse_newer(found: Status) -> None:
    if found.newer:
        raise MigrationRefused(
            f"The database has {found.newer[0]}, which this release does not: it is older than the schema."
        )


def _apply(database: Database, migration: Migration, *, resumed: bool) -> None:
    values = {"version": migration.version, "name": migration.name, "checksum": migration.checksum}
    database.execute(_INSERT_RECORD, values)
    database.begin()
    try:
        database.execute(migration.statement)
    except Unavailable:
        raise  # the statement may have taken effect: the next run detects that
    except Exception as error:
        if not resumed:
            database.rollback()
            database.execute(_DELETE_RECORD, values)
        # The first argument of PyMySQL's errors is the server's error code.
        if not (resumed and error.args and error.args[0] in _ALREADY_APPLIED):
            error.add_note(f"in {migration.name}")
            raise
    database.execute(_MARK_FINISHED, values)
    database.commit()
