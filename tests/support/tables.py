"""Empties and counts all tables of the shop, which are read from the schema."""

from collections.abc import Iterator

from microshop.migrations.files import read_migrations
from microshop.migrations.table_grants import table_privileges
from microshop.platform.mysql import Database

_TABLES = """
SELECT table_name AS name
FROM information_schema.TABLES
WHERE table_schema = DATABASE()
  AND table_name <> 'schema_migrations'
ORDER BY table_name
"""


# The roles that come with the shop stay (migrations 0055 and 0056).
_SEEDED = {
    "roles": "DELETE FROM roles WHERE NOT is_seeded",
    "role_scopes": "DELETE FROM role_scopes WHERE role_id NOT IN (SELECT id FROM roles WHERE is_seeded)",
}


def empty(database: Database) -> None:
    """Delete every row that the application may delete: rows of the audit log remain, under users who are gone.

    Foreign keys are disabled, so that the order of the tables does not matter.
    """
    database.execute("SET SESSION foreign_key_checks = 0")
    try:
        for table in _tables(database):
            if table not in _KEPT:
                database.execute(_SEEDED.get(table) or f"DELETE FROM {table}")  # noqa: S608 - a name out of the schema
    finally:
        database.execute("SET SESSION foreign_key_checks = 1")


def row_counts(database: Database) -> dict[str, int]:
    """Table → number of rows."""
    counts = [f"(SELECT COUNT(*) FROM {table}) AS {table}" for table in _tables(database)]  # noqa: S608 - names out of the schema
    row = database.row(f"SELECT {', '.join(counts)}")
    assert row is not None
    return row


def _tables(database: Database) -> list[str]:
    return [row["name"] for row in database.rows(_TABLES)]


def _insert_only() -> Iterator[str]:
    for table, privileges in table_privileges(read_migrations()).items():
        if "DELETE" not in privileges:
            yield table


_KEPT = frozenset(_insert_only())
