"""Owns the first contents of a database's data folder: the server's own system tables."""

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
# A folder that is only half laid out is thrown away, so nothing needs to be safe on the disk before it is complete.
_QUICKLY = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")


def lay_out(program: DatabaseProgram, data: Path) -> None:
    """Make the system tables, in a folder that gets its name when it is complete."""
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="unfinished.") as work:
        unfinished = Path(work, "data")
        unfinished.mkdir(mode=0o700)
        # A folder of its own for temporary tables: in a shared one, servers delete each other's when they start.
        quick = [f"--datadir={unfinished}", f"--tmpdir={work}", *_QUICKLY]
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
            said = done.stdout.decode(errors="replace")[-1500:]
            raise ServerProblem(f"{program.command[-1]} could not lay out {data}, is the disk full? It said:\n{said}")
        unfinished.rename(data)


def _system_tables(share: Path) -> bytes:
    """What mariadb-install-db feeds to the server, which is a script of its own in every version."""
    scripts = [next(share.glob(f"*{name}")) for name in _MARIADB_SCRIPTS]
    # root is bound to the Unix socket, which is switched off, instead of being let in without a password
    opening = b"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = 'root';\n"
    return opening + b"\n".join(script.read_bytes() for script in scripts)
