"""The local payment provider answers Stripe's own client as Stripe does."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.support.payments_provider import PaymentsProvider


@pytest.fixture
def client(payments_provider: PaymentsProvider) -> StripeClient:
    return payments_provider.stripe


def _create(client: StripeClient, amount: int = 1500, **more: Any) -> stripe.PaymentIntent:
    wanted: Any = {"amount": amount, "currency": "usd", **more}
    return client.v1.payment_intents.create(wanted)


_ACTS: dict[str, Callable[[StripeClient, str], object]] = {
    "confirm": lambda client, intent: client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}),
    "cancel": lambda client, intent: client.v1.payment_intents.cancel(intent),
}


def _paid(client: StripeClient, amount: int = 1500) -> stripe.PaymentIntent:
    return client.v1.payment_intents.confirm(_create(client, amount).id, {"payment_method": "pm_card_visa"})


def test_a_payment_intent_is_created_as_it_is_asked_for(client: StripeClient) -> None:
    created = client.v1.payment_intents.create(
        {
            "amount": 1500,
            "currency": "USD",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {"order_id": "7"},
            "description": "Order 7",
        }
    )

    found = client.v1.payment_intents.retrieve(created.id)
    assert found.to_dict() == created.to_dict()
    assert (found.amount, found.currency, found.status) == (1500, "usd", "requires_payment_method")
    assert (found.metadata.to_dict(), found.description) == ({"order_id": "7"}, "Order 7")
    assert found.automatic_payment_methods is not None
    assert found.automatic_payment_methods.to_dict() == {"enabled": True, "allow_redirects": "never"}
    assert found.latest_charge is None
    assert str(found.client_secret).startswith(f"{found.id}_secret_")


def test_payment_method_types_may_be_named_instead(client: StripeClient) -> None:
    created = _create(client, payment_method_types=["card"])

    assert created.payment_method_types == ["card"]
    assert created.automatic_payment_methods is None


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"currency": "usd"}, "amount"),
        ({"amount": 0, "currency": "usd"}, "amount"),
        ({"amount": "many", "currency": "usd"}, "amount"),
        ({"amount": 100}, "currency"),
        ({"amount": 100, "currency": "dollars"}, "currency"),
        ({"amount": 100, "currency": "usd", "colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_a_payment_intent_that_makes_no_sense_is_refused(client: StripeClient, parameters: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(parameters)

    assert refused.value.param == param


def test_a_confirmed_payment_has_a_charge(client: StripeClient) -> None:
    paid = _paid(client)

    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 1500, None)
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount, charge.status, charge.payment_intent) == (1500, "succeeded", paid.id)


def test_a_charge_may_be_had_with_its_payment_intent(client: StripeClient) -> None:
    found = client.v1.payment_intents.retrieve(_paid(client).id, {"expand": ["latest_charge"]})

    assert isinstance(found.latest_charge, stripe.Charge)
    assert found.latest_charge.amount_refunded == 0


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
    ],
)
def test_a_declined_card_is_told_with_its_charge(client: StripeClient, card: str, code: str, decline_code: str) -> None:
    intent = _create(client)

    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": card})

    error: Any = declined.value.error
    assert (declined.value.code, error.decline_code) == (code, decline_code)
    found: Any = client.v1.payment_intents.retrieve(intent.id)
    assert (found.status, found.payment_method) == ("requires_payment_method", None)
    assert found.last_payment_error.charge == found.latest_charge == error.charge
    assert (found.last_payment_error.code, found.last_payment_error.decline_code) == (code, decline_code)
    assert client.v1.charges.retrieve(found.latest_charge).status == "failed"


def test_a_second_card_pays_after_a_declined_one(client: StripeClient) -> None:
    intent = _create(client)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"})

    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed", "failed"]
    assert charges[0].id == paid.latest_charge


def test_a_payment_intent_may_be_created_and_confirmed_at_once(client: StripeClient) -> None:
    assert _create(client, confirm=True, payment_method="pm_card_visa").status == "succeeded"
    with pytest.raises(stripe.CardError) as declined:
        _create(client, confirm=True, payment_method="pm_card_chargeDeclined")

    error: Any = declined.value.error
    assert client.v1.payment_intents.retrieve(error.payment_intent.id).status == "requires_payment_method"


def test_a_card_that_wants_its_owner_asked_requires_action(client: StripeClient) -> None:
    intent = _create(client, confirm=True, payment_method="pm_card_authenticationRequired")

    assert intent.status == "requires_action"
    assert client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_money_may_be_reserved_and_taken_later(client: StripeClient) -> None:
    intent = _create(client, capture_method="manual", confirm=True, payment_method="pm_card_visa")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1500, 0)

    assert client.v1.payment_intents.capture(intent.id).status == "succeeded"


@pytest.mark.parametrize("act", _ACTS)
@pytest.mark.parametrize("state", ["succeeded", "canceled"])
def test_what_is_over_is_neither_confirmed_nor_cancelled(client: StripeClient, act: str, state: str) -> None:
    intent = _paid(client) if state == "succeeded" else client.v1.payment_intents.cancel(_create(client).id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        _ACTS[act](client, intent.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.retrieve(intent.id).status == state


def test_a_cancelled_payment_intent_says_why_and_when(client: StripeClient) -> None:
    cancelled = client.v1.payment_intents.cancel(_create(client).id, {"cancellation_reason": "abandoned"})

    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert cancelled.canceled_at is not None


def test_amount_and_metadata_may_be_changed_before_the_payment(client: StripeClient) -> None:
    intent = _create(client, metadata={"a": "1", "b": "2"})

    changed = client.v1.payment_intents.update(intent.id, {"amount": 900, "metadata": {"b": "", "c": "3"}})

    assert (changed.amount, changed.metadata.to_dict()) == (900, {"a": "1", "c": "3"})
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.amount_received == 900
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(intent.id, {"amount": 1})


def test_a_payment_is_refunded_in_parts_and_never_beyond_what_was_paid(client: StripeClient) -> None:
    paid = _paid(client, 1500)

    first = client.v1.refunds.create({"payment_intent": paid.id, "amount": 600, "reason": "requested_by_customer"})
    with pytest.raises(stripe.InvalidRequestError, match=r"\(901\) is greater than .* \(900\)"):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 901})
    rest = client.v1.refunds.create({"charge": str(paid.latest_charge)})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": paid.id})

    assert refused.value.code == "charge_already_refunded"
    assert [(refund.amount, refund.status, refund.payment_intent) for refund in (first, rest)] == [
        (600, "succeeded", paid.id),
        (900, "succeeded", paid.id),
    ]
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1500, True)
    assert client.v1.refunds.retrieve(first.id).reason == "requested_by_customer"


def test_what_was_not_paid_is_not_refunded(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": _create(client).id})


def test_lists_are_of_the_payment_and_newest_first(client: StripeClient) -> None:
    paid, other = _paid(client), _paid(client)
    refunds = [client.v1.refunds.create({"payment_intent": paid.id, "amount": 100}).id for _ in range(3)]
    client.v1.refunds.create({"payment_intent": other.id})

    first = client.v1.refunds.list({"payment_intent": paid.id, "limit": 2})
    rest = client.v1.refunds.list({"payment_intent": paid.id, "starting_after": first.data[-1].id})

    assert [refund.id for refund in (*first.data, *rest.data)] == refunds[::-1]
    assert (first.has_more, rest.has_more) == (True, False)


def test_all_of_a_time_are_found_page_by_page(client: StripeClient) -> None:
    created = [_create(client) for _ in range(5)]
    since: Any = {"gte": created[0].created, "lte": created[-1].created}

    found = client.v1.payment_intents.list({"created": since, "limit": 2})

    assert [intent.id for intent in found.auto_paging_iter()][:5] == [intent.id for intent in created][::-1]
    assert client.v1.payment_intents.list({"created": {"lt": 1}}).data == []


def test_what_is_not_there_is_missing(client: StripeClient) -> None:
    for ask in (client.v1.payment_intents.retrieve, client.v1.charges.retrieve, client.v1.refunds.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask("pi_nobody")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_what_the_proxy_does_not_know_is_localstripes(client: StripeClient) -> None:
    created = client.v1.customers.create({"email": "ada@example.com"})

    assert client.v1.customers.retrieve(created.id).email == "ada@example.com"


def test_a_web_page_pays_with_the_client_secret(payments_provider: PaymentsProvider, client: StripeClient) -> None:
    intent = _create(client, metadata={"note": "for the shop only"})
    card = {"card[number]": "4242 4242 4242 4242", "card[exp_month]": "12", "card[exp_year]": "40", "card[cvc]": "123"}
    method = payments_provider.from_a_page("/v1/payment_methods", type="card", **card)
    confirm = f"/v1/payment_intents/{intent.id}/confirm"

    answer = payments_provider.from_a_page(
        confirm, payment_method=method.json()["id"], client_secret=str(intent.client_secret)
    )

    assert answer.json()["status"] == "succeeded"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "metadata" not in answer.json()
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_web_page_pays_in_one_request(payments_provider: PaymentsProvider, client: StripeClient) -> None:
    intent = _create(client)
    card = {"number": "4000000000000002", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
    data = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
    data |= {"payment_method_data[type]": "card", "client_secret": str(intent.client_secret)}

    declined = payments_provider.from_a_page(f"/v1/payment_intents/{intent.id}/confirm", **data)

    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    assert "metadata" not in declined.json()["error"]["payment_intent"]


@pytest.mark.parametrize("secret", [{}, {"client_secret": ""}, {"client_secret": "pi_1_secret_2"}], ids=str)
def test_without_the_client_secret_a_web_page_confirms_nothing(
    payments_provider: PaymentsProvider, client: StripeClient, secret: dict[str, str]
) -> None:
    intent = _create(client, payment_method="pm_card_visa")

    answer = payments_provider.from_a_page(f"/v1/payment_intents/{intent.id}/confirm", **secret)

    assert answer.status_code == 400
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"


@pytest.mark.parametrize(
    "path", ["/v1/payment_intents", "/v1/refunds", "/v1/payment_intents/{}/cancel", "/v1/customers"]
)
def test_a_web_page_may_do_nothing_else(payments_provider: PaymentsProvider, client: StripeClient, path: str) -> None:
    intent = _create(client)

    answer = payments_provider.from_a_page(path.format(intent.id), amount="5", currency="usd")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "secret_key_required")
