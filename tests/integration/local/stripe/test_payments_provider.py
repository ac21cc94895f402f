"""Payments at the local Stripe stand-in, through Stripe's own client."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.support.payment_intents import create_and_pay, create_intent

_ACTIONS: dict[str, Callable[[StripeClient, str], object]] = {
    "confirm": lambda client, intent: client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}),
    "cancel": lambda client, intent: client.v1.payment_intents.cancel(intent),
}


def test_a_created_payment_intent_has_its_parameters(client: StripeClient) -> None:
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


def test_a_payment_intent_may_name_payment_method_types(client: StripeClient) -> None:
    created = create_intent(client, payment_method_types=["card"])

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
def test_an_invalid_payment_intent_is_refused(client: StripeClient, parameters: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(parameters)

    assert refused.value.param == param


def test_a_confirmed_payment_has_a_charge(client: StripeClient) -> None:
    paid = create_and_pay(client)

    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 1500, None)
    charge = client.v1.charges.retrieve(str(paid.latest_charge))
    assert (charge.amount, charge.status, charge.payment_intent) == (1500, "succeeded", paid.id)


def test_a_payment_intent_can_be_expanded_with_its_charge(client: StripeClient) -> None:
    found = client.v1.payment_intents.retrieve(create_and_pay(client).id, {"expand": ["latest_charge"]})

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
def test_a_declined_card_is_an_error_with_its_charge(
    client: StripeClient, card: str, code: str, decline_code: str
) -> None:
    intent = create_intent(client)

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
    intent = create_intent(client)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"})

    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed", "failed"]
    assert charges[0].id == paid.latest_charge


def test_a_payment_intent_can_be_created_and_confirmed_in_one_request(client: StripeClient) -> None:
    assert create_intent(client, confirm=True, payment_method="pm_card_visa").status == "succeeded"
    with pytest.raises(stripe.CardError) as declined:
        create_intent(client, confirm=True, payment_method="pm_card_chargeDeclined")

    error: Any = declined.value.error
    assert client.v1.payment_intents.retrieve(error.payment_intent.id).status == "requires_payment_method"


def test_a_card_with_authentication_requires_action(client: StripeClient) -> None:
    intent = create_intent(client, confirm=True, payment_method="pm_card_authenticationRequired")

    assert intent.status == "requires_action"
    assert client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_a_payment_can_be_authorized_and_captured_later(client: StripeClient) -> None:
    intent = create_intent(client, capture_method="manual", confirm=True, payment_method="pm_card_visa")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1500, 0)

    assert client.v1.payment_intents.capture(intent.id).status == "succeeded"


@pytest.mark.parametrize("action", _ACTIONS)
@pytest.mark.parametrize("state", ["succeeded", "canceled"])
def test_an_ended_payment_intent_cannot_be_confirmed_or_cancelled(
    client: StripeClient, action: str, state: str
) -> None:
    intent = (
        create_and_pay(client) if state == "succeeded" else client.v1.payment_intents.cancel(create_intent(client).id)
    )

    with pytest.raises(stripe.InvalidRequestError) as refused:
        _ACTIONS[action](client, intent.id)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.retrieve(intent.id).status == state


def test_a_cancelled_payment_intent_has_reason_and_time(client: StripeClient) -> None:
    cancelled = client.v1.payment_intents.cancel(create_intent(client).id, {"cancellation_reason": "abandoned"})

    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert cancelled.canceled_at is not None


def test_amount_and_metadata_can_change_before_the_payment(client: StripeClient) -> None:
    intent = create_intent(client, metadata={"a": "1", "b": "2"})

    changed = client.v1.payment_intents.update(intent.id, {"amount": 900, "metadata": {"b": "", "c": "3"}})

    assert (changed.amount, changed.metadata.to_dict()) == (900, {"a": "1", "c": "3"})
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.amount_received == 900
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.update(intent.id, {"amount": 1})


def test_a_list_has_the_same_entries_as_single_requests(client: StripeClient) -> None:
    made = [create_and_pay(client).id, create_intent(client).id]

    page = client.v1.payment_intents.list({"limit": 2, "expand": ["data.latest_charge"]}).data

    expanded: Any = {"expand": ["latest_charge"]}
    assert [each.to_dict() for each in page] == [
        client.v1.payment_intents.retrieve(identifier, expanded).to_dict() for identifier in reversed(made)
    ]
