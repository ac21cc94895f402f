"""Results stored by idempotency key: their owner, their lifetime, and concurrent requests."""

from __future__ import annotations

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from microshop.errors import IdempotencyKeyReused, NotOnSale, OutOfStock
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.once_per_key import AlreadyCompleted
from microshop.idempotency.repository import IdempotencyKeys, ResultRepository
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_key, place
from tests.support.query_cost import ExplainingDatabase
from tests.support.records import count, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, an_admin

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.placing_view import OrderPlaced
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect

_KEY = IdempotencyKey(17, "k-1", "f" * 64)
_AGE = "UPDATE idempotency_keys SET created_at = created_at - INTERVAL %(hours)s HOUR WHERE idempotency_key = %(key)s"
_MANY = """
INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
SELECT 17, n, REPEAT('f', 64), '{}', UTC_TIMESTAMP() - INTERVAL n HOUR
FROM numbers
"""


type _Answers = ResultRepository[dict[str, Any]]


@pytest.fixture
def answers(database: Database) -> _Answers:
    return _answers(database)


def _answers(database: Database) -> _Answers:
    return ResultRepository(database, dict, dict)


def _store(answers: _Answers, *names: str) -> None:
    for name in names:
        answers.store(replace(_KEY, key=name), {"message": name})


def _keys(database: Database) -> list[str]:
    rows = database.rows("SELECT idempotency_key FROM idempotency_keys ORDER BY idempotency_key")
    return [row["idempotency_key"] for row in rows]


def test_an_unused_key_has_no_result(answers: _Answers) -> None:
    assert answers.find(_KEY) is None


@pytest.mark.parametrize(
    "answer",
    [{}, {"message": "水壶 😀 '\"\\"}, {"message": "x" * 100_000}],
    ids=["empty", "special characters", "long"],
)
def test_a_result_is_stored_unchanged(answers: _Answers, answer: dict[str, Any]) -> None:
    longest = replace(_KEY, key="~" * 128)

    answers.store(longest, answer)

    assert answers.find(longest) == answer


@pytest.mark.parametrize("other", [replace(_KEY, user_id=18), replace(_KEY, key="K-1")])
def test_a_result_belongs_to_its_user_and_its_exact_key(answers: _Answers, other: IdempotencyKey) -> None:
    answers.store(_KEY, {"message": "mine"})

    assert answers.find(other) is None


def test_a_second_result_for_a_key_is_refused(answers: _Answers) -> None:
    answers.store(_KEY, {"message": "first"})

    with pytest.raises(AlreadyCompleted):
        answers.store(_KEY, {"message": "second"})

    assert answers.find(_KEY) == {"message": "first"}


def test_another_request_with_the_same_key_is_refused(answers: _Answers) -> None:
    answers.store(_KEY, {"message": "mine"})

    with pytest.raises(IdempotencyKeyReused):
        answers.find(replace(_KEY, fingerprint="0" * 64))


def test_old_keys_are_deleted_in_batches_the_oldest_first(database: Database, answers: _Answers) -> None:
    _store(answers, "a", "b", "c", "d")
    for key, hours in {"a": 30, "b": 50, "c": 25, "d": 23}.items():
        database.execute(_AGE, {"key": key, "hours": hours})
    yesterday = datetime.now(UTC) - timedelta(hours=24)

    deleted = [(IdempotencyKeys(database).delete_older_than(yesterday, limit=2), _keys(database)) for _ in range(3)]

    assert deleted == [(2, ["c", "d"]), (1, ["d"]), (0, ["d"])]


def test_deleting_old_keys_uses_the_index_of_their_age(database: Database) -> None:
    database.execute(_MANY)
    database.rows("ANALYZE TABLE idempotency_keys")  # the optimizer scans a table that it believes to be small
    explaining = ExplainingDatabase(database)

    IdempotencyKeys(explaining).delete_older_than(datetime.now(UTC), limit=10)

    assert [table["key"] for table in explaining.plan] == ["idempotency_keys_age"]


