"""Disputes of payments: pays an order, disputes its payment in full or in part, and closes the dispute."""

from microshop.orders.dispute_status import DisputeStatus
from microshop.payments.providers.port import ProviderDispute
from tests.support.payments import TOTAL, Till

# The amounts of a partial dispute, in cents.
DISPUTED_PART = 2000
UNDISPUTED_REST = TOTAL - DISPUTED_PART


def pay_and_dispute(till: Till, status: DisputeStatus = "open") -> tuple[int, ProviderDispute]:
    """Place and pay an order, and dispute the whole payment. Returns the order's id and the dispute."""
    order_id = till.place_and_pay()
    dispute = till.provider.dispute(till.reference(order_id), status)
    assert till.receive(dispute) == ("disputed" if status in ("open", "inquiry") else "dispute_closed")
    return order_id, dispute


def pay_and_dispute_part(till: Till, status: DisputeStatus = "open") -> tuple[int, ProviderDispute]:
    """Place and pay an order, and dispute `DISPUTED_PART` of it. Returns the order's id and the dispute."""
    order_id = till.place_and_pay()
    dispute = till.provider.dispute(till.reference(order_id), status, DISPUTED_PART)
    till.receive(dispute)
    return order_id, dispute


def close_dispute(till: Till, dispute: ProviderDispute, status: DisputeStatus) -> None:
    """Close a dispute at the provider and handle the webhook."""
    assert till.receive(till.provider.update_dispute(dispute.reference, status)) == "dispute_closed"


def refund_amounts(till: Till, order_id: int) -> list[tuple[str, int]]:
    """The (state, amount)s of the refunds of an order, oldest first."""
    return [(refund.state, refund.amount_minor) for refund in till.refunds(order_id)]
