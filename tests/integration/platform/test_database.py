"""The database connection: values, times, constraints and isolation."""

import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from microshop.errors import TransactionConflict
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from tests.integration.conftest import Connect
from tests.support import inbox_rows
from tests.support.catalogue import put_on_sale
from tests.support.connections import open_database
from tests.support.proxy import Proxy

_BELOW_ZERO = "UPDATE products SET stock = stock - 99"
_NO_STOCK = "UPDATE products SET stock = NULL"
_TOO_MUCH_STOCK = "UPDATE products SET stock = 99999999999999999999"
_LONG_SKU = "UPDATE products SET sku = REPEAT('x', 5000)"


def test_rows_are_dictionaries(database: Database) -> None:
    assert database.rows("SELECT 1 AS one, 'x' AS letter UNION SELECT 2, 'y'") == [
        {"one": 1, "letter": "x"},
        {"one": 2, "letter": "y"},
    ]
    assert database.row("SELECT 1 AS one FROM inbox") is None


@pytest.mark.parametrize("text", ["'; DROP TABLE inbox; --", '" OR ""="', "\\", "\\'", "%s %(x)s", "王😀", "\u2028"])
def test_a_parameter_is_always_a_value(database: Database, text: str) -> None:
    assert database.row("SELECT %(text)s AS text", {"text": text}) == {"text": text}


def test_a_percent_sign_without_parameters_is_kept(database: Database) -> None:
    assert database.row("SELECT '100%' AS text") == {"text": "100%"}


def test_a_statement_returns_the_number_of_rows_it_changed(database: Database) -> None:
    inbox_rows.add(database)

    assert database.execute("UPDATE inbox SET consumer = 'd'") == 1
    assert database.execute("UPDATE inbox SET consumer = 'd'") == 0


def test_the_time_zone_of_the_session_is_utc(database: Database) -> None:
    assert database.row("SELECT @@session.time_zone AS zone, TIMEDIFF(NOW(), UTC_TIMESTAMP()) = 0 AS same") == {
        "zone": "+00:00",
        "same": 1,
    }


def test_a_value_that_is_too_long_is_refused(database: Database) -> None:
    with pytest.raises(ConstraintRefused, match="consumer"):
        database.execute(inbox_rows.INSERT, {"consumer": "c" * 65, "event": "e"})

    assert inbox_rows.count(database) == 0


def test_the_error_of_a_duplicate_key_has_its_name_and_no_value(database: Database) -> None:
    inbox_rows.add(database)

    with pytest.raises(DuplicateKey) as error:
        inbox_rows.add(database)

    assert error.value.key == "PRIMARY"
    assert error.value.__cause__ is None


@pytest.mark.parametrize("value", ["o'brien@example.com", "a.b@c.de", "x' for key 'y.z"])
def test_the_name_of_a_duplicate_key_is_found_for_any_value(database: Database, value: str) -> None:
    insert = (
        "INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version,"
        " archived, created_at, updated_at) VALUES (%(sku)s, 'n', 'd', 'c', '[]', 1, 'USD', 0, 1, 0, NOW(), NOW())"
    )
    database.execute(insert, {"sku": value})

    with pytest.raises(DuplicateKey) as error:
        database.execute(insert, {"sku": value})

    assert error.value.key == "products_sku"


def test_a_statement_outside_a_transaction_is_committed(database: Database, connect: Connect) -> None:
    inbox_rows.add(database)

    assert inbox_rows.count(connect()) == 1


def test_a_transaction_sees_later_commits_of_others(database: Database, connect: Connect) -> None:
    reader = connect()
    reader.begin()
    before = inbox_rows.count(reader)
    inbox_rows.add(database)

    after = inbox_rows.count(reader)

    assert (before, after) == (0, 1)
    reader.rollback()


def test_a_connection_can_be_used_after_a_failed_statement(database: Database) -> None:
    with pytest.raises(Exception, match="syntax"):
        database.execute("this is not SQL")

    assert inbox_rows.count(database) == 0


def test_a_deadlock_is_a_conflict_for_one_transaction(database: Database, connect: Connect) -> None:
    inbox_rows.add(database, "e-1")
    inbox_rows.add(database, "e-2")
    one, two, outcomes = connect(), connect(), list[object]()
    one.begin()
    two.begin()
    inbox_rows.lock(one, "e-1")
    inbox_rows.lock(two, "e-2")

    thread = threading.Thread(target=lambda: outcomes.append(_outcome(one, "e-2")))
    thread.start()
    outcomes.append(_outcome(two, "e-1"))
    thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "TransactionConflict"]


def _outcome(database: Database, event: str) -> TransactionConflict | None:
    try:
        inbox_rows.lock(database, event)
    except TransactionConflict as conflict:
        return conflict
    finally:
        database.rollback()
    return None


def test_a_lock_timeout_is_a_conflict(database: Database, connect: Connect) -> None:
    inbox_rows.add(database)
    holder, waiter = connect(), connect()
    holder.begin()
    inbox_rows.lock(holder, "e-1")

    with pytest.raises(TransactionConflict, match="1205"):
        inbox_rows.lock(waiter, "e-1")

    holder.rollback()


def test_a_read_takes_one_round_trip(database_proxy: Proxy, database_behind_proxy: Database) -> None:
    database_behind_proxy.rows("SELECT 1")
    before = database_proxy.round_trips

    database_behind_proxy.rows("SELECT 1")

    assert database_proxy.round_trips - before == 1


def test_no_connection_is_made_before_the_first_statement() -> None:
    database = open_database("mysql://nobody@no-such-host.invalid/nowhere")

    database.close()
    database.rollback()


def test_times_are_stored_and_returned_in_utc(database: Database) -> None:
    shanghai = datetime(2026, 1, 2, 20, 30, 0, 123456, tzinfo=ZoneInfo("Asia/Shanghai"))

    row = database.row("SELECT CAST(%s AS DATETIME(6)) AS value, CAST(%s AS CHAR) AS text", (shanghai, shanghai))

    assert row is not None
    assert (row["value"], row["value"].tzinfo) == (shanghai, UTC)
    assert row["text"] == "2026-01-02 12:30:00.123456"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        database.row("SELECT %s", (datetime(2026, 1, 2),))  # noqa: DTZ001 - the test needs it


@pytest.mark.parametrize(
    ("statement", "name"),
    [(_BELOW_ZERO, "products_stock"), (_NO_STOCK, "stock"), (_TOO_MUCH_STOCK, "stock"), (_LONG_SKU, "sku")],
)
def test_the_error_of_a_constraint_has_its_name(database: Database, statement: str, name: str) -> None:
    put_on_sale(database, stock=3)

    with pytest.raises(ConstraintRefused) as refused:
        database.execute(statement)

    assert refused.value.name == name
    assert refused.value.__cause__ is None
