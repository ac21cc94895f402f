"""Admins refund orders; Shop.ask checks each answer against the description."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.paying import fail_once, pay, payments_of, refund, send_webhook, start, use_card
from tests.support.answers import refusal, refused_fields
from tests.support.books import disagreements
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_UNUSED_ID = 2**62
_SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600003SE"}


@pytest.fixture(scope="module", autouse=True)
def _books_agree(shop: Shop) -> Iterator[None]:
    """Fails if these tests lose money or stock."""
    yield
    assert disagreements(shop.database) == {}


@pytest.fixture
def product_id(shop: Shop) -> int:
    """Ten units at 19.99."""
    return shop.product(stock=10, price_minor=1999)


@pytest.fixture
def paid(shop: Shop, customer: Customer, product_id: int) -> int:
    """An order of two of them, paid by card: 39.98 and 4.90 for shipping."""
    order_id = shop.order(customer, product_id, 2)
    pay(shop, customer, order_id)
    return order_id


def test_a_partial_refund_answers_201_with_its_status(
    shop: Shop, customer: Customer, admin: Customer, paid: int, product_id: int
) -> None:
    restock = [{"product_id": product_id, "quantity": 1}]

    answer = refund(shop, admin, paid, amount=19.99, reason="arrived broken", restock=restock)

    shown = payments_of(shop, customer, paid)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/orders/{paid}/payments")
    assert shown["refunds"] == [answer.json()]
    assert (answer.json()["status"], answer.json()["amount"], answer.json()["cause"]) == (
        "succeeded",
        "19.99",
        "requested",
    )
    assert shown["payments"][0]["refunded"] == "19.99"


def test_a_refund_shows_in_the_order_and_restocks_at_once(
    shop: Shop, customer: Customer, admin: Customer, paid: int, product_id: int
) -> None:
    shop.ask("GET", f"/products/{product_id}")

    refund(shop, admin, paid, amount="19.99", restock=[{"product_id": product_id, "quantity": 1}])

    order = shop.ask("GET", f"/orders/{paid}", by=customer).json()
    assert (order["status"], order["payment_status"]) == ("confirmed", "partially_refunded")
    assert (order["paid"], order["refunded"], order["lines"][0]["returned"]) == ("44.88", "19.99", 1)
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 9


def test_a_refund_without_an_amount_refunds_the_remainder(
    shop: Shop, customer: Customer, admin: Customer, paid: int
) -> None:
    answers = [refund(shop, admin, paid, amount="4.88"), refund(shop, admin, paid)]

    assert [answer.json()["amount"] for answer in answers] == ["4.88", "40.00"]
    order = shop.ask("GET", f"/orders/{paid}", by=customer).json()
    assert (order["payment_status"], order["refunded"]) == ("refunded", "44.88")


def test_refunding_more_than_was_captured_answers_409_by_the_amount(shop: Shop, admin: Customer, paid: int) -> None:
    before = shop.contents()

    answers = [refund(shop, admin, paid, amount=amount) for amount in ("44.89", 1000, "999999999999.99")]

    assert [refusal(answer) for answer in answers] == [(409, "refund-too-large")] * 3
    assert [refused_fields(answer, 409) for answer in answers] == [["amount"]] * 3
    assert shop.contents() == before


def test_refunding_more_than_is_left_answers_409(shop: Shop, admin: Customer, paid: int) -> None:
    refund(shop, admin, paid, amount="40.00")

    answers = [refund(shop, admin, paid, amount="4.89"), refund(shop, admin, paid), refund(shop, admin, paid)]

    assert [answer.status_code for answer in answers] == [409, 201, 409]
    assert refused_fields(answers[2], 409) == ["amount"]


def test_restocking_units_that_were_not_ordered_answers_409_by_the_field(
    shop: Shop, admin: Customer, paid: int, product_id: int
) -> None:
    another = shop.product()
    before = shop.contents()

    for restock, field in (
        ([{"product_id": product_id, "quantity": 3}], "restock.0.quantity"),
        ([{"product_id": product_id, "quantity": 2}, {"product_id": another, "quantity": 1}], "restock.1.quantity"),
    ):
        answer = refund(shop, admin, paid, amount="1.00", restock=restock)
        assert refusal(answer) == (409, "refund-too-large")
        assert refused_fields(answer, 409) == [field]
    assert shop.contents() == before


def test_a_refund_sent_again_with_its_key_is_made_once(shop: Shop, admin: Customer, paid: int) -> None:
    key = uuid.uuid4().hex

    answers = [refund(shop, admin, paid, key=key, amount="5.00") for _ in range(3)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, answers[0].json())] * 3
    assert payments_of(shop, admin, paid)["payments"][0]["refunded"] == "5.00"


def test_another_refund_with_the_same_key_answers_422(shop: Shop, admin: Customer, paid: int) -> None:
    key, sent = uuid.uuid4().hex, {"amount": "5.00", "restock": [_unit_of(shop, admin, paid)]}
    changes: list[dict[str, Any]] = [{"amount": "5.01"}, {"reason": "another"}, {"restock": []}]
    refund(shop, admin, paid, key=key, **sent)
    before = shop.contents()

    def refused(change: dict[str, Any]) -> tuple[int, str]:
        return refusal(refund(shop, admin, paid, key=key, **{**sent, **change}))

    assert wrong_answers(refused, [(change, (422, "idempotency-key-reused")) for change in changes]) == []
    assert shop.contents() == before


def test_a_refund_with_an_unknown_outcome_is_made_by_a_retry(shop: Shop, admin: Customer, paid: int) -> None:
    key = uuid.uuid4().hex
    fail_once(shop, method="POST", path="/v1/refunds", status_after=500)

    answers = [refund(shop, admin, paid, key=key, amount="5.00") for _ in range(2)]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (201, "requested"),
        (201, "succeeded"),
    ]
    assert len(payments_of(shop, admin, paid)["refunds"]) == 1


def test_a_refund_refused_by_the_provider_can_be_made_again(shop: Shop, admin: Customer, paid: int) -> None:
    fail_once(shop, method="POST", path="/v1/refunds", status=400)

    answers = [refund(shop, admin, paid) for _ in range(2)]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (201, "failed"),
        (201, "succeeded"),
    ]


def test_cancelling_a_paid_order_refunds_and_restocks_it(
    shop: Shop, customer: Customer, admin: Customer, paid: int, product_id: int
) -> None:
    cancelled = shop.ask("POST", f"/orders/{paid}/cancel", by=customer).json()

    shop.invoke("ResolvePaymentsFunction")

    order = shop.ask("GET", f"/orders/{paid}", by=customer).json()
    [made] = payments_of(shop, customer, paid)["refunds"]
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "paid")
    assert (order["status"], order["payment_status"], order["refunded"]) == ("cancelled", "refunded", "44.88")
    assert (made["cause"], made["status"], made["amount"]) == ("cancelled", "succeeded", "44.88")
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 10


def test_a_payment_of_a_cancelled_order_is_refunded_completely(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    start(shop, customer, order_id)
    late = use_card(shop, order_id)
    shop.ask("POST", f"/orders/{order_id}/cancel", by=customer)

    send_webhook(shop, "payment_intent.succeeded", late)
    held = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    shop.invoke("ResolvePaymentsFunction")

    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    [made] = payments_of(shop, customer, order_id)["refunds"]
    assert (held["status"], held["payment_status"], held["paid"]) == ("cancelled", "paid", "24.89")
    assert (order["payment_status"], order["refunded"], made["cause"]) == ("refunded", "24.89", "late")


def test_an_offline_payment_is_refunded_by_hand_and_then_recorded(
    shop: Shop, customer: Customer, admin: Customer, product_id: int
) -> None:
    order_id = shop.order(customer, product_id)
    shop.ask("POST", f"/orders/{order_id}/confirm", by=admin, json={"reference": "bank transfer 3"})
    shop.ask("POST", f"/orders/{order_id}/cancel", by=customer)

    answer = refund(shop, admin, order_id, reason="transferred back")

    [payment] = payments_of(shop, customer, order_id)["payments"]
    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    assert (payment["provider"], payment["reference"]) == ("offline", "bank transfer 3")
    assert (answer.json()["status"], answer.json()["amount"]) == ("succeeded", "24.89")
    assert (order["status"], order["payment_status"]) == ("cancelled", "refunded")


def test_a_fully_refunded_order_cannot_be_shipped(shop: Shop, admin: Customer, paid: int) -> None:
    refund(shop, admin, paid)

    answer = shop.ask("PUT", f"/orders/{paid}/status", by=admin, json=_SHIPPED)

    assert refusal(answer) == (409, "wrong-order-state")


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_refunding_an_unpaid_order_answers_409(shop: Shop, admin: Customer, payment_method: str) -> None:
    order_id = shop.order(admin, shop.product(), payment_method=payment_method)
    before = shop.contents()

    assert refusal(refund(shop, admin, order_id)) == (409, "wrong-order-state")
    assert shop.contents() == before


def test_refunding_an_unknown_order_answers_404(shop: Shop, admin: Customer) -> None:
    assert refusal(refund(shop, admin, _UNUSED_ID)) == (404, "not-found")


def _unit_of(shop: Shop, admin: Customer, order_id: int) -> dict[str, int]:
    [line] = shop.ask("GET", f"/orders/{order_id}", by=admin).json()["lines"]
    return {"product_id": line["product_id"], "quantity": 1}
