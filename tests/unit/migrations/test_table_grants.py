"""What a migration grants the application: all rows of its table, or what its head says."""

from pathlib import Path

import pytest

from microshop.migrations.files import MigrationRefused, read_migrations
from microshop.migrations.table_grants import TablePrivileges, table_privileges
from tests.support.migration_files import FIRST, SECOND, write_migrations

_LOG = "CREATE TABLE log (id INT NOT NULL PRIMARY KEY)"


def _granted(folder: Path, **statements: str) -> TablePrivileges:
    return table_privileges(read_migrations(write_migrations(folder, **statements)))


def test_a_new_table_is_granted_without_a_line_about_it(tmp_path: Path) -> None:
    assert _granted(tmp_path, first=FIRST, second=SECOND) == {"first": ("SELECT", "INSERT", "UPDATE", "DELETE")}


@pytest.mark.parametrize("statement", [_LOG, _LOG.replace("TABLE log", "TABLE IF NOT EXISTS `log`"), _LOG.lower()])
def test_the_head_grants_less(tmp_path: Path, statement: str) -> None:
    text = f"-- Why it exists.\n-- grants: SELECT, INSERT\n{statement}"

    assert _granted(tmp_path, first=FIRST, log=text)["log"] == ("SELECT", "INSERT")


@pytest.mark.parametrize(
    ("grants", "statement"), [("SELECT, INSERT", SECOND), ("SELECT, DROP", _LOG), ("", _LOG), ("insert", _LOG)]
)
def test_a_line_that_grants_nothing_is_refused(tmp_path: Path, grants: str, statement: str) -> None:
    with pytest.raises(MigrationRefused, match=r"^0002_log\.sql has a line `-- grants:`"):
        _granted(tmp_path, first=FIRST, log=f"-- grants: {grants}\n{statement}")
