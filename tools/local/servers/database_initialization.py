"""Initializes the data folder of a database with the system tables of the server."""

import os
import subprocess
import tempfile
from pathlib import Path

from tools.local.servers.database_program import DatabaseProgram
from tools.local.servers.problems import ServerProblem

_MARIADB_SCRIPTS = (
    "system_tables.sql",
    "performance_tables.sql",
    "system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "sys_schema.sql",
)
# An incomplete folder is deleted, so nothing needs to be durable before the folder is complete.
_WITHOUT_DURABILITY = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")


def initialize_data_folder(program: DatabaseProgram, data: Path) -> None:
    """Create the system tables in a temporary folder, and rename it when it is complete.

    Raises:
        ServerProblem: the server failed.
    """
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="unfinished.") as work:
        unfinished = Path(work, "data")
        unfinished.mkdir(mode=0o700)
        # A separate folder for temporary tables: servers delete the tables in it when they start.
        quick = [f"--datadir={unfinished}", f"--tmpdir={work}", *_WITHOUT_DURABILITY]
        how = ["--bootstrap", "--log-warnings=0"] if program.is_mariadb else ["--initialize-insecure"]
        done = subprocess.run(
            [*program.start, *quick, *how],
            input=_system_tables(program.share) if program.is_mariadb else b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            check=False,
        )
        if done.returncode != 0:
            output = done.stdout.decode(errors="replace")[-1500:]
            raise ServerProblem(
                f"{program.command[-1]} could not initialize {data}; is the disk full? Its output:\n{output}"
            )
        unfinished.rename(data)


def _system_tables(share: Path) -> bytes:
    """Returns the statements of mariadb-install-db, which differs between versions."""
    scripts = [next(share.glob(f"*{name}")) for name in _MARIADB_SCRIPTS]
    # root may use the Unix socket only, which is disabled. Without this, root would have an empty password.
    opening = b"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = 'root';\n"
    return opening + b"\n".join(script.read_bytes() for script in scripts)
