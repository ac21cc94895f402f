"""Migrations since the previous release only add, so that release still runs after them and after a rollback."""

import re
from collections.abc import Sequence
from pathlib import Path

from microshop.migrations.files import FOLDER, Migration, read_migrations
from tools.previous_release import released_files

# A head comment such as "-- contracts: 0.3.0 stopped reading users.nickname" justifies what a migration removes.
_ANSWERED_FOR = re.compile(r"^-- contracts: \S.*\S", re.MULTILINE)
# Changes that break code that does not know them, in any table.
_TAKES_AWAY = {
    "drops a table, column, key or constraint": re.compile(r"\bDROP\b(?!\s+DEFAULT\b)"),
    "renames": re.compile(r"\bRENAME\b"),
    "changes a column that is there": re.compile(r"\b(?:MODIFY|CHANGE)\b"),
    "empties a table": re.compile(r"\b(?:TRUNCATE|REPLACE)\s|\bDELETE\s+FROM\b"),
    "forbids rows that were allowed": re.compile(r"\bADD\s+(?:CONSTRAINT\b|UNIQUE\b|PRIMARY\b|CHECK\b|FOREIGN\b)"),
    "takes a default away": re.compile(r"\bDROP\s+DEFAULT\b"),
}
_UNIQUE_INDEX = re.compile(r"^\s*CREATE\s+UNIQUE\s+INDEX\b")
_ADDED = re.compile(r"\bADD\s+(?!KEY\b|INDEX\b)([^,]+)")
_CREATES = re.compile(r"^\s*CREATE\s+TABLE\b")
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'")
_BRACKETS = re.compile(r"\([^()]*\)")


def _taken_away(statement: str) -> list[str]:
    """Returns what the statement removes from code that does not know it, in words."""
    sql = _TEXT.sub("''", statement).upper()
    if _CREATES.match(sql):
        return []
    found = [words for words, pattern in _TAKES_AWAY.items() if pattern.search(sql)]
    if _UNIQUE_INDEX.match(sql):
        found.append("forbids rows that were allowed")
    while _BRACKETS.search(sql):  # commas in brackets separate no clauses
        sql = _BRACKETS.sub("", sql)
    if any("NOT NULL" in added and "DEFAULT" not in added for added in _ADDED.findall(sql)):
        found.append("wants a value that nobody gives")
    return found


def _since_the_previous_release() -> Sequence[Migration]:
    known = {Path(file).name for file in released_files("layers/shared/microshop/migrations")}
    return [migration for migration in read_migrations() if migration.name not in known]


def test_migrations_are_numbered_without_a_gap_or_a_duplicate() -> None:
    names = sorted(file.name for file in FOLDER.glob("*.sql"))

    assert [name[:5] for name in names] == [f"{number:04}_" for number in range(1, len(names) + 1)]


def test_new_migrations_remove_nothing_that_the_previous_release_uses() -> None:
    contracting = {
        migration.name: _taken_away(migration.statement)
        for migration in _since_the_previous_release()
        if not _ANSWERED_FOR.search((FOLDER / migration.name).read_text(encoding="utf-8"))
    }

    assert {name: found for name, found in contracting.items() if found} == {}


def test_statement_that_removes_something_is_found() -> None:
    statements = [
        "ALTER TABLE users DROP COLUMN language",
        "ALTER TABLE users\n    DROP KEY users_email",
        "ALTER TABLE users DROP CONSTRAINT users_role",
        "drop table users",
        "ALTER TABLE users RENAME COLUMN language TO tongue",
        "RENAME TABLE users TO people",
        "ALTER TABLE users MODIFY COLUMN email VARCHAR(100) NOT NULL",
        "ALTER TABLE users CHANGE email address VARCHAR(254)",
        "ALTER TABLE users ADD CONSTRAINT users_adult CHECK (age >= 18)",
        "ALTER TABLE users ADD UNIQUE KEY users_name (username)",
        "CREATE UNIQUE INDEX users_name ON users (username)",
        "ALTER TABLE users ADD COLUMN age INT NOT NULL",
        "ALTER TABLE users ADD age INT NOT NULL",
        "ALTER TABLE users ADD COLUMN a INT NULL, ADD COLUMN price DECIMAL(10, 2) NOT NULL",
        "ALTER TABLE users ALTER COLUMN language DROP DEFAULT",
        "TRUNCATE TABLE inbox",
        "DELETE FROM inbox",
    ]

    assert [statement for statement in statements if not _taken_away(statement)] == []


def test_statement_that_only_adds_is_allowed() -> None:
    statements = [
        "CREATE TABLE things (id INT NOT NULL, UNIQUE KEY things_id (id), CONSTRAINT a CHECK (id > 0))",
        "ALTER TABLE users ADD COLUMN age INT NULL",
        "ALTER TABLE users ADD COLUMN age INT NOT NULL DEFAULT 0, ADD KEY users_age (age)",
        "ALTER TABLE users ADD COLUMN price DECIMAL(10, 2) NOT NULL DEFAULT 0 COMMENT 'DROP me not'",
        "CREATE INDEX users_name ON users (username)",
        "UPDATE users SET language = 'en'",
        "INSERT INTO things (id) SELECT id FROM users",
    ]

    assert {statement: found for statement in statements if (found := _taken_away(statement))} == {}


def test_contracting_migration_names_the_release_that_stopped_the_use() -> None:
    assert _ANSWERED_FOR.search("-- Nobody has one.\n-- contracts: 0.3.0 stopped reading users.nickname\nALTER …")
    assert not _ANSWERED_FOR.search("-- contracts:\nALTER TABLE users DROP COLUMN nickname")
