"""Refunds and lists of the local Stripe stand-in."""

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.support.payment_intents import create_and_pay, create_intent


def test_a_payment_can_be_refunded_in_parts_up_to_its_amount(client: StripeClient) -> None:
    paid = create_and_pay(client, 1500)

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


def test_a_refund_of_an_unpaid_intent_is_refused(client: StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": create_intent(client).id})


def test_a_list_has_the_refunds_of_a_payment_newest_first(client: StripeClient) -> None:
    paid, other = create_and_pay(client), create_and_pay(client)
    refunds = [client.v1.refunds.create({"payment_intent": paid.id, "amount": 100}).id for _ in range(3)]
    client.v1.refunds.create({"payment_intent": other.id})

    first = client.v1.refunds.list({"payment_intent": paid.id, "limit": 2})
    rest = client.v1.refunds.list({"payment_intent": paid.id, "starting_after": first.data[-1].id})

    assert [refund.id for refund in (*first.data, *rest.data)] == refunds[::-1]
    assert (first.has_more, rest.has_more) == (True, False)


def test_a_list_by_time_has_pages(client: StripeClient) -> None:
    created = [create_intent(client) for _ in range(5)]
    since: Any = {"gte": created[0].created, "lte": created[-1].created}

    found = client.v1.payment_intents.list({"created": since, "limit": 2})

    assert [intent.id for intent in found.auto_paging_iter()][:5] == [intent.id for intent in created][::-1]
    assert client.v1.payment_intents.list({"created": {"lt": 1}}).data == []


def test_an_unknown_id_is_missing(client: StripeClient) -> None:
    for retrieve in (client.v1.payment_intents.retrieve, client.v1.charges.retrieve, client.v1.refunds.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retrieve("pi_nobody")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_other_endpoints_are_served_by_localstripe(client: StripeClient) -> None:
    created = client.v1.customers.create({"email": "ada@example.com"})

    assert client.v1.customers.retrieve(created.id).email == "ada@example.com"
