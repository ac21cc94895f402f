"""The numbered files of this folder, each one statement."""

import hashlib
import re
from pathlib import Path

from microshop.values import Value

FOLDER = Path(__file__).parent
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql", re.ASCII)


class MigrationRefused(Exception):
    """The files and the database's record of them differ, or another runner holds the lock.

    `changed` is the name of the file that was changed after it was applied, if that is the reason.
    """

    def __init__(self, reason: str, *, changed: str = "") -> None:
        super().__init__(reason)
        self.changed = changed


class Migration(Value):
    """One numbered file: its comments, its statement, and the SHA-256 of its text."""

    version: int
    name: str
    head: str
    statement: str
    checksum: str


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Returns the files of `folder` in order.

    Raises:
        MigrationRefused: a name is not `NNNN_words.sql`, or a number is missing or duplicate.
    """
    files = sorted(folder.glob("*.sql"))
    if misnamed := [file.name for file in files if not _FILE_NAME.fullmatch(file.name)]:
        raise MigrationRefused(f"Migrations are named NNNN_words.sql; rename {', '.join(misnamed)}.")
    migrations = [_read(file) for file in files]
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationRefused("Migrations are numbered 0001, 0002, … without a gap; renumber them.")
    return migrations


def _read(file: Path) -> Migration:
    text = file.read_text(encoding="utf-8")
    head = "\n".join(line for line in text.splitlines() if line.startswith("--"))
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().removesuffix(";")
    return Migration(int(file.name[:4]), file.name, head, statement, hashlib.sha256(text.encode()).hexdigest())
