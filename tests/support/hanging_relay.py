"""A relay process that publishes a batch into a file and hangs before it marks the batch as published.

Usage: python hanging_relay.py FILE, with DATABASE_URL in the environment.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from microshop.messaging.outbox import OutboxRow
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import database


def _publish(rows: Sequence[OutboxRow]) -> list[str | None]:
    unfinished = Path(sys.argv[1]).with_suffix(".new")
    unfinished.write_text("".join(f"{row.event_id}\n" for row in rows))
    unfinished.replace(sys.argv[1])
    time.sleep(3600)
    return [None] * len(rows)


if __name__ == "__main__":
    relay_batch(_publish, OutboxUnitOfWork(database()))
