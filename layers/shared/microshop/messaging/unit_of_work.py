"""The transaction of the relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.messaging.outbox import Outbox
from microshop.platform.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class OutboxUnitOfWork(UnitOfWork):
    """A transaction over the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.outbox = Outbox(database)
