"""Empties and counts all tables of the shop, which are read from the schema."""

from microshop.platform.mysql import Database

_TABLES = """
SELECT table_name AS name
FROM information_schema.TABLES
WHERE table_schema = DATABASE()
  AND table_name <> 'schema_migrations'
ORDER BY table_name
"""


def empty(database: Database) -> None:
    """Delete every row. Foreign keys are disabled, so that the order of the tables does not matter."""
    database.execute("SET SESSION foreign_key_checks = 0")
    try:
        for table in _tables(database):
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - a name out of the schema
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
