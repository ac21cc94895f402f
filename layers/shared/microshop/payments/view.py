"""Payments and refunds as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from microshop.money import to_decimal

if TYPE_CHECKING:
    # Only types: `make documents` reads the classes below, and no function loads them.
    from typing import Literal, NotRequired, TypedDict

    from microshop.orders.view import Quantity
    from microshop.payments.payment import (
        Entry,
        EntryKind,
        Payment,
        PaymentState,
        ProviderName,
        Refund,
        RefundCause,
        RefundState,
    )
    from microshop.payments.reading import OrderPaymentDetails
    from microshop.payments.starting import StartedPayment
    from microshop.view_types import Currency, Id, Money, Timestamp

    # The names of these types in the API's schemas.
    type PaymentProvider = ProviderName
    type AttemptStatus = PaymentState

    class WebhookReceived(TypedDict):
        """The response to a provider's webhook."""

        received: Literal[True]

    type StartedStatus = Literal["open", "processing", "captured"]

    class StartedPaymentView(TypedDict):
        """The data that a front end needs to collect a payment."""

        id: Id
        payment_id: Id
        provider: PaymentProvider
        client_secret: str | None
        publishable_key: str
        status: StartedStatus

    class PaymentView(TypedDict):
        """An attempt to pay an order. `amount` is the requested amount; `captured` may be in another currency."""

        id: Id
        payment_id: Id
        attempt: int
        provider: PaymentProvider
        reference: str | None
        status: AttemptStatus
        amount: Money
        amount_currency: Currency
        captured: Money
        refunded: Money
        refundable: Money
        currency: Currency
        created_at: Timestamp
        updated_at: Timestamp

    class OrderItemView(TypedDict):
        """Units of a product that a refund restocks."""

        product_id: Id
        quantity: Quantity

    class RefundView(TypedDict):
        """A refund."""

        id: Id
        refund_id: Id
        payment_id: Id
        status: RefundState
        amount: Money
        currency: Currency
        cause: RefundCause
        reason: str | None
        reference: str | None
        restock: list[OrderItemView]
        created_at: Timestamp
        updated_at: Timestamp

    class LedgerEntry(TypedDict):
        """An entry of the ledger."""

        id: Id
        payment_id: Id
        refund_id: Id | None
        kind: EntryKind
        amount: Money
        currency: Currency
        reference: str | None
        reason: str | None
        created_at: Timestamp

    class OrderPayments(TypedDict):
        """An order's payments and refunds. Only admins get the ledger."""

        payments: list[PaymentView]
        refunds: list[RefundView]
        ledger: NotRequired[list[LedgerEntry]]


def started_view(started: StartedPayment) -> StartedPaymentView:
    """Returns the data that a front end needs to collect the payment."""
    return {
        "id": started.payment_id,
        "payment_id": started.payment_id,
        "provider": started.provider,
        "client_secret": started.client_secret,
        "publishable_key": started.publishable_key,
        # Never cancelled: start_payment replaces a cancelled attempt by a new one.
        "status": cast("StartedStatus", started.status),
    }


def payments_view(details: OrderPaymentDetails) -> OrderPayments:
    """Returns an order's payments and refunds, without `ledger` if the entries are None."""
    view: OrderPayments = {
        "payments": [_payment_view(payment, details.order_currency) for payment in details.payments],
        "refunds": [refund_view(refund) for refund in details.refunds],
    }
    if details.entries is not None:
        view["ledger"] = [_entry_view(entry) for entry in details.entries]
    return view


def refund_view(refund: Refund) -> RefundView:
    """Returns a refund as the API shows it."""
    return {
        "id": refund.id,
        "refund_id": refund.id,
        "payment_id": refund.payment_id,
        "status": refund.state,
        "amount": to_decimal(refund.amount_minor, refund.currency),
        "currency": refund.currency,
        "cause": refund.cause,
        "reason": refund.reason,
        "reference": refund.reference,
        "restock": [{"product_id": line.product_id, "quantity": line.quantity} for line in refund.restock],
        "created_at": refund.created_at.isoformat(),
        "updated_at": refund.updated_at.isoformat(),
    }


def _payment_view(payment: Payment, order_currency: str) -> PaymentView:
    return {
        "id": payment.id,
        "payment_id": payment.id,
        "attempt": payment.attempt,
        "provider": payment.provider,
        "reference": payment.reference,
        "status": payment.state,
        "amount": to_decimal(payment.amount_minor, order_currency),
        "amount_currency": order_currency,
        "captured": to_decimal(payment.captured_minor, payment.currency),
        "refunded": to_decimal(payment.refunded_minor, payment.currency),
        "refundable": to_decimal(payment.refundable_minor, payment.currency),
        "currency": payment.currency,
        "created_at": payment.created_at.isoformat(),
        "updated_at": payment.updated_at.isoformat(),
    }


def _entry_view(entry: Entry) -> LedgerEntry:
    return {
        "id": entry.id,
        "payment_id": entry.payment_id,
        "refund_id": entry.refund_id or None,
        "kind": entry.kind,
        "amount": to_decimal(entry.amount_minor, entry.currency),
        "currency": entry.currency,
        "reference": entry.reference or None,
        "reason": entry.reason,
        "created_at": entry.created_at.isoformat(),
    }
