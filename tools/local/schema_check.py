"""Checks that the migrations of this code fit the database, before any function uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymysql

from microshop.errors import Unavailable
from microshop.migrations.files import FOLDER, MigrationRefused
from microshop.migrations.runner import compare_with_files
from tools.local.servers.external import DATABASE_URL, ExternalServers
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from pathlib import Path


def check_schema(database_url: str, folder: Path = FOLDER) -> None:
    """Accept a database that `MigrateFunction` can migrate. That function reports errors of the database.

    Raises:
        LocalProblem: the data is newer than this code, an applied migration has changed, or a file name is wrong.
    """
    data = f"The database of {DATABASE_URL}" if _is_external() else "The local data"
    instead = "use an empty database" if _is_external() else "delete the local data with `make reset`"
    try:
        newer = compare_with_files(database_url, folder).newer
    except MigrationRefused as refused:
        if not refused.changed:
            raise LocalProblem(str(refused)) from refused
        raise LocalProblem(
            f"{data} was created with another version of {refused.changed}: check out the code that created it, or"
            f" {instead}"
        ) from refused
    except (Unavailable, pymysql.err.MySQLError):
        return
    if newer:
        raise LocalProblem(
            f"{data} was created by newer code, which has the migration {newer[0]}: check out the newer code, or"
            f" {instead}"
        )


def _is_external() -> bool:
    return bool(ExternalServers.from_environment().database_url)
