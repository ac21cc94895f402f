"""A relay process that publishes a batch into a file and hangs before it marks the batch as published.

Usage: python hanging_relay.py FILE CALLS, with DATABASE_URL in the environment. The file appears when all calls are
made.
"""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from microshop.messaging.outbox import OutboxRow
from microshop.messaging.pace import Pace
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import database


class _Bus:
    """A bus that never answers."""

    def __init__(self, file: Path, calls: int) -> None:
        self._file, self._all_calls = file, threading.Barrier(calls)
        self._published: list[str] = []

    def publish(self, rows: Sequence[OutboxRow]) -> list[str | None]:
        self._published.extend(row.event_id for row in rows)
        if self._all_calls.wait() == 0:
            unfinished = self._file.with_suffix(".new")
            unfinished.write_text("\n".join(self._published))
            unfinished.replace(self._file)
        time.sleep(3600)
        return [None] * len(rows)


if __name__ == "__main__":
    pace = Pace()
    pace.calls = int(sys.argv[2])
    relay_batch(_Bus(Path(sys.argv[1]), pace.calls).publish, OutboxUnitOfWork(database()), pace)
