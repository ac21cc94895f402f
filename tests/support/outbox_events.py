"""Adds events to the outbox."""

from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from microshop.users.events import UserRegistered


def add_events(database: Database, count: int = 1) -> list[UserRegistered]:
    """Add unpublished events in one transaction. Returns them."""
    events = [UserRegistered(user_id=number, language="en") for number in range(1, count + 1)]
    with UnitOfWork(database) as transaction:
        for event in events:
            Outbox(database).add(event)
        transaction.commit()
    return events
