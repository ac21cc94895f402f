"""Creates payment intents at the local Stripe stand-in."""

from typing import Any

import stripe
from stripe import StripeClient


def create_intent(client: StripeClient, amount: int = 1500, **more: Any) -> stripe.PaymentIntent:
    """Create a payment intent of an amount in cents, with more parameters of Stripe."""
    parameters: Any = {"amount": amount, "currency": "usd", **more}
    return client.v1.payment_intents.create(parameters)


def create_and_pay(client: StripeClient, amount: int = 1500) -> stripe.PaymentIntent:
    """Create a payment intent and pay it by card."""
    intent = create_intent(client, amount)
    return client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
