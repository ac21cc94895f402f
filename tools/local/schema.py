"""Compares the data with the migrations of this code, before a function of this code works with it."""

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


def refuse_data_of_other_code(database_url: str, folder: Path = FOLDER) -> None:
    """Accept what `MigrateFunction` can bring up to date. An error of the database is left to that function.

    Raises:
        LocalProblem: the data is newer than the migrations, one that was applied has changed, or they are misnamed.
    """
    data = f"The database at {DATABASE_URL}" if _is_given() else "The local data"
    instead = "use an empty database" if _is_given() else "delete the local data with `make reset`"
    try:
        newer = compare_with_files(database_url, folder).newer
    except MigrationRefused as refused:
        if not refused.changed:
            raise LocalProblem(str(refused)) from refused
        raise LocalProblem(
            f"{data} was made with another {refused.changed} than this code has. Check out the code that made the data,"
            f" or {instead}."
        ) from refused
    except (Unavailable, pymysql.err.MySQLError):
        return
    if newer:
        raise LocalProblem(
            f"{data} was made by newer code: it has the migration {newer[0]}, which this code has not. Check out the"
            f" newer code, or {instead}."
        )


def _is_given() -> bool:
    return bool(ExternalServers.from_environment().database_url)
