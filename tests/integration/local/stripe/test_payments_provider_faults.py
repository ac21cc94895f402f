"""Injected faults and repeated requests: each payment and refund happens once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import stripe

from tests.support.local_stack import eventually
from tests.support.payments_provider import PaymentsProvider

_NEW: Any = {"amount": 1500, "currency": "usd"}
_CONFIRMED: Any = {**_NEW, "confirm": True, "payment_method": "pm_card_visa"}


def _create(provider: PaymentsProvider, key: str, **more: Any) -> stripe.PaymentIntent:
    parameters: Any = {**_NEW, **more}
    return provider.stripe.v1.payment_intents.create(parameters, {"idempotency_key": key})


def _create_and_pay(provider: PaymentsProvider) -> stripe.PaymentIntent:
    return provider.stripe.v1.payment_intents.create(_CONFIRMED)


def _refunds(provider: PaymentsProvider, intent: stripe.PaymentIntent) -> list[int]:
    return [refund.amount for refund in provider.stripe.v1.refunds.list({"payment_intent": intent.id}).data]


def test_a_repeated_refund_request_makes_one_refund(payments_provider: PaymentsProvider) -> None:
    paid = _create_and_pay(payments_provider)

    refunds = {
        payments_provider.stripe.v1.refunds.create(
            {"payment_intent": paid.id, "amount": 500}, {"idempotency_key": f"once-{paid.id}"}
        ).id
        for _ in range(3)
    }

    assert len(refunds) == 1
    assert _refunds(payments_provider, paid) == [500]


def test_a_key_that_is_reused_for_another_request_is_refused(payments_provider: PaymentsProvider) -> None:
    _create(payments_provider, "two-requests")

    with pytest.raises(stripe.IdempotencyError):
        _create(payments_provider, "two-requests", description="another")


def test_a_declined_card_stays_declined_under_its_key(payments_provider: PaymentsProvider) -> None:
    intent = payments_provider.stripe.v1.payment_intents.create(_NEW)

    def confirm() -> None:
        payments_provider.stripe.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_chargeDeclined"}, {"idempotency_key": f"declined-{intent.id}"}
        )

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            confirm()

    assert len(payments_provider.stripe.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_concurrent_requests_with_one_key_make_one_payment(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"path": "/v1/payment_intents", "method": "POST", "delay_seconds": 0.2})

    def create(_: int) -> str:
        client = payments_provider.client(retries=5)
        return client.v1.payment_intents.create(_NEW, {"idempotency_key": "two-at-once"}).id

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(create, range(3)))) == 1


def test_a_request_whose_key_is_in_use_is_refused(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"path": "/v1/payment_intents", "hang": True, "count": 1})
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(_create, payments_provider, "under-way")
        eventually(lambda: payments_provider.faults()[0]["matched"] == 1)

        with pytest.raises(stripe.APIError) as refused:
            _create(payments_provider, "under-way")
        payments_provider.clear_faults()

        error: Any = refused.value.error
        assert (refused.value.http_status, error.code) == (409, "idempotency_key_in_use")
        assert hanging.result().id == _create(payments_provider, "under-way").id


def test_concurrent_refunds_never_exceed_the_payment(payments_provider: PaymentsProvider) -> None:
    paid = _create_and_pay(payments_provider)
    payments_provider.inject_faults(
        {"method": "POST", "path": "/v1/refunds", "hang": True}
    )  # until all requests have arrived
    form = {"payment_intent": paid.id, "amount": "400"}
    headers = {"Authorization": "Bearer sk_test_local"}

    def refund(_: int) -> int:
        return requests.post(f"{payments_provider.url}/v1/refunds", form, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(refund, number) for number in range(8)]
        eventually(lambda: payments_provider.faults()[0]["matched"] == 8)
        payments_provider.clear_faults()

        assert sorted(answer.result() for answer in answers) == [200] * 3 + [400] * 5
    assert _refunds(payments_provider, paid) == [400, 400, 400]


def test_an_error_before_the_request_changes_nothing(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"method": "POST", "path": "/v1/refunds", "status": 503, "count": 1})
    paid = _create_and_pay(payments_provider)

    with pytest.raises(stripe.APIError):
        payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": f"a-{paid.id}"})
    assert _refunds(payments_provider, paid) == []

    payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id}, {"idempotency_key": f"a-{paid.id}"})
    assert _refunds(payments_provider, paid) == [1500]


def test_a_stored_error_is_repeated_for_its_key(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"path": "/v1/payment_intents", "status": 500, "stored": True, "count": 1})

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            _create(payments_provider, "stored-500")


@pytest.mark.parametrize("fault", [{"status_after": 502}, {"drop": True}], ids=str)
def test_a_retry_gets_the_lost_answer(payments_provider: PaymentsProvider, fault: dict[str, Any]) -> None:
    payments_provider.inject_faults({"method": "POST", "path": "/v1/refunds", "count": 1, **fault})
    paid = _create_and_pay(payments_provider)
    key: Any = {"idempotency_key": f"b-{paid.id}"}

    with pytest.raises((stripe.APIError, stripe.APIConnectionError)):
        payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id}, key)
    again = payments_provider.stripe.v1.refunds.create({"payment_intent": paid.id}, key)

    assert again.amount == 1500
    assert _refunds(payments_provider, paid) == [1500]


@pytest.mark.parametrize(("when", "happened"), [("before", []), ("after", [1500])])
def test_a_request_that_hangs_may_have_happened(
    payments_provider: PaymentsProvider, when: str, happened: list[int]
) -> None:
    payments_provider.inject_faults({"method": "POST", "path": "/v1/refunds", "hang": True, "when": when, "count": 1})
    paid = _create_and_pay(payments_provider)
    headers = {"Authorization": "Bearer sk_test_local", "Idempotency-Key": f"c-{paid.id}"}
    form = {"payment_intent": paid.id}

    with pytest.raises(requests.Timeout):
        requests.post(f"{payments_provider.url}/v1/refunds", form, headers=headers, timeout=0.3)

    assert _refunds(payments_provider, paid) == happened
    key: Any = {"idempotency_key": f"c-{paid.id}"}
    retried = payments_provider.client(retries=5).v1.refunds.create({"payment_intent": paid.id}, key)
    assert retried.amount == 1500
    assert _refunds(payments_provider, paid) == [1500]


def test_a_slow_request_happens_after_its_client_timed_out(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"method": "POST", "path": "/v1/refunds", "delay_seconds": 0.4, "count": 1})
    paid = _create_and_pay(payments_provider)
    headers = {"Authorization": "Bearer sk_test_local"}

    with pytest.raises(requests.Timeout):
        requests.post(f"{payments_provider.url}/v1/refunds", {"payment_intent": paid.id}, headers=headers, timeout=0.1)

    eventually(lambda: _refunds(payments_provider, paid) == [1500])


def test_a_payment_can_be_shown_as_processing(payments_provider: PaymentsProvider) -> None:
    intents = payments_provider.stripe.v1.payment_intents
    intent = intents.create(_NEW)
    payments_provider.inject_faults({"path": f"/v1/payment_intents/{intent.id}", "force_status": "processing"})

    assert intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "processing"
    assert intents.retrieve(intent.id).status == "processing"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_web_pages_cannot_inject_faults(payments_provider: PaymentsProvider) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        answer = requests.post(f"{payments_provider.url}/_faults", "[]", headers=headers, timeout=30)
        assert answer.status_code == 403


def test_a_hanging_request_blocks_no_other(payments_provider: PaymentsProvider) -> None:
    payments_provider.inject_faults({"path": "/v1/payment_intents", "hang": True, "count": 1})
    waiting = threading.Thread(target=_create, args=(payments_provider, "waits"))
    waiting.start()
    eventually(lambda: payments_provider.faults()[0]["matched"] == 1)

    assert _create(payments_provider, "does-not-wait").status == "requires_payment_method"

    payments_provider.clear_faults()
    waiting.join()
