"""The database server of the benchmark, and the CPU time of processes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.local.servers.database import Database
from tools.local.servers.external import ExternalServers
from tools.local.servers.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class Server:
    """The URLs of a database, and the server's process id, or None for an external server."""

    url: str
    migration_url: str
    pid: int | None


@contextlib.contextmanager
def running_server(folder: Path, progress: Callable[[str], None]) -> Iterator[Server]:
    """Run a durable database server, or use the one that MICROSHOP_DATABASE_URL names."""
    external = ExternalServers.from_environment()
    if external.database_url:
        yield Server(external.database_url, external.migration_database_url or external.database_url, None)
        return
    database = Database(folder, durable=True, progress=progress)
    processes = Processes(folder / "run")
    child = processes.start(database.prepare())
    try:
        child.wait_until(database.is_ready, _SECONDS_TO_START)
        yield Server(database.url, database.migration_url, child.record.pid)
    finally:
        processes.stop(child, database.stop_timeout)


def cpu_seconds(pid: int | None) -> float | None:
    """Returns the CPU time of a process with all its threads; None without a process or on systems without /proc."""
    times = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(path.read_text().split()[0]) for path in times) / 1e9 if times else None
