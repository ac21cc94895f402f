"""Customers start payments and see them; Shop.ask checks each answer against the description."""

import pytest
from requests import Response

from tests.contract.paying import fail_once, pay, payments_of, reference_of, send_webhook, start, use_card
from tests.support.answers import refusal
from tests.support.shop import Customer, Shop
from tests.support.threads import at_once

LONG_AGO = "UPDATE orders SET expires_at = '2026-01-01' WHERE id = %(id)s"


def test_a_started_payment_has_what_a_front_end_needs(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    answer = start(shop, customer, order_id)

    [payment] = payments_of(shop, customer, order_id)["payments"]
    secret = answer.json()["client_secret"]
    assert answer.status_code == 200
    assert answer.json() == {
        "id": payment["id"],
        "payment_id": payment["id"],
        "provider": "stripe",
        "client_secret": secret,
        "publishable_key": "pk_test_local",
        "status": "open",
    }
    assert secret.startswith(f"{payment['reference']}_secret_")


def test_starting_a_payment_again_continues_it(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    answers = [start(shop, customer, order_id) for _ in range(3)]

    assert [answer.json() for answer in answers] == [answers[0].json()] * 3
    assert len(payments_of(shop, customer, order_id)["payments"]) == 1


def test_a_payment_continues_after_a_declined_card(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    first = start(shop, customer, order_id)
    declined = use_card(shop, order_id, "pm_card_visa_chargeDeclinedInsufficientFunds")
    send_webhook(shop, "payment_intent.payment_failed", declined)

    retried = start(shop, customer, order_id)

    assert retried.json() == first.json()
    entries = shop.ask("GET", f"/orders/{order_id}/history", by=customer).json()["items"]
    assert [(entry["action"], entry["note"]) for entry in entries[1:]] == [("payment_failed", "insufficient_funds")]


def test_starting_again_finds_a_payment_whose_webhook_was_lost(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    start(shop, customer, order_id)
    use_card(shop, order_id)

    answers = [start(shop, customer, order_id).json() for _ in range(2)]

    assert [(answer["status"], answer["client_secret"]) for answer in answers] == [("captured", None)] * 2
    assert _order(shop, customer, order_id) == ("confirmed", "paid", "24.89")


def test_a_payment_cancelled_at_the_provider_is_followed_by_another(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    first = start(shop, customer, order_id).json()
    shop.provider.stripe.v1.payment_intents.cancel(reference_of(shop, order_id))

    second = start(shop, customer, order_id).json()

    assert second["status"] == "open"
    assert second["client_secret"] != first["client_secret"]
    attempts = payments_of(shop, customer, order_id)["payments"]
    assert [(each["attempt"], each["status"]) for each in attempts] == [(1, "cancelled"), (2, "started")]


def test_a_payment_after_the_payment_period_answers_409(shop: Shop, customer: Customer) -> None:
    product_id = shop.product(stock=5)
    order_id = shop.order(customer, product_id, 2)
    shop.database.execute(LONG_AGO, {"id": order_id})
    before = shop.contents()

    late = start(shop, customer, order_id)

    assert refusal(late) == (409, "payment-period-over")
    assert shop.contents() == before
    assert shop.invoke("ExpireUnpaidFunction")["expired"] == 1
    assert _order(shop, customer, order_id)[:2] == ("expired", "unpaid")
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 5
    assert refusal(start(shop, customer, order_id)) == (409, "wrong-order-state")


def test_expiring_an_order_cancels_its_started_payment(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    start(shop, customer, order_id)
    shop.database.execute(LONG_AGO, {"id": order_id})

    assert shop.invoke("ExpireUnpaidFunction") == {"expired": 1, "failed": 0, "left": 0}

    intent = shop.provider.stripe.v1.payment_intents.retrieve(reference_of(shop, order_id))
    assert intent.status == "canceled"
    assert _order(shop, customer, order_id)[:2] == ("expired", "unpaid")


def test_an_order_with_cash_on_delivery_cannot_be_paid_by_card(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product(), payment_method="cash_on_delivery")

    assert refusal(start(shop, customer, order_id)) == (409, "wrong-order-state")


@pytest.mark.parametrize(("change", "body"), [("confirm", {"reference": "bank transfer 3"}), ("cancel", {})])
def test_a_paid_or_cancelled_order_cannot_be_paid(
    shop: Shop, customer: Customer, admin: Customer, change: str, body: dict[str, str]
) -> None:
    order_id = shop.order(customer, shop.product())
    shop.ask("POST", f"/orders/{order_id}/{change}", by=admin, json=body)
    before = shop.contents()

    assert refusal(start(shop, customer, order_id)) == (409, "wrong-order-state")
    assert shop.contents() == before


def test_an_admin_cannot_pay_the_order_of_a_customer(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    assert refusal(start(shop, admin, order_id)) == (404, "not-found")


def test_an_unknown_outcome_puts_the_order_in_review_until_a_retry(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    fail_once(shop, method="POST", path="/v1/payment_intents", status_after=500)

    unknown = start(shop, customer, order_id)
    in_review = _order(shop, customer, order_id)
    retried = start(shop, customer, order_id)

    assert (refusal(unknown), unknown.headers["Retry-After"]) == ((503, "unavailable"), "1")
    assert in_review[:2] == ("pending", "review")
    assert (retried.status_code, retried.json()["status"]) == (200, "open")
    assert _order(shop, customer, order_id)[:2] == ("pending", "unpaid")
    assert len(payments_of(shop, customer, order_id)["payments"]) == 1


def test_two_clicks_at_once_start_one_payment(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    shop.provider.inject_faults({"method": "POST", "path": "/v1/payment_intents", "delay_seconds": 0.3})

    first, second = _answers_at_once(shop, customer, order_id)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert _trace(shop, order_id) == (["placed"], ["started"])


def test_a_second_click_answers_503_while_the_first_is_in_progress(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    busy = {"status": 409, "code": "idempotency_key_in_use"}
    shop.provider.inject_faults({"method": "POST", "path": "/v1/payment_intents", **busy})

    answer = start(shop, customer, order_id)

    assert (refusal(answer), answer.headers["Retry-After"]) == ((503, "unavailable"), "1")
    assert _trace(shop, order_id) == (["placed"], ["started"])
    shop.provider.clear_faults()
    assert start(shop, customer, order_id).status_code == 200


def test_a_refusal_by_the_provider_answers_409_and_allows_a_retry(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    fail_once(shop, method="POST", path="/v1/payment_intents", status=400)

    refused, retried = (start(shop, customer, order_id) for _ in range(2))

    assert refusal(refused) == (409, "payment-refused")
    assert (retried.status_code, retried.json()["status"]) == (200, "open")
    attempts = payments_of(shop, customer, order_id)["payments"]
    assert [each["status"] for each in attempts] == ["failed", "started"]


def test_an_order_without_a_started_payment_has_no_payments(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())

    assert payments_of(shop, customer, order_id) == {"payments": [], "refunds": []}
    assert payments_of(shop, admin, order_id) == {"payments": [], "refunds": [], "ledger": []}


def test_only_admins_see_the_ledger_of_a_payment(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    reference = pay(shop, customer, order_id)

    owners, admins = (payments_of(shop, by, order_id) for by in (customer, admin))

    assert {name: admins[name] for name in owners} == owners
    assert owners.keys() == {"payments", "refunds"}
    assert [(entry["kind"], entry["amount"], entry["reference"]) for entry in admins["ledger"]] == [
        ("started", "24.89", None),
        ("captured", "24.89", reference),
    ]


def test_an_order_is_found_by_the_reference_of_its_payment(shop: Shop, customer: Customer, admin: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    reference = pay(shop, customer, order_id)

    found = shop.ask("GET", "/orders", by=admin, query={"payment_reference": reference}).json()["items"]

    assert [order["id"] for order in found] == [order_id]


def _order(shop: Shop, by: Customer, order_id: int) -> tuple[str, str, str]:
    order = shop.ask("GET", f"/orders/{order_id}", by=by).json()
    return order["status"], order["payment_status"], order["paid"]


def _answers_at_once(shop: Shop, customer: Customer, order_id: int) -> list[Response]:
    answers = at_once(2, lambda _: start(shop, customer, order_id))
    return [answer for answer in answers if isinstance(answer, Response)]


def _trace(shop: Shop, order_id: int) -> tuple[list[str], list[str]]:
    """The actions of an order's history, and the kinds of its ledger entries."""
    history = "SELECT action FROM order_history WHERE order_id = %(id)s ORDER BY version"
    ledger = """
    SELECT kind
    FROM payment_entries
    JOIN payments ON payments.id = payment_entries.payment_id
    WHERE payments.order_id = %(id)s
    ORDER BY payment_entries.id
    """
    rows = [shop.database.rows(sql, {"id": order_id}) for sql in (history, ledger)]
    return [row["action"] for row in rows[0]], [row["kind"] for row in rows[1]]
