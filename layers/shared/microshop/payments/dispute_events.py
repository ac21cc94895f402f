"""Events of disputes; see orders/events.py. Separate from payments/events.py, because few functions need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from microshop.orders.events import OrderEvent

if TYPE_CHECKING:
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.payments.events import Provider, Reason
    from microshop.view_types import Currency, NotNegative, Timestamp


class _DisputeEvent(OrderEvent):
    """The fields that both dispute events share."""

    provider: Provider
    dispute_status: DisputeStatus
    """The dispute's status after the event."""
    dispute_amount_minor: NotNegative
    """The disputed amount, in the minor unit of its own currency."""
    dispute_currency: Currency
    dispute_reason: str
    """The provider's code for the reason."""
    dispute_reference: Reason
    """The provider's reference of the dispute."""
    respond_by: Timestamp | None
    """The deadline for submitting evidence to the provider; null if the provider names none."""


class OrderDisputed(_DisputeEvent):
    """The customer's bank disputes a payment of the order or inquires about it. An `inquiry` withdraws no funds yet."""

    type: ClassVar[str] = "OrderDisputed"
    version: ClassVar[int] = 1


class OrderDisputeClosed(_DisputeEvent):
    """A dispute has ended: it was won, lost, or closed without a decision."""

    type: ClassVar[str] = "OrderDisputeClosed"
    version: ClassVar[int] = 1
