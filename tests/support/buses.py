"""An event bus that keeps what it was given."""

from collections.abc import Collection, Sequence

from microshop.messaging.outbox import OutboxRow
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database


class RecordingBus:
    """Takes events in the order in which they come."""

    def __init__(self) -> None:
        self.taken: list[OutboxRow] = []

    def publish(self, rows: Sequence[OutboxRow], refused: Collection[int] = ()) -> list[str | None]:
        """Take a batch, but not the entries whose places in it are in `refused`."""
        self.taken += [row for place, row in enumerate(rows) if place not in refused]
        return ["ThrottlingException: slow down" if place in refused else None for place in range(len(rows))]

    def take_all(self, database: Database) -> None:
        """Relay until nothing waits, entries that were refused before included."""
        database.execute("UPDATE outbox SET next_attempt_at = created_at")
        while not relay_batch(self.publish, OutboxUnitOfWork(database)).empty:
            pass

    @property
    def event_ids(self) -> list[str]:
        """The ids of all that was taken."""
        return [row.event_id for row in self.taken]
