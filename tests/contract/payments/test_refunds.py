"""What refunding is answered is what the description says; Shop.ask checks every answer against it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from tests.contract.paying import goes_wrong_once, pay, payments_of, refund, start, tell, use_card
from tests.support.books import disagreements
from tests.support.shop import Customer, Shop

UNUSED_ID = 2**62
SHIPPED = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600003SE"}


@pytest.fixture(scope="module", autouse=True)
def _books_agree(shop: Shop) -> Iterator[None]:
    """Whatever these tests do, no money and no stock is lost by it."""
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


def test_a_refund_of_a_part_answers_201_with_what_became_of_it(
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


def test_a_refunded_order_says_what_went_back_and_its_units_are_in_stock_at_once(
    shop: Shop, customer: Customer, admin: Customer, paid: int, product_id: int
) -> None:
    shop.ask("GET", f"/products/{product_id}")

    refund(shop, admin, paid, amount="19.99", restock=[{"product_id": product_id, "quantity": 1}])

    order = shop.ask("GET", f"/orders/{paid}", by=customer).json()
    assert (order["status"], order["payment_status"]) == ("confirmed", "partially_refunded")
    assert (order["paid"], order["refunded"], order["lines"][0]["returned"]) == ("44.88", "19.99", 1)
    assert shop.ask("GET", f"/products/{product_id}").json()["stock"] == 9


def test_a_refund_of_no_amount_is_one_of_all_that_is_left(
    shop: Shop, customer: Customer, admin: Customer, paid: int
) -> None:
    answers = [refund(shop, admin, paid, amount="4.88"), refund(shop, admin, paid)]

    assert [answer.json()["amount"] for answer in answers] == ["4.88", "40.00"]
    order = shop.ask("GET", f"/orders/{paid}", by=customer).json()
    assert (order["payment_status"], order["refunded"]) == ("refunded", "44.88")


@pytest.mark.parametrize("amount", ["44.89", 1000, "999999999999.99"])
def test_more_than_was_captured_answers_409_by_its_field(
    shop: Shop, admin: Customer, paid: int, amount: str | int
) -> None:
    before = shop.contents()

    answer = refund(shop, admin, paid, amount=amount)

    assert _refusal(answer) == (409, "refund-too-large")
    assert _fields(answer) == ["amount"]
    assert shop.contents() == before


def test_more_than_is_left_answers_409(shop: Shop, admin: Customer, paid: int) -> None:
    refund(shop, admin, paid, amount="40.00")

    answers = [refund(shop, admin, paid, amount="4.89"), refund(shop, admin, paid), refund(shop, admin, paid)]

    assert [answer.status_code for answer in answers] == [409, 201, 409]
    assert _fields(answers[2]) == ["amount"]


def test_more_units_than_were_ordered_or_of_another_product_answer_409_by_their_fields(
    shop: Shop, admin: Customer, paid: int, product_id: int
) -> None:
    another = shop.product()
    before = shop.contents()

    for restock, field in (
        ([{"product_id": product_id, "quantity": 3}], "restock.0.quantity"),
        ([{"product_id": product_id, "quantity": 2}, {"product_id": another, "quantity": 1}], "restock.1.quantity"),
    ):
        answer = refund(shop, admin, paid, amount="1.00", restock=restock)
        assert _refusal(answer) == (409, "refund-too-large")
        assert _fields(answer) == [field]
    assert shop.contents() == before


def test_a_refund_that_is_sent_again_is_made_once(shop: Shop, admin: Customer, paid: int) -> None:
    key = uuid.uuid4().hex

    answers = [refund(shop, admin, paid, key=key, amount="5.00") for _ in range(3)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, answers[0].json())] * 3
    assert payments_of(shop, admin, paid)["payments"][0]["refunded"] == "5.00"


@pytest.mark.parametrize("change", [{"amount": "5.01"}, {"reason": "another"}, {"restock": []}])
def test_another_refund_with_the_same_key_answers_422(
    shop: Shop, admin: Customer, paid: int, change: dict[str, Any]
) -> None:
    key, sent = uuid.uuid4().hex, {"amount": "5.00", "restock": [_unit_of(shop, admin, paid)]}
    refund(shop, admin, paid, key=key, **sent)
    before = shop.contents()

    answer = refund(shop, admin, paid, key=key, **{**sent, **change})

    assert _refusal(answer) == (422, "idempotency-key-reused")
    assert shop.contents() == before


def test_a_refund_that_the_provider_did_not_answer_is_requested_and_made_when_it_is_sent_again(
    shop: Shop, admin: Customer, paid: int
) -> None:
    key = uuid.uuid4().hex
    goes_wrong_once(shop, method="POST", path="/v1/refunds", status_after=500)

    answers = [refund(shop, admin, paid, key=key, amount="5.00") for _ in range(2)]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (201, "requested"),
        (201, "succeeded"),
    ]
    assert len(payments_of(shop, admin, paid)["refunds"]) == 1


def test_a_refund_that_the_provider_refuses_has_failed_and_its_money_can_be_refunded_again(
    shop: Shop, admin: Customer, paid: int
) -> None:
    goes_wrong_once(shop, method="POST", path="/v1/refunds", status=400)

    answers = [refund(shop, admin, paid) for _ in range(2)]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (201, "failed"),
        (201, "succeeded"),
    ]


def test_what_was_paid_is_refunded_when_its_order_is_cancelled(
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


def test_money_that_comes_when_the_order_is_over_goes_back_whole(shop: Shop, customer: Customer) -> None:
    order_id = shop.order(customer, shop.product())
    start(shop, customer, order_id)
    late = use_card(shop, order_id)
    shop.ask("POST", f"/orders/{order_id}/cancel", by=customer)

    tell(shop, "payment_intent.succeeded", late)
    held = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    shop.invoke("ResolvePaymentsFunction")

    order = shop.ask("GET", f"/orders/{order_id}", by=customer).json()
    [made] = payments_of(shop, customer, order_id)["refunds"]
    assert (held["status"], held["payment_status"], held["paid"]) == ("cancelled", "paid", "24.89")
    assert (order["payment_status"], order["refunded"], made["cause"]) == ("refunded", "24.89", "late")


def test_money_that_was_received_by_hand_is_given_back_by_hand_and_then_recorded(
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


def test_what_is_refunded_whole_is_not_shipped(shop: Shop, admin: Customer, paid: int) -> None:
    refund(shop, admin, paid)

    answer = shop.ask("PUT", f"/orders/{paid}/status", by=admin, json=SHIPPED)

    assert _refusal(answer) == (409, "wrong-order-state")


@pytest.mark.parametrize("payment_method", ["card", "cash_on_delivery"])
def test_an_order_without_money_has_nothing_to_refund(shop: Shop, admin: Customer, payment_method: str) -> None:
    order_id = shop.order(admin, shop.product(), payment_method=payment_method)
    before = shop.contents()

    assert _refusal(refund(shop, admin, order_id)) == (409, "wrong-order-state")
    assert shop.contents() == before


def test_refunding_an_order_that_is_not_there_answers_404(shop: Shop, admin: Customer) -> None:
    assert _refusal(refund(shop, admin, UNUSED_ID)) == (404, "not-found")


def _unit_of(shop: Shop, admin: Customer, order_id: int) -> dict[str, int]:
    [line] = shop.ask("GET", f"/orders/{order_id}", by=admin).json()["lines"]
    return {"product_id": line["product_id"], "quantity": 1}


def _refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def _fields(answer: Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]
