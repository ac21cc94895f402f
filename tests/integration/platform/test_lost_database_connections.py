"""A lost database connection: statements that may run twice are retried, others fail."""

import time
from datetime import UTC, datetime

import pytest

from microshop.errors import Unavailable
from microshop.idempotency.repository import IdempotencyKeys
from microshop.messaging.event import Claim
from microshop.messaging.inbox import Inbox, Inboxes
from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database
from microshop.platform.unit_of_work import UnitOfWork
from microshop.products.category_queries import CategoryQueries
from microshop.users.repository import UserRepository
from tests.integration.conftest import Connect
from tests.support import inbox_rows
from tests.support.processlist import connected


def _kill(killer: Database, victim: Database) -> None:
    row = victim.row("SELECT CONNECTION_ID() AS id")
    assert row is not None
    killer.execute(f"KILL CONNECTION {row['id']}")


def test_a_read_is_retried_if_its_connection_was_killed(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    assert inbox_rows.count(idle) == 0


def test_reads_of_every_domain_are_retried(database: Database, connect: Connect) -> None:
    idle = connect()
    for read in (CategoryQueries(idle, "USD").categories, Outbox(idle).backlog, lambda: UserRepository(idle).by_id(1)):
        _kill(database, idle)

        read()  # does not raise


def test_every_idempotent_single_write_is_retried(database: Database, connect: Connect) -> None:
    idle, long_ago = connect(), datetime(2026, 1, 1, tzinfo=UTC)
    for write in (
        lambda: Inbox(idle, "c").claim("e-1", 60),
        lambda: Inbox(idle, "c").mark_done("e-1"),
        lambda: Inbox(idle, "c").release("e-1"),
        lambda: Inboxes(idle).delete_older_than(long_ago, 10),
        lambda: Outbox(idle).delete_older_than(long_ago, 10),
        lambda: IdempotencyKeys(idle).delete_older_than(long_ago, 10),
        lambda: UserRepository(idle).update_profile(1, username="Ada", language=None),
    ):
        _kill(database, idle)

        write()  # does not raise

    assert inbox_rows.count(database) == 1


def test_an_event_is_claimed_once_after_a_retry(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    assert Inbox(idle, "c").claim("e-1", 60) is Claim.GRANTED

    assert Inbox(database, "c").claim("e-1", 60) is Claim.BUSY


def test_a_transaction_can_begin_on_a_killed_connection(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    with UnitOfWork(idle) as transaction:
        inbox_rows.add(idle)
        transaction.commit()

    assert inbox_rows.count(database) == 1


def test_an_idle_connection_that_the_server_closed_is_replaced(database: Database, connect: Connect) -> None:
    idle = connect()
    idle.execute("SET SESSION wait_timeout = 1")
    row = idle.row("SELECT CONNECTION_ID() AS id")
    assert row is not None
    while connected(database, [row["id"]]):
        time.sleep(0.05)

    assert inbox_rows.count(idle) == 0


def test_a_write_is_not_retried_if_its_connection_was_killed(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    with pytest.raises(Unavailable):
        inbox_rows.add(idle)

    assert inbox_rows.count(database) == 0
    assert inbox_rows.add(idle) == 1


def test_no_statement_is_retried_within_a_transaction(database: Database, connect: Connect) -> None:
    writer = connect()

    with pytest.raises(Unavailable), UnitOfWork(writer):
        _lose_the_connection_between_two_writes(writer, database)

    assert inbox_rows.count(database) == 0


def _lose_the_connection_between_two_writes(writer: Database, killer: Database) -> None:
    inbox_rows.add(writer, "e-1")
    _kill(killer, writer)
    inbox_rows.count(writer)


def test_a_commit_on_a_killed_connection_fails(database: Database, connect: Connect) -> None:
    writer = connect()
    writer.begin()
    inbox_rows.add(writer)
    _kill(database, writer)

    with pytest.raises(Unavailable):
        writer.commit()
    writer.rollback()

    assert inbox_rows.count(database) == 0


def test_a_connection_can_be_used_after_an_interrupted_transaction(database: Database, connect: Connect) -> None:
    writer = connect()
    with pytest.raises(Unavailable), UnitOfWork(writer):
        _lose_the_connection_between_two_writes(writer, database)

    with UnitOfWork(writer) as transaction:
        inbox_rows.add(writer)
        transaction.commit()

    assert inbox_rows.count(database) == 1
