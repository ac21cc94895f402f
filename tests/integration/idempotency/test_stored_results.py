"""The results that orders and adjustments store have the format that every release reads and writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.catalogue import put_on_sale
from tests.support.orders import a_key, place
from tests.support.use_cases import adjust, an_admin

if TYPE_CHECKING:
    from microshop.caller import Caller
    from microshop.orders.order import PaymentMethod
    from microshop.platform.mysql import Database

_STORE = """
INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
VALUES (%(user_id)s, %(key)s, %(fingerprint)s, %(answer)s, UTC_TIMESTAMP())
"""


def _stored(database: Database) -> str:
    [row] = database.rows("SELECT answer FROM idempotency_keys")
    return str(row["answer"])


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_the_stored_result_of_an_order_keeps_its_format(
    database: Database, customer: Caller, payment_method: PaymentMethod
) -> None:
    product_id, key = put_on_sale(database, stock=1, price_minor=1999), a_key(customer, "one")

    placed = place(database, customer, [(product_id, 1)], key=key, payment_method=payment_method)

    expires_at = f'"{placed["expires_at"]}"' if payment_method == "card" else "null"
    assert _stored(database) == (
        f'{{"message": "order created successfully", "id": {placed["id"]}, "order_id": {placed["id"]}, '
        f'"order_number": "{placed["order_number"]}", "status": "{placed["status"]}", "total": "24.89", '
        f'"currency": "USD", "expires_at": {expires_at}}}'
    )


def test_the_stored_result_of_an_adjustment_keeps_its_format(database: Database) -> None:
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
def test_a_repeated_order_gets_the_result_that_an_earlier_release_stored(
    database: Database, customer: Caller, *, status: str, total: str, currency: str, expires_at: str
) -> None:
    key = a_key(customer, "one")
    answer = (
        '{"message": "order created successfully", "order_id": 4097, "order_number": "MS-7F3K-9QXD", '
        f'"status": "{status}", "total": "{total}", "currency": "{currency}", "expires_at": {expires_at}}}'
    )
    database.execute(_STORE, {**vars(key), "answer": answer})

    assert place(database, customer, [(1, 1)], key=key) == {**json.loads(answer), "id": 4097}
    database.execute("DELETE FROM idempotency_keys")  # because its order does not exist
