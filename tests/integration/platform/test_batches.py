"""Batches: several statements as one transaction in one round trip, all or none."""

from contextlib import closing

import pytest

from microshop.errors import TransactionConflict, Unavailable
from microshop.platform.mysql import Database, Statement
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.platform.unit_of_work import Batch
from tests.integration.conftest import Connect
from tests.support import inbox_rows
from tests.support.catalogue import put_on_sale
from tests.support.orders import batch_connection
from tests.support.proxy import Proxy

_BELOW_ZERO = "UPDATE products SET stock = stock - 99"
_NO_STOCK = "UPDATE products SET stock = NULL"


def _kill(killer: Database, victim: Database) -> None:
    row = victim.row("SELECT CONNECTION_ID() AS id")
    assert row is not None
    killer.execute(f"KILL CONNECTION {row['id']}")


def test_a_batch_runs_all_its_statements(database: Database, batching: Database) -> None:
    batching.execute_batch(
        [inbox_rows.adding("e-1"), inbox_rows.adding("e-2"), ("UPDATE inbox SET consumer = 'd'", ())]
    )

    assert database.rows("SELECT consumer, event_id FROM inbox ORDER BY event_id") == [
        {"consumer": "d", "event_id": "e-1"},
        {"consumer": "d", "event_id": "e-2"},
    ]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        (inbox_rows.adding("existing"), DuplicateKey),
        ((_BELOW_ZERO, ()), ConstraintRefused),
        ((_NO_STOCK, ()), ConstraintRefused),
        (("this is not SQL", ()), Exception),
    ],
)
def test_a_batch_with_a_failed_statement_is_rolled_back(
    database: Database, batching: Database, place: int, statement: Statement, refusal: type[Exception]
) -> None:
    put_on_sale(database, stock=3)
    inbox_rows.add(database, "existing")
    statements = [inbox_rows.adding("e-1"), inbox_rows.adding("e-2"), inbox_rows.adding("e-3")]
    statements.insert(place, statement)

    with pytest.raises(refusal):
        batching.execute_batch(statements)

    assert inbox_rows.events(database) == ["existing"]


def test_a_failed_batch_leaves_no_transaction_and_no_unread_result(database: Database, batching: Database) -> None:
    with pytest.raises(DuplicateKey):
        batching.execute_batch([inbox_rows.adding("e-1"), inbox_rows.adding("e-1"), inbox_rows.adding("e-2")])

    assert inbox_rows.count(batching) == 0
    inbox_rows.add(batching, "e-3")
    batching.execute_batch([inbox_rows.adding("e-4")])
    assert inbox_rows.events(database) == ["e-3", "e-4"]


def test_a_lock_timeout_in_a_batch_is_a_conflict_and_rolls_it_back(
    database: Database, batching: Database, connect: Connect
) -> None:
    inbox_rows.add(database, "e-1")
    holder = connect()
    holder.begin()
    inbox_rows.lock(holder, "e-1")

    with pytest.raises(TransactionConflict, match="1205"):
        batching.execute_batch([inbox_rows.adding("e-2"), ("DELETE FROM inbox WHERE event_id = 'e-1'", ())])

    holder.rollback()
    assert inbox_rows.events(database) == ["e-1"]


@pytest.mark.parametrize("text", ["'; DROP TABLE inbox; --", '" OR ""="', "\\", "\\'; COMMIT; --", "%s %(x)s", "王😀"])
def test_a_parameter_in_a_batch_is_always_a_value(database: Database, batching: Database, text: str) -> None:
    put_on_sale(database)

    batching.execute_batch(
        [("UPDATE products SET description = %(text)s", {"text": text}), ("UPDATE products SET name = '100%'", ())]
    )

    assert database.row("SELECT description, name FROM products") == {"description": text, "name": "100%"}


def test_a_connection_without_batches_refuses_a_second_statement(database: Database) -> None:
    with pytest.raises(Exception, match="syntax"):
        database.execute_batch([inbox_rows.adding("e-1")])
    with pytest.raises(Exception, match="syntax"):
        database.execute("SELECT 1; DELETE FROM inbox")

    assert inbox_rows.count(database) == 0


def test_a_batch_takes_one_round_trip(database_proxy: Proxy) -> None:
    with closing(batch_connection(database_proxy.url)) as connection:
        connection.rows("SELECT 1")
        before = database_proxy.round_trips

        connection.execute_batch([inbox_rows.adding("e-1"), inbox_rows.adding("e-2")])

        assert database_proxy.round_trips - before == 1


def test_a_batch_is_not_retried_if_its_connection_was_killed(database: Database, batching: Database) -> None:
    _kill(database, batching)

    with pytest.raises(Unavailable):
        batching.execute_batch([inbox_rows.adding("e-1")])

    assert inbox_rows.count(database) == 0
    batching.execute_batch([inbox_rows.adding("e-1")])
    assert inbox_rows.count(database) == 1


def test_a_batch_that_kills_its_connection_is_rolled_back(database: Database, batching: Database) -> None:
    with pytest.raises(Unavailable):
        batching.execute_batch([inbox_rows.adding("e-1"), ("KILL CONNECTION_ID()", ()), inbox_rows.adding("e-2")])

    assert inbox_rows.count(database) == 0


def test_an_uncommitted_batch_is_not_sent(database: Database, batching: Database) -> None:
    batch = Batch(batching)

    with batch:
        batch.execute(*inbox_rows.adding("e-1"))
    with batch:
        batch.execute(*inbox_rows.adding("e-2"))
        batch.commit()

    assert inbox_rows.events(database) == ["e-2"]


def test_a_batch_can_be_used_again_after_a_failure(database: Database, batching: Database) -> None:
    batch = Batch(batching)
    with pytest.raises(DuplicateKey):
        _send(batch, "e-1", "e-1")

    _send(batch, "e-1")

    assert inbox_rows.events(database) == ["e-1"]


def _send(batch: Batch, *events: str) -> None:
    with batch:
        for event in events:
            batch.execute(*inbox_rows.adding(event))
        batch.commit()
