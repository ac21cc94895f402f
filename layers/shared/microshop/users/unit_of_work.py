"""The transaction of the account use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.messaging.outbox import Outbox
from microshop.platform.unit_of_work import UnitOfWork
from microshop.users.repository import UserRepository

if TYPE_CHECKING:
    from microshop.platform.mysql import Database


class UsersUnitOfWork(UnitOfWork):
    """A transaction over accounts and the outbox."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.users = UserRepository(database)
        self.outbox = Outbox(database)
