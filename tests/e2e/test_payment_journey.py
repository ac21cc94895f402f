"""Paying, refunding and cancelling orders at the payment provider of the running shop."""

import pytest
import requests

from tests.support.buyers import Client, a_customer, a_product, stock_of, the_admin
from tests.support.card_payments import DECLINED, GOOD, CardPayments
from tests.support.runner import Runner, eventually


@pytest.fixture(scope="module")
def admin(runner: Runner) -> Client:
    return the_admin(runner.url)


@pytest.fixture
def customer(runner: Runner) -> Client:
    return a_customer(runner.url)


@pytest.fixture
def cards(runner: Runner) -> CardPayments:
    return CardPayments(runner.stripe_url)


def test_an_order_is_declined_paid_shipped_and_refunded(
    runner: Runner, admin: Client, customer: Client, cards: CardPayments
) -> None:
    product = a_product(admin, stock=5, price="30.00")
    order_id = customer.order((product, 3)).json()["order_id"]
    started = customer.request("POST", f"/orders/{order_id}/payment").json()
    assert (started["provider"], started["status"]) == ("stripe", "open")

    assert cards.confirm(started, DECLINED).status_code == 402
    eventually(lambda: "payment_failed" in _history(customer, order_id), "the decline arrives")
    assert customer.request("POST", f"/orders/{order_id}/payment").json() == started
    assert cards.confirm(started, GOOD).status_code == 200
    eventually(lambda: _state(customer, order_id) == ("confirmed", "paid"), "the webhook confirms the order")

    shipment = {"status": "shipped", "carrier": "DHL", "tracking_number": "JD1"}
    assert admin.request("PUT", f"/orders/{order_id}/status", json=shipment).status_code == 200
    restock = [{"product_id": product, "quantity": 1}]
    refund = admin.request("POST", f"/orders/{order_id}/refunds", json={"amount": "30.00", "restock": restock})
    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    assert _state(customer, order_id) == ("shipped", "partially_refunded")
    assert stock_of(customer, product) == 3
    rest = admin.request("POST", f"/orders/{order_id}/refunds", json={})
    assert rest.json()["amount"] == "60.00"
    assert _state(customer, order_id) == ("shipped", "refunded")
    assert admin.request("POST", f"/orders/{order_id}/refunds", json={"amount": 0.01}).status_code == 409

    assert cards.refunded(started) == [3000, 6000]
    number = customer.request("GET", f"/orders/{order_id}").json()["order_number"]
    subjects = ["Your payment", "paid", "way", "refund"]
    eventually(lambda: len(_mails_about(runner, number)) == 6, f"mails follow: {subjects}")


def test_a_client_that_polls_the_payment_confirms_the_order(
    customer: Client, admin: Client, cards: CardPayments
) -> None:
    order_id = customer.order((a_product(admin, stock=5), 1)).json()["order_id"]
    started = customer.request("POST", f"/orders/{order_id}/payment").json()

    with cards.webhooks_held():
        cards.confirm(started, GOOD)
        polled = customer.request("POST", f"/orders/{order_id}/payment").json()

        assert (polled["status"], polled["client_secret"]) == ("captured", None)
        assert _state(customer, order_id) == ("confirmed", "paid")
    assert _history(customer, order_id) == ["placed", "paid"]


def test_cancelling_a_paid_order_refunds_it(
    runner: Runner, admin: Client, customer: Client, cards: CardPayments
) -> None:
    order_id, started = _place_and_pay(customer, admin, cards)

    assert customer.request("POST", f"/orders/{order_id}/cancel").json()["payment_status"] == "paid"
    runner.invoke("ResolvePaymentsFunction")

    eventually(lambda: _state(customer, order_id) == ("cancelled", "refunded"), "the order is refunded")
    assert len(cards.refunded(started)) == 1


def test_a_payment_of_unknown_outcome_is_resolved_and_can_be_paid(
    runner: Runner, admin: Client, customer: Client, cards: CardPayments
) -> None:
    order_id = customer.order((a_product(admin, stock=5), 1)).json()["order_id"]

    with cards.fault(method="POST", path="/v1/payment_intents", drop=True):
        assert customer.request("POST", f"/orders/{order_id}/payment").status_code == 503
    assert _state(customer, order_id) == ("pending", "review")
    assert customer.request("GET", f"/orders/{order_id}/payments").json()["payments"][0]["status"] == "unknown"

    def resolved() -> bool:
        runner.invoke("ResolvePaymentsFunction")
        return _state(customer, order_id) == ("pending", "unpaid")

    eventually(resolved, "the payment is resolved")
    assert _history(customer, order_id) == ["placed", "payment_review", "payment_reopened"]
    cards.confirm(customer.request("POST", f"/orders/{order_id}/payment").json(), GOOD)
    eventually(lambda: _state(customer, order_id) == ("confirmed", "paid"), "the order is paid")
    assert len(cards.intents_of(order_id)) == 1


def test_a_refund_succeeds_on_retry_after_the_provider_failed(
    admin: Client, customer: Client, cards: CardPayments
) -> None:
    order_id, started = _place_and_pay(customer, admin, cards)
    request = {"json": {"amount": "5.00"}, "headers": {"Idempotency-Key": f"refund-{order_id}"}}

    with cards.fault(method="POST", path="/v1/refunds", status=503):
        first = admin.request("POST", f"/orders/{order_id}/refunds", **request)
    again = admin.request("POST", f"/orders/{order_id}/refunds", **request)

    assert [answer.json()["status"] for answer in (first, again)] == ["requested", "succeeded"]
    assert first.json()["refund_id"] == again.json()["refund_id"]
    assert cards.refunded(started) == [500]


def test_a_webhook_with_a_wrong_signature_is_refused(runner: Runner) -> None:
    url = f"{runner.url}/api/v1/payments/stripe/webhook"
    event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {}}}

    answer = requests.post(url, json=event, headers={"Stripe-Signature": "t=1,v1=00"}, timeout=30)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:microshop:problem:invalid-webhook")


def _place_and_pay(customer: Client, admin: Client, cards: CardPayments) -> tuple[int, dict[str, object]]:
    order_id = customer.order((a_product(admin, stock=5), 1)).json()["order_id"]
    started = customer.request("POST", f"/orders/{order_id}/payment").json()
    cards.confirm(started, GOOD)
    eventually(lambda: _state(customer, order_id) == ("confirmed", "paid"), "the order is paid")
    return order_id, started


def _state(client: Client, order_id: int) -> tuple[str, str]:
    order = client.request("GET", f"/orders/{order_id}").json()
    return order["status"], order["payment_status"]


def _history(client: Client, order_id: int) -> list[str]:
    return [entry["action"] for entry in client.request("GET", f"/orders/{order_id}/history").json()["items"]]


def _mails_about(runner: Runner, order_number: str) -> list[dict[str, object]]:
    return [mail for mail in runner.mails() if order_number in str(mail)]
