"""Calls of procedures that run one transaction: one round trip, all of its changes or none."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from microshop.errors import TransactionConflict, Unavailable
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from tests.integration.conftest import Connect
from tests.support import inbox_rows
from tests.support.catalogue import put_on_sale
from tests.support.connections import open_database
from tests.support.processlist import connected
from tests.support.proxy import Proxy
from tests.support.servers import DatabaseUrls

# Adds two rows, and between them runs what the second parameter says.
_PROCEDURE = """
CREATE PROCEDURE add_two_rows (p_text TEXT CHARACTER SET utf8mb4, p_action VARCHAR(16) CHARACTER SET ascii)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;
    START TRANSACTION;
    INSERT INTO inbox (consumer, event_id, claimed_until) VALUES ('c', 'first', UTC_TIMESTAMP(6));
    CASE p_action
        WHEN 'repeat' THEN INSERT INTO inbox SELECT * FROM inbox;
        WHEN 'below_zero' THEN UPDATE products SET stock = stock - 99;
        WHEN 'no_stock' THEN UPDATE products SET stock = NULL;
        WHEN 'unknown_table' THEN DELETE FROM table_of_nobody;
        WHEN 'delete' THEN DELETE FROM inbox WHERE event_id = 'held';
        WHEN 'describe' THEN UPDATE products SET description = p_text;
        WHEN 'kill' THEN KILL CONNECTION_ID();
        ELSE BEGIN END;
    END CASE;
    INSERT INTO inbox (consumer, event_id, claimed_until) VALUES ('c', 'second', UTC_TIMESTAMP(6));
    COMMIT;
END
"""


@pytest.fixture(scope="module", autouse=True)
def procedure(database_urls: DatabaseUrls) -> Iterator[None]:
    """Creates the procedure as the user of migrations."""
    with closing(open_database(database_urls.migrations)) as migrations:
        migrations.execute(_PROCEDURE)
        yield
        migrations.execute("DROP PROCEDURE add_two_rows")


def _call(database: Database, action: str = "", text: str = "") -> None:
    database.call("add_two_rows", [text, action])


def test_a_call_commits_all_changes_of_its_procedure(database: Database, connect: Connect) -> None:
    _call(database)

    assert inbox_rows.events(connect()) == ["first", "second"]


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        ("repeat", DuplicateKey),
        ("below_zero", ConstraintRefused),
        ("no_stock", ConstraintRefused),
        ("unknown_table", Exception),
    ],
)
def test_a_call_is_rolled_back_when_a_statement_fails(
    database: Database, connect: Connect, action: str, refusal: type[Exception]
) -> None:
    put_on_sale(database, stock=3)

    with pytest.raises(refusal):
        _call(database, action)

    assert inbox_rows.count(connect()) == 0


def test_a_failed_call_leaves_no_transaction_open(database: Database, connect: Connect) -> None:
    with pytest.raises(DuplicateKey):
        _call(database, "repeat")

    inbox_rows.add(database, "later")

    assert inbox_rows.events(connect()) == ["later"]


def test_a_call_names_the_violated_constraint(database: Database) -> None:
    put_on_sale(database, stock=3)

    with pytest.raises(ConstraintRefused) as negative:
        _call(database, "below_zero")
    with pytest.raises(ConstraintRefused) as missing:
        _call(database, "no_stock")
    with pytest.raises(DuplicateKey) as repeated:
        _call(database, "repeat")

    assert (negative.value.name, missing.value.name, repeated.value.key) == ("products_stock", "stock", "PRIMARY")


def test_a_lock_timeout_in_a_call_is_a_conflict_and_rolls_it_back(database: Database, connect: Connect) -> None:
    inbox_rows.add(database, "held")
    holder = connect()
    holder.begin()
    inbox_rows.lock(holder, "held")

    with pytest.raises(TransactionConflict, match="1205"):
        _call(database, "delete")

    holder.rollback()
    assert inbox_rows.events(database) == ["held"]


@pytest.mark.parametrize("text", ["'; DROP TABLE inbox; --", '" OR ""="', "\\", "\\'; COMMIT; --", "%s %(x)s", "王😀"])
def test_an_argument_of_a_call_is_always_a_value(database: Database, text: str) -> None:
    put_on_sale(database)

    _call(database, "describe", text)

    assert database.row("SELECT description FROM products") == {"description": text}
    assert inbox_rows.count(database) == 2


def test_a_connection_refuses_a_second_statement(database: Database) -> None:
    with pytest.raises(Exception, match="syntax"):
        database.execute("SELECT 1; DELETE FROM inbox")


def test_a_call_takes_one_round_trip(database_proxy: Proxy) -> None:
    with closing(open_database(database_proxy.url)) as connection:
        connection.rows("SELECT 1")
        before = database_proxy.round_trips

        _call(connection)

        assert database_proxy.round_trips - before == 1


def test_a_call_is_not_retried_when_its_connection_was_killed(database: Database, connect: Connect) -> None:
    caller = connect()
    [row] = caller.rows("SELECT CONNECTION_ID() AS id")
    database.execute(f"KILL CONNECTION {row['id']}")
    while connected(database, [row["id"]]):
        pass

    with pytest.raises(Unavailable):
        _call(caller)

    assert inbox_rows.count(database) == 0
    _call(caller)
    assert inbox_rows.count(database) == 2


def test_a_call_that_loses_its_connection_is_rolled_back(database: Database, connect: Connect) -> None:
    with pytest.raises(Unavailable):
        _call(connect(), "kill")

    assert inbox_rows.count(database) == 0
