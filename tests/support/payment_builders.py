"""Builds payments, refunds and ledger entries without a database. Every field has a default."""

from microshop.payments.payment import Entry, Payment, Refund, RefundState, RestockLine
from tests.support.builders import NOON


def a_payment(*, payment_id: int = 311, order_id: int = 4097) -> Payment:
    """A captured card payment of 24.89."""
    return Payment(
        id=payment_id,
        order_id=order_id,
        attempt=1,
        provider="stripe",
        reference="pi_1",
        state="captured",
        amount_minor=2489,
        currency="USD",
        captured_minor=2489,
        refunded_minor=0,
        checks=0,
        next_check_at=None,
        created_at=NOON,
        updated_at=NOON,
    )


def a_refund(*restock: RestockLine, refund_id: int = 52, state: RefundState = "succeeded") -> Refund:
    """A refund of 5.00 of this payment."""
    return Refund(
        id=refund_id,
        payment_id=311,
        order_id=4097,
        number=1,
        state=state,
        amount_minor=500,
        currency="USD",
        cause="requested",
        reason="arrived broken",
        reference="re_1",
        failure=None,
        requested_by=1,
        checks=0,
        next_check_at=None,
        created_at=NOON,
        updated_at=NOON,
        restock=restock,
    )


def an_entry(*, payment_id: int = 311) -> Entry:
    """The entry of its capture."""
    return Entry(1, payment_id, 0, "captured", 2489, "USD", "pi_1", None, NOON)