def test_a_deleted_key_can_be_used_again(database: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, stock=5)
    first = place(database, customer, [(product_id, 1)], key=a_key(customer, "one"))
    IdempotencyKeys(database).delete_older_than(datetime.now(UTC) + timedelta(hours=1), limit=10)

    second = place(database, customer, [(product_id, 1)], key=a_key(customer, "one"))

    assert first["order_id"] != second["order_id"]
    assert stock_of(database, product_id) == 3


def test_a_refused_request_does_not_use_up_its_key(database: Database, customer: Caller) -> None:
    product_id, key = put_on_sale(database, stock=1), a_key(customer, "one")
    with pytest.raises(OutOfStock):
        place(database, customer, [(product_id, 2)], key=key)
    with pytest.raises(NotOnSale):
        place(database, customer, [(2**62, 2)], key=key)
    assert count(database, "idempotency_keys") == 0

    adjust(database, an_admin(database), product_id, 1)

    assert place(database, customer, [(product_id, 2)], key=key)["status"] == "pending"


def test_a_repeated_order_gets_its_first_answer_after_archiving(database: Database, customer: Caller) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=1999), a_key(customer, "one")
    first = place(database, customer, [(product_id, 1)], key=key)
    database.execute("UPDATE products SET price_minor = 1, archived = TRUE")

    assert place(database, customer, [(product_id, 1)], key=key) == first


def test_a_repeated_order_gets_its_first_answer_after_a_price_change(database: Database, customer: Caller) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=5000), a_key(customer, "one")
    first = place(database, customer, [(product_id, 1)], key=key, expected_total_minor=5000)
    database.execute("UPDATE products SET price_minor = 5100")

    assert place(database, customer, [(product_id, 1)], key=key, expected_total_minor=5000) == first


def test_one_of_two_concurrent_requests_with_one_key_is_refused(
    database: Database, connect: Connect, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=5), [connect() for _ in range(2)]

    outcomes = at_once(
        2, lambda n: place(connections[n], customer, [(product_id, n + 1)], key=a_key(customer, "one", n))
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IdempotencyKeyReused", "dict"]
    assert count(database, "orders") == 1


def test_a_request_waits_for_the_uncommitted_one_with_its_key(
    database: Database, connect: Connect, customer: Caller
) -> None:
    product_id, key, first = put_on_sale(database, stock=5), a_key(customer, "one"), connect()
    first.begin()
    stored: OrderPlaced = {
        "message": "order created successfully",
        "id": 4097,
        "order_id": 4097,
        "order_number": "MS-7F3K-9QXD",
        "status": "pending",
        "total": "24.89",
        "currency": "USD",
        "expires_at": "2026-01-02T12:30:00+00:00",
    }
    _answers(first).store(key, {**stored})

    def act(number: int) -> OrderPlaced | None:
        if number == 0:
            return place(connect(), customer, [(product_id, 1)], key=key)
        first.execute("DO SLEEP(0.2)")
        first.commit()
        return None

    assert at_once(2, act) == [stored, None]
    assert (count(database, "orders"), stock_of(database, product_id)) == (0, 5)
    database.execute("DELETE FROM idempotency_keys")  # because its order does not exist


def test_a_request_proceeds_if_the_one_with_its_key_is_rolled_back(
    database: Database, connect: Connect, customer: Caller
) -> None:
    product_id, key, first = put_on_sale(database, stock=5), a_key(customer, "one"), connect()
    first.begin()
    _answers(first).store(key, {})

    def act(number: int) -> OrderPlaced | None:
        if number == 0:
            return place(connect(), customer, [(product_id, 1)], key=key)
        first.execute("DO SLEEP(0.2)")
        first.rollback()
        return None

    [answer, _] = at_once(2, act)

    assert isinstance(answer, dict)
    assert (answer["status"], stock_of(database, product_id)) == ("pending", 4)
