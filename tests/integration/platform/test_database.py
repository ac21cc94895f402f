"""The database connection: what it repeats, what it never repeats, and what its errors become."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from microshop.errors import TransactionConflict, Unavailable
from microshop.idempotency.repository import IdempotencyKeys
from microshop.messaging.event import Claim
from microshop.messaging.inbox import Inbox, Inboxes
from microshop.messaging.outbox import Outbox
from microshop.platform import settings
from microshop.platform.mysql import Database, Statement
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.platform.unit_of_work import Batch, UnitOfWork
from microshop.products.queries import ProductQueries
from microshop.users.repository import UserRepository
from tests.integration.conftest import Connect
from tests.support.catalogue import put_on_sale
from tests.support.orders import batch_connection
from tests.support.processlist import connected
from tests.support.proxy import Proxy

_ADD = "INSERT INTO inbox (consumer, event_id, claimed_until) VALUES (%(consumer)s, %(event)s, '2026-01-02')"
_COUNT = "SELECT COUNT(*) AS count FROM inbox"
_BELOW_ZERO = "UPDATE products SET stock = stock - 99"
_NO_STOCK = "UPDATE products SET stock = NULL"
_TOO_MUCH_STOCK = "UPDATE products SET stock = 99999999999999999999"
_LONG_SKU = "UPDATE products SET sku = REPEAT('x', 5000)"


def _open(url: str, *, read_timeout_seconds: int = 6) -> Database:
    address = settings.database_address(url)
    return Database(address, read_timeout_seconds=read_timeout_seconds)


@pytest.fixture
def proxy(database: Database, database_url: str) -> Iterator[Proxy]:
    with Proxy(database_url) as found:
        yield found


@pytest.fixture
def behind_proxy(proxy: Proxy) -> Iterator[Database]:
    connection = _open(proxy.url, read_timeout_seconds=1)
    yield connection
    connection.close()


def _adding(event: str) -> Statement:
    return _ADD, {"consumer": "c", "event": event}


def _add(database: Database, event: str = "e-1") -> int:
    return database.execute(*_adding(event))


def _events(database: Database) -> list[str]:
    return [row["event_id"] for row in database.rows("SELECT event_id FROM inbox ORDER BY event_id")]


def _count(database: Database) -> int:
    row = database.row(_COUNT)
    assert row is not None
    return int(row["count"])


def _kill(killer: Database, victim: Database) -> None:
    row = victim.row("SELECT CONNECTION_ID() AS id")
    assert row is not None
    killer.execute(f"KILL CONNECTION {row['id']}")


def test_rows_come_as_dictionaries(database: Database) -> None:
    assert database.rows("SELECT 1 AS one, 'x' AS letter UNION SELECT 2, 'y'") == [
        {"one": 1, "letter": "x"},
        {"one": 2, "letter": "y"},
    ]
    assert database.row("SELECT 1 AS one FROM inbox") is None


@pytest.mark.parametrize("text", ["'; DROP TABLE inbox; --", '" OR ""="', "\\", "\\'", "%s %(x)s", "王😀", "\u2028"])
def test_a_parameter_is_only_ever_a_value(database: Database, text: str) -> None:
    assert database.row("SELECT %(text)s AS text", {"text": text}) == {"text": text}


def test_a_percent_sign_without_parameters_is_only_that(database: Database) -> None:
    assert database.row("SELECT '100%' AS text") == {"text": "100%"}


def test_a_statement_says_how_many_rows_it_changed(database: Database) -> None:
    _add(database)

    assert database.execute("UPDATE inbox SET consumer = 'd'") == 1
    assert database.execute("UPDATE inbox SET consumer = 'd'") == 0


def test_times_are_utc_whatever_the_server_thinks(database: Database) -> None:
    assert database.row("SELECT @@session.time_zone AS zone, TIMEDIFF(NOW(), UTC_TIMESTAMP()) = 0 AS same") == {
        "zone": "+00:00",
        "same": 1,
    }


def test_a_value_that_does_not_fit_is_refused_and_not_cut(database: Database) -> None:
    with pytest.raises(ConstraintRefused, match="consumer"):
        database.execute(_ADD, {"consumer": "c" * 65, "event": "e"})

    assert _count(database) == 0


def test_a_duplicate_key_is_named_without_its_value(database: Database) -> None:
    _add(database)

    with pytest.raises(DuplicateKey) as error:
        _add(database)

    assert error.value.key == "PRIMARY"
    assert error.value.__cause__ is None


@pytest.mark.parametrize("value", ["o'brien@example.com", "a.b@c.de", "x' for key 'y.z"])
def test_the_name_of_a_duplicate_key_is_found_whatever_the_value(database: Database, value: str) -> None:
    insert = (
        "INSERT INTO products (sku, name, description, category, image_urls, price_minor, currency, stock, version,"
        " archived, created_at, updated_at) VALUES (%(sku)s, 'n', 'd', 'c', '[]', 1, 'USD', 0, 1, 0, NOW(), NOW())"
    )
    database.execute(insert, {"sku": value})

    with pytest.raises(DuplicateKey) as error:
        database.execute(insert, {"sku": value})

    assert error.value.key == "products_sku"


def test_each_statement_outside_a_transaction_is_its_own(database: Database, connect: Connect) -> None:
    _add(database)

    assert _count(connect()) == 1


def test_a_reader_sees_what_was_committed_meanwhile(database: Database, connect: Connect) -> None:
    reader = connect()
    reader.begin()
    before = _count(reader)
    _add(database)

    after = _count(reader)

    assert (before, after) == (0, 1)
    reader.rollback()


def test_a_read_whose_connection_was_killed_is_asked_again(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    assert _count(idle) == 0


def test_every_read_of_the_shop_is_asked_again(database: Database, connect: Connect) -> None:
    idle = connect()
    for read in (ProductQueries(idle).categories, Outbox(idle).backlog, lambda: UserRepository(idle).by_id(1)):
        _kill(database, idle)

        read()  # does not raise


def test_every_lone_write_that_may_run_twice_is_asked_again(database: Database, connect: Connect) -> None:
    idle, long_ago = connect(), datetime(2026, 1, 1, tzinfo=UTC)
    writes: list[Callable[[], object]] = [
        lambda: Inbox(idle, "c").claim("e-1", 60),
        lambda: Inbox(idle, "c").mark_done("e-1"),
        lambda: Inbox(idle, "c").release("e-1"),
        lambda: Inboxes(idle).delete_older_than(long_ago, 10),
        lambda: Outbox(idle).delete_older_than(long_ago, 10),
        lambda: IdempotencyKeys(idle).delete_older_than(long_ago, 10),
        lambda: UserRepository(idle).update_profile(1, username="Ada", language=None),
    ]
    for write in writes:
        _kill(database, idle)

        write()  # does not raise

    assert _count(database) == 1


def test_an_event_that_is_claimed_after_a_long_rest_is_claimed_once(database: Database, connect: Connect) -> None:
    rested = connect()
    _kill(database, rested)

    assert Inbox(rested, "c").claim("e-1", 60) is Claim.GRANTED

    assert Inbox(database, "c").claim("e-1", 60) is Claim.BUSY


def test_a_transaction_can_begin_on_a_connection_that_was_killed(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    with UnitOfWork(idle) as transaction:
        _add(idle)
        transaction.commit()

    assert _count(database) == 1


def test_a_connection_that_was_idle_for_too_long_is_made_anew(database: Database, connect: Connect) -> None:
    idle, patience = connect(), threading.Event()
    idle.execute("SET SESSION wait_timeout = 1")
    row = idle.row("SELECT CONNECTION_ID() AS id")
    assert row is not None
    while connected(database, [row["id"]]):
        patience.wait(0.05)

    assert _count(idle) == 0


def test_a_write_whose_connection_was_killed_is_not_repeated(database: Database, connect: Connect) -> None:
    idle = connect()
    _kill(database, idle)

    with pytest.raises(Unavailable):
        _add(idle)

    assert _count(database) == 0
    assert _add(idle) == 1


def test_nothing_is_repeated_within_a_transaction(database: Database, connect: Connect) -> None:
    writer = connect()

    with pytest.raises(Unavailable), UnitOfWork(writer):
        _lose_the_connection_between_two_writes(writer, database)

    assert _count(database) == 0


def _lose_the_connection_between_two_writes(writer: Database, killer: Database) -> None:
    _add(writer, "e-1")
    _kill(killer, writer)
    _count(writer)


def test_a_commit_whose_connection_was_killed_is_not_taken_for_one(database: Database, connect: Connect) -> None:
    writer = connect()
    writer.begin()
    _add(writer)
    _kill(database, writer)

    with pytest.raises(Unavailable):
        writer.commit()
    writer.rollback()

    assert _count(database) == 0


def test_a_connection_serves_again_after_a_transaction_that_was_cut_off(database: Database, connect: Connect) -> None:
    writer = connect()
    with pytest.raises(Unavailable), UnitOfWork(writer):
        _lose_the_connection_between_two_writes(writer, database)

    with UnitOfWork(writer) as transaction:
        _add(writer)
        transaction.commit()

    assert _count(database) == 1


def test_a_statement_that_fails_leaves_the_connection_usable(database: Database) -> None:
    with pytest.raises(Exception, match="syntax"):
        database.execute("this is no SQL")

    assert _count(database) == 0


def _lock(database: Database, event: str) -> None:
    database.rows(
        "SELECT event_id FROM inbox WHERE event_id = %(event)s AND consumer = 'c' FOR UPDATE", {"event": event}
    )


def test_a_deadlock_is_a_conflict_for_one_of_two(database: Database, connect: Connect) -> None:
    _add(database, "e-1")
    _add(database, "e-2")
    one, two, outcomes = connect(), connect(), list[object]()
    one.begin()
    two.begin()
    _lock(one, "e-1")
    _lock(two, "e-2")

    def cross() -> None:
        outcomes.append(_outcome(one, "e-2"))

    thread = threading.Thread(target=cross)
    thread.start()
    outcomes.append(_outcome(two, "e-1"))
    thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "TransactionConflict"]


def _outcome(database: Database, event: str) -> TransactionConflict | None:
    try:
        _lock(database, event)
    except TransactionConflict as conflict:
        return conflict
    finally:
        database.rollback()
    return None


def test_a_lock_that_is_not_had_in_time_is_a_conflict(database: Database, connect: Connect) -> None:
    _add(database)
    holder, waiter = connect(), connect()
    holder.begin()
    _lock(holder, "e-1")

    with pytest.raises(TransactionConflict, match="1205"):
        _lock(waiter, "e-1")

    holder.rollback()


def test_a_server_that_is_down_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(Unavailable) as error:
        _open(f"mysql://nobody@127.0.0.1:{port}/nowhere").rows("SELECT 1")

    assert error.value.dependency == "database"


def test_a_wrong_password_is_unavailable_and_says_nothing_of_it(database: Database, database_url: str) -> None:
    url = urlsplit(database_url)

    with pytest.raises(Unavailable) as error:
        _open(url._replace(netloc=f"{url.username}:s3cr3t@{url.hostname}:{url.port}").geturl()).rows("SELECT 1")

    assert "s3cr3t" not in str(error.value)


def test_a_server_that_is_silent_is_unavailable_and_asked_once(proxy: Proxy, behind_proxy: Database) -> None:
    behind_proxy.rows("SELECT 1")
    proxy.fall_silent()

    with pytest.raises(Unavailable):
        behind_proxy.rows("SELECT 1")

    assert proxy.connections == 1


def test_a_server_that_does_not_greet_is_not_waited_for_as_long_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microshop.platform.mysql._CONNECT_TIMEOUT_SECONDS", 1)

    with socket.create_server(("127.0.0.1", 0)) as frozen:  # the kernel connects, and nobody speaks
        url = f"mysql://user:password@127.0.0.1:{frozen.getsockname()[1]}/shop"
        with closing(_open(url, read_timeout_seconds=3600)) as patient, pytest.raises(Unavailable):
            patient.row("SELECT 1")


def test_an_answer_may_take_longer_than_the_greeting(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microshop.platform.mysql._CONNECT_TIMEOUT_SECONDS", 1)

    with closing(_open(database_url, read_timeout_seconds=60)) as patient:
        assert patient.row("SELECT SLEEP(1.5) AS slept") == {"slept": 0}


def test_a_server_that_speaks_again_is_served_from(proxy: Proxy, behind_proxy: Database) -> None:
    proxy.fall_silent()
    with pytest.raises(Unavailable):
        behind_proxy.rows("SELECT 1")
    proxy.speak_again()

    assert behind_proxy.row("SELECT 1 AS one") == {"one": 1}


def test_a_read_is_one_round_trip(proxy: Proxy, behind_proxy: Database) -> None:
    behind_proxy.rows("SELECT 1")
    before = proxy.round_trips

    behind_proxy.rows("SELECT 1")

    assert proxy.round_trips - before == 1


def test_no_connection_is_made_before_the_first_statement() -> None:
    database = _open("mysql://nobody@no-such-host.invalid/nowhere")

    database.close()
    database.rollback()


def test_times_come_back_as_they_were_and_know_their_zone(database: Database) -> None:
    shanghai = datetime(2026, 1, 2, 20, 30, 0, 123456, tzinfo=ZoneInfo("Asia/Shanghai"))

    row = database.row("SELECT CAST(%s AS DATETIME(6)) AS kept, CAST(%s AS CHAR) AS written", (shanghai, shanghai))

    assert row is not None
    assert (row["kept"], row["kept"].tzinfo) == (shanghai, UTC)
    assert row["written"] == "2026-01-02 12:30:00.123456"


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        database.row("SELECT %s", (datetime(2026, 1, 2),))  # noqa: DTZ001 - it is what the test is about


@pytest.mark.parametrize(
    ("statement", "name"),
    [(_BELOW_ZERO, "products_stock"), (_NO_STOCK, "stock"), (_TOO_MUCH_STOCK, "stock"), (_LONG_SKU, "sku")],
)
def test_a_constraint_that_refuses_is_named(database: Database, statement: str, name: str) -> None:
    put_on_sale(database, stock=3)

    with pytest.raises(ConstraintRefused) as refused:
        database.execute(statement)

    assert refused.value.name == name
    assert refused.value.__cause__ is None


def test_a_batch_happens_whole(database: Database, batching: Database) -> None:
    batching.execute_batch([_adding("e-1"), _adding("e-2"), ("UPDATE inbox SET consumer = 'd'", ())])

    assert database.rows("SELECT consumer, event_id FROM inbox ORDER BY event_id") == [
        {"consumer": "d", "event_id": "e-1"},
        {"consumer": "d", "event_id": "e-2"},
    ]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        (_adding("there already"), DuplicateKey),
        ((_BELOW_ZERO, ()), ConstraintRefused),
        ((_NO_STOCK, ()), ConstraintRefused),
        (("this is no SQL", ()), Exception),
    ],
)
def test_a_batch_of_which_one_statement_fails_has_not_happened(
    database: Database, batching: Database, place: int, statement: Statement, refusal: type[Exception]
) -> None:
    put_on_sale(database, stock=3)
    _add(database, "there already")
    statements = [_adding("e-1"), _adding("e-2"), _adding("e-3")]
    statements.insert(place, statement)

    with pytest.raises(refusal):
        batching.execute_batch(statements)

    assert _events(database) == ["there already"]


def test_a_batch_that_failed_leaves_no_transaction_and_no_answer_behind(database: Database, batching: Database) -> None:
    with pytest.raises(DuplicateKey):
        batching.execute_batch([_adding("e-1"), _adding("e-1"), _adding("e-2")])

    assert _count(batching) == 0
    _add(batching, "e-3")
    batching.execute_batch([_adding("e-4")])
    assert _events(database) == ["e-3", "e-4"]


def test_a_batch_that_waits_too_long_for_a_lock_is_a_conflict_and_has_not_happened(
    database: Database, batching: Database, connect: Connect
) -> None:
    _add(database, "e-1")
    holder = connect()
    holder.begin()
    _lock(holder, "e-1")

    with pytest.raises(TransactionConflict, match="1205"):
        batching.execute_batch([_adding("e-2"), ("DELETE FROM inbox WHERE event_id = 'e-1'", ())])

    holder.rollback()
    assert _events(database) == ["e-1"]


@pytest.mark.parametrize("text", ["'; DROP TABLE inbox; --", '" OR ""="', "\\", "\\'; COMMIT; --", "%s %(x)s", "王😀"])
def test_a_parameter_is_only_ever_a_value_in_a_batch_too(database: Database, batching: Database, text: str) -> None:
    put_on_sale(database)

    batching.execute_batch(
        [("UPDATE products SET description = %(text)s", {"text": text}), ("UPDATE products SET name = '100%'", ())]
    )

    assert database.row("SELECT description, name FROM products") == {"description": text, "name": "100%"}


def test_a_connection_without_batches_refuses_a_second_statement(database: Database) -> None:
    with pytest.raises(Exception, match="syntax"):
        database.execute_batch([_adding("e-1")])
    with pytest.raises(Exception, match="syntax"):
        database.execute("SELECT 1; DELETE FROM inbox")

    assert _count(database) == 0


def test_a_batch_is_one_round_trip(proxy: Proxy) -> None:
    with closing(batch_connection(proxy.url)) as connection:
        connection.rows("SELECT 1")
        before = proxy.round_trips

        connection.execute_batch([_adding("e-1"), _adding("e-2")])

        assert proxy.round_trips - before == 1


def test_a_batch_whose_connection_was_killed_is_not_repeated(database: Database, batching: Database) -> None:
    _kill(database, batching)

    with pytest.raises(Unavailable):
        batching.execute_batch([_adding("e-1")])

    assert _count(database) == 0
    batching.execute_batch([_adding("e-1")])
    assert _count(database) == 1


def test_a_batch_that_kills_its_own_connection_has_not_happened(database: Database, batching: Database) -> None:
    with pytest.raises(Unavailable):
        batching.execute_batch([_adding("e-1"), ("KILL CONNECTION_ID()", ()), _adding("e-2")])

    assert _count(database) == 0


def test_a_batch_that_is_not_committed_is_not_sent(database: Database, batching: Database) -> None:
    batch = Batch(batching)

    with batch:
        batch.execute(*_adding("e-1"))
    with batch:
        batch.execute(*_adding("e-2"))
        batch.commit()

    assert _events(database) == ["e-2"]


def test_a_batch_can_be_used_again_after_it_failed(database: Database, batching: Database) -> None:
    batch = Batch(batching)
    with pytest.raises(DuplicateKey):
        _send(batch, "e-1", "e-1")

    _send(batch, "e-1")

    assert _events(database) == ["e-1"]


def _send(batch: Batch, *events: str) -> None:
    with batch:
        for event in events:
            batch.execute(*_adding(event))
        batch.commit()
