"""An event bus that records the published events."""

from collections.abc import Collection, Sequence

from microshop.messaging.outbox import OutboxRow
from microshop.messaging.relaying import relay_batch
from microshop.messaging.unit_of_work import OutboxUnitOfWork
from microshop.platform.mysql import Database


class RecordingBus:
    """Records events in the order of their publication."""

    def __init__(self) -> None:
        self.taken: list[OutboxRow] = []

    def publish(self, rows: Sequence[OutboxRow], refused: Collection[int] = ()) -> list[str | None]:
        """Accept a batch, except the entries at the places in `refused`."""
        self.taken += [row for place, row in enumerate(rows) if place not in refused]
        return ["ThrottlingException: slow down" if place in refused else None for place in range(len(rows))]

    def take_all(self, database: Database) -> None:
        """Relay until the outbox is empty, including entries that were refused before."""
        database.execute("UPDATE outbox SET next_attempt_at = created_at")
        while not relay_batch(self.publish, OutboxUnitOfWork(database)).empty:
            pass

    @property
    def event_ids(self) -> list[str]:
        """The ids of all accepted events."""
        return [row.event_id for row in self.taken]
