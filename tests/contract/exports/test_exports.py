"""Exports: the answer has a link to the file; Shop.ask checks each answer against the description."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from requests import Response

from tests.contract.paying import pay, refund
from tests.support.shop import Customer, Shop

JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}
# An export leaves the last minute out, and tests do not wait for one.
LONG_AGO = {
    "orders": "UPDATE orders SET created_at = %(at)s WHERE id = %(id)s",
    "payments": """
        UPDATE payment_entries
        JOIN payments ON payments.id = payment_entries.payment_id
        SET payment_entries.created_at = %(at)s
        WHERE payments.order_id = %(id)s
    """,
}


def test_an_export_answers_201_with_a_link_to_the_file(shop: Shop, admin: Customer) -> None:
    answer = _export(shop, admin, kind="orders", **JANUARY)

    body = answer.json()
    lasts = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert (answer.status_code, answer.headers["Location"]) == (201, body["url"])
    assert (body["rows"], body["next_cursor"]) == (0, None)
    assert timedelta() < lasts <= timedelta(minutes=15)
    assert _rows(answer) == []


def test_an_export_of_payments_holds_captures_and_refunds(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    pay(shop, customer, order_id)
    refund(shop, admin, order_id, amount="4.89")
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    shop.database.execute(LONG_AGO["payments"], {"id": order_id, "at": at})

    answer = _export(shop, admin, kind="payments", **JANUARY)

    moved = [(row["kind"], row["amount"]) for row in _rows(answer) if row["order_id"] == str(order_id)]
    assert moved == [("captured", "24.89"), ("refunded", "-4.89")]
    assert answer.json()["rows"] == len(_rows(answer))


def test_no_export_holds_a_postal_or_email_address(shop: Shop, customer: Customer, admin: Customer) -> None:
    shop.order(customer, shop.product(), address="Ada Lovelace, 12 St James's Square")
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    for kind in ("orders", "payments"):
        text = requests.get(_export(shop, admin, kind=kind, **{"from": today, "to": today}).json()["url"], timeout=10)
        assert "Ada Lovelace" not in text.content.decode("utf-8-sig")
        assert customer.email not in text.content.decode("utf-8-sig")


def test_a_changed_link_opens_no_file(shop: Shop, admin: Customer) -> None:
    url = _export(shop, admin, kind="orders", **JANUARY).json()["url"]

    answer = requests.get(url.replace("orders-", "payments-"), timeout=10)

    assert not answer.ok


def _export(shop: Shop, by: Customer, **body: Any) -> Response:
    answer = shop.ask("POST", "/exports", by=by, json=body)
    assert answer.status_code == 201, answer.text
    return answer


def _rows(answer: Response) -> list[dict[str, str]]:
    text = requests.get(answer.json()["url"], timeout=10).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))
