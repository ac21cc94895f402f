"""Writes files of migrations."""

from pathlib import Path

FIRST = "-- Why it exists; even with a semicolon.\nCREATE TABLE first (id INT NOT NULL PRIMARY KEY)\n"
SECOND = "ALTER TABLE first ADD COLUMN name VARCHAR(20) NOT NULL;\n"
THIRD = "CREATE INDEX first_name ON first (name)\n"


def write_migrations(folder: Path, **statements: str) -> Path:
    """Add a file with the next number for each name and statement. Returns the folder."""
    start = len(list(folder.glob("*.sql"))) + 1
    for number, (name, statement) in enumerate(statements.items(), start):
        (folder / f"{number:04}_{name}.sql").write_text(statement)
    return folder
