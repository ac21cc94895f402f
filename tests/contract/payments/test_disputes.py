"""Disputes that Stripe reports; Shop.ask checks each answer against the description."""

from typing import Any

from tests.contract.paying import pay, payments_of, refund, send_webhook
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop


def _dispute(shop: Shop, customer: Customer, status: str) -> tuple[int, dict[str, Any]]:
    """Returns an order whose payment is disputed, and the dispute as Stripe has it."""
    order_id = shop.order(customer, shop.product())
    dispute = {
        "id": f"dp_{order_id}",
        "payment_intent": pay(shop, customer, order_id),
        "amount": 2489,
        "currency": "usd",
        "created": 1767225600,
        "status": status,
        "reason": "fraudulent",
        "evidence_details": {"due_by": 1768003200},
        "balance_transactions": [{"id": f"txn_{order_id}", "amount": -2489, "fee": 1500, "currency": "usd"}],
    }
    assert send_webhook(shop, "charge.dispute.created", dispute).status_code == 200
    return order_id, dispute


def test_a_dispute_shows_in_the_order_and_its_ledger(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, dispute = _dispute(shop, customer, "needs_response")

    send_webhook(shop, "charge.dispute.closed", {**dispute, "status": "lost"})

    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    closed_at = order["dispute"].pop("closed_at")
    assert closed_at.startswith("20")
    assert order["dispute"] == {
        "status": "lost",
        "reason": "fraudulent",
        "amount": "24.89",
        "currency": "USD",
        "respond_by": "2026-01-10T00:00:00+00:00",
        "opened_at": "2026-01-01T00:00:00+00:00",
    }
    kinds = [entry["kind"] for entry in payments_of(shop, admin, order_id)["ledger"]]
    assert kinds == ["started", "captured", "dispute_withdrawn", "dispute_fee", "disputed", "dispute_closed"]
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")


def test_the_order_list_is_filtered_by_dispute(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "warning_needs_response")

    inquiries, disputes = (
        shop.ask("GET", "/orders", by=admin, query={"dispute": status, "user_id": customer.id}).json()["items"]
        for status in ("inquiry", "open")
    )

    assert [order["id"] for order in inquiries] == [order_id]
    assert disputes == []


def test_a_disputed_order_is_shipped_only_on_confirmation(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "needs_response")
    shipped = {"status": "shipped", "carrier": "DHL", "tracking_number": "1"}

    refused = shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json=shipped)
    confirmed = shop.ask("PUT", f"/orders/{order_id}/status", by=admin, json={**shipped, "despite_dispute": True})

    assert refusal(refused) == (409, "order-disputed")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "shipped")


def test_a_disputed_payment_cannot_be_refunded(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id, _ = _dispute(shop, customer, "needs_response")

    refused = refund(shop, admin, order_id, amount="1.00")

    assert refusal(refused) == (409, "order-disputed")


def test_a_malformed_dispute_is_acknowledged_and_changes_nothing(shop: Shop, customer: Customer) -> None:
    malformed: list[dict[str, Any]] = [
        {"amount": -1},
        {"amount": 10**16},
        {"amount": "2489"},
        {"currency": "usdx"},
        {"id": "dp" * 150},
    ]
    _, dispute = _dispute(shop, customer, "needs_response")
    before = shop.contents()

    answers = [send_webhook(shop, "charge.dispute.updated", {**dispute, **fields}) for fields in malformed]

    assert [answer.status_code for answer in answers] == [200] * len(malformed)
    assert shop.contents() == before


def test_a_dispute_that_names_another_payment_changes_nothing(shop: Shop, customer: Customer) -> None:
    _, dispute = _dispute(shop, customer, "needs_response")
    other = pay(shop, customer, shop.order(customer, shop.product()))
    before = shop.contents()

    answer = send_webhook(shop, "charge.dispute.updated", {**dispute, "payment_intent": other})

    assert answer.status_code == 200
    assert shop.contents() == before
