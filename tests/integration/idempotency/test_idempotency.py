"""Stored answers on the real database: what is kept, for whom, for how long, and what leaves a key free."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from microshop.errors import IdempotencyKeyReused, NotOnSale, OutOfStock
from microshop.idempotency.key import IdempotencyKey
from microshop.idempotency.once_per_key import AlreadyCompleted
from microshop.idempotency.repository import IdempotencyKeys, ResultRepository
from tests.support.catalogue import put_on_sale
from tests.support.orders import a_key, place
from tests.support.records import count, stock_of
from tests.support.threads import at_once
from tests.support.use_cases import adjust, an_admin

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import PaymentMethod
    from microshop.orders.placing_view import OrderPlaced
    from microshop.platform.mysql import Database
    from tests.integration.conftest import Connect
    from tests.support.connections import ConnectBatches

_KEY = IdempotencyKey(17, "k-1", "f" * 64)
_AGE = "UPDATE idempotency_keys SET created_at = created_at - INTERVAL %(hours)s HOUR WHERE idempotency_key = %(key)s"


type _Answers = ResultRepository[dict[str, Any]]


@pytest.fixture
def answers(database: Database) -> _Answers:
    return _answers(database)


def _answers(database: Database) -> _Answers:
    return ResultRepository(database, database, dict, dict)


def _store(answers: _Answers, *names: str) -> None:
    for name in names:
        answers.store(replace(_KEY, key=name), {"message": name})


def _kept(database: Database) -> list[str]:
    rows = database.rows("SELECT idempotency_key FROM idempotency_keys ORDER BY idempotency_key")
    return [row["idempotency_key"] for row in rows]


def test_a_key_that_was_never_used_has_no_answer(answers: _Answers) -> None:
    assert answers.find(_KEY) is None


@pytest.mark.parametrize(
    "answer", [{}, {"message": "水壶 😀 '\"\\"}, {"message": "x" * 100_000}], ids=["empty", "odd", "long"]
)
def test_an_answer_is_kept_as_it_was_given(answers: _Answers, answer: dict[str, Any]) -> None:
    longest = replace(_KEY, key="~" * 128)

    answers.store(longest, answer)

    assert answers.find(longest) == answer


@pytest.mark.parametrize("other", [replace(_KEY, user_id=18), replace(_KEY, key="K-1")])
def test_an_answer_belongs_to_one_user_and_one_spelling_of_the_key(answers: _Answers, other: IdempotencyKey) -> None:
    answers.store(_KEY, {"message": "mine"})

    assert answers.find(other) is None


def test_a_key_is_answered_once(answers: _Answers) -> None:
    answers.store(_KEY, {"message": "first"})

    with pytest.raises(AlreadyCompleted):
        answers.store(_KEY, {"message": "second"})

    assert answers.find(_KEY) == {"message": "first"}


def test_another_request_with_the_key_does_not_see_the_answer(answers: _Answers) -> None:
    answers.store(_KEY, {"message": "mine"})

    with pytest.raises(IdempotencyKeyReused):
        answers.find(replace(_KEY, fingerprint="0" * 64))


def test_keys_are_forgotten_the_oldest_first_and_so_many_at_a_time(database: Database, answers: _Answers) -> None:
    _store(answers, "a", "b", "c", "d")
    for key, hours in {"a": 30, "b": 50, "c": 25, "d": 23}.items():
        database.execute(_AGE, {"key": key, "hours": hours})
    yesterday = datetime.now(UTC) - timedelta(hours=24)

    forgotten = [(IdempotencyKeys(database).delete_older_than(yesterday, limit=2), _kept(database)) for _ in range(3)]

    assert forgotten == [(2, ["c", "d"]), (1, ["d"]), (0, ["d"])]


def test_old_keys_are_found_without_reading_the_others(database: Database) -> None:
    plan = database.rows(
        "EXPLAIN FORMAT=TRADITIONAL DELETE FROM idempotency_keys WHERE created_at < '2026-01-02'"
        " ORDER BY created_at LIMIT 10"
    )

    assert plan[0]["key"] == "idempotency_keys_age"


def test_a_key_that_was_forgotten_may_be_used_again(database: Database, batching: Database, customer: Caller) -> None:
    product_id = put_on_sale(database, stock=5)
    first = place(batching, customer, [(product_id, 1)], key=a_key(customer, "one"))
    IdempotencyKeys(database).delete_older_than(datetime.now(UTC) + timedelta(hours=1), limit=10)

    second = place(batching, customer, [(product_id, 1)], key=a_key(customer, "one"))

    assert first["order_id"] != second["order_id"]
    assert stock_of(database, product_id) == 3


def test_a_refusal_leaves_the_key_free(database: Database, batching: Database, customer: Caller) -> None:
    product_id, key = put_on_sale(database, stock=1), a_key(customer, "one")
    with pytest.raises(OutOfStock):
        place(batching, customer, [(product_id, 2)], key=key)
    with pytest.raises(NotOnSale):
        place(batching, customer, [(2**62, 2)], key=key)
    assert count(database, "idempotency_keys") == 0

    adjust(database, an_admin(database), product_id, 1)

    assert place(batching, customer, [(product_id, 2)], key=key)["status"] == "pending"


def test_an_order_sent_again_gets_the_first_answer_whatever_the_shop_has_become(
    database: Database, batching: Database, customer: Caller
) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=1999), a_key(customer, "one")
    first = place(batching, customer, [(product_id, 1)], key=key)
    database.execute("UPDATE products SET price_minor = 1, archived = TRUE")

    assert place(batching, customer, [(product_id, 1)], key=key) == first


def test_a_repeated_order_gets_its_first_answer_after_a_price_change(
    database: Database, batching: Database, customer: Caller
) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=5000), a_key(customer, "one")
    first = place(batching, customer, [(product_id, 1)], key=key, expected_total_minor=5000)
    database.execute("UPDATE products SET price_minor = 5100")

    assert place(batching, customer, [(product_id, 1)], key=key, expected_total_minor=5000) == first


_STORE = """
INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
VALUES (%(user_id)s, %(key)s, %(fingerprint)s, %(answer)s, UTC_TIMESTAMP())
"""


def _stored(database: Database) -> str:
    [row] = database.rows("SELECT answer FROM idempotency_keys")
    return str(row["answer"])


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_placing_an_order_stores_what_every_release_reads(
    database: Database, batching: Database, customer: Caller, payment_method: PaymentMethod
) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=1999), a_key(customer, "one")

    placed = place(batching, customer, [(product_id, 1)], key=key, payment_method=payment_method)

    expires_at = f'"{placed["expires_at"]}"' if payment_method == "card" else "null"
    assert _stored(database) == (
        f'{{"message": "order created successfully", "id": {placed["id"]}, "order_id": {placed["id"]}, '
        f'"order_number": "{placed["order_number"]}", "status": "{placed["status"]}", "total": "24.89", '
        f'"currency": "USD", "expires_at": {expires_at}}}'
    )


def test_adjusting_the_stock_stores_what_every_release_reads(database: Database) -> None:
    product_id = put_on_sale(database, stock=1)

    adjust(database, an_admin(database), product_id, 2, key="one")

    assert _stored(database) == (
        f'{{"message": "stock adjusted successfully", "id": {product_id}, "product_id": {product_id}, "stock": 3}}'
    )


@pytest.mark.parametrize(
    ("status", "total", "currency", "expires_at"),
    [
        ("pending", "24.89", "USD", '"2026-01-02T12:30:00.000007+00:00"'),
        ("confirmed", "4994999999500.50", "USD", "null"),  # more digits than a client may send
        ("confirmed", "500", "JPY", "null"),
    ],
)
def test_an_order_sent_again_gets_the_answer_of_an_earlier_release_and_its_id(
    database: Database, batching: Database, customer: Caller, *, status: str, total: str, currency: str, expires_at: str
) -> None:
    key = a_key(customer, "one")
    answer = (
        '{"message": "order created successfully", "order_id": 4097, "order_number": "MS-7F3K-9QXD", '
        f'"status": "{status}", "total": "{total}", "currency": "{currency}", "expires_at": {expires_at}}}'
    )
    database.execute(_STORE, {**vars(key), "answer": answer})

    assert place(batching, customer, [(1, 1)], key=key) == {**json.loads(answer), "id": 4097}
    database.execute("DELETE FROM idempotency_keys")  # it tells of an order that is not there


def test_two_requests_with_one_key_at_once_are_one_order_and_one_refusal(
    database: Database, connect_batches: ConnectBatches, customer: Caller
) -> None:
    product_id, connections = put_on_sale(database, stock=5), [connect_batches() for _ in range(2)]

    outcomes = at_once(
        2, lambda n: place(connections[n], customer, [(product_id, n + 1)], key=a_key(customer, "one", n))
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IdempotencyKeyReused", "dict"]
    assert count(database, "orders") == 1


def test_a_key_waits_for_the_one_that_has_not_committed_yet(
    database: Database, connect: Connect, connect_batches: ConnectBatches, customer: Caller
) -> None:
    product_id, key, first = put_on_sale(database, stock=5), a_key(customer, "one"), connect()
    first.begin()
    answered: OrderPlaced = {
        "message": "order created successfully",
        "id": 4097,
        "order_id": 4097,
        "order_number": "MS-7F3K-9QXD",
        "status": "pending",
        "total": "24.89",
        "currency": "USD",
        "expires_at": "2026-01-02T12:30:00+00:00",
    }
    _answers(first).store(key, {**answered})

    def act(number: int) -> OrderPlaced | None:
        if number == 0:
            return place(connect_batches(), customer, [(product_id, 1)], key=key)
        first.execute("DO SLEEP(0.2)")
        first.commit()
        return None

    assert at_once(2, act) == [answered, None]
    assert (count(database, "orders"), stock_of(database, product_id)) == (0, 5)
    database.execute("DELETE FROM idempotency_keys")  # it tells of an order that is not there


def test_a_key_whose_first_request_was_undone_acts(
    database: Database, connect: Connect, connect_batches: ConnectBatches, customer: Caller
) -> None:
    product_id, key, first = put_on_sale(database, stock=5), a_key(customer, "one"), connect()
    first.begin()
    _answers(first).store(key, {})

    def act(number: int) -> OrderPlaced | None:
        if number == 0:
            return place(connect_batches(), customer, [(product_id, 1)], key=key)
        first.execute("DO SLEEP(0.2)")
        first.rollback()
        return None

    [answer, _] = at_once(2, act)

    assert isinstance(answer, dict)
    assert (answer["status"], stock_of(database, product_id)) == ("pending", 4)
