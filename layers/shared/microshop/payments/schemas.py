"""The request body of the endpoint that refunds an order."""

from typing import Annotated

from pydantic import Field

from microshop.errors import FieldProblem, InvalidInput
from microshop.orders.item_schemas import OrderItem
from microshop.orders.requested_lines import MAX_LINES
from microshop.payments.payment import RequestedRefund, RestockLine
from microshop.schemas import OR_BLANK, Reason, RequestModel, SentAmount


class RefundOrderRequest(RequestModel):
    """POST /orders/{id}/refunds: the amount, by default the rest, and the units to restock."""

    amount: SentAmount | None = None
    reason: Annotated[Reason, OR_BLANK] | None = None
    restock: Annotated[list[OrderItem], Field(max_length=MAX_LINES)] = Field(default_factory=list)

    def requested_refund(self) -> RequestedRefund:
        """Returns the requested refund.

        Raises:
            InvalidInput: a product is named twice.
        """
        products = [item.product_id for item in self.restock]
        if len(set(products)) < len(products):
            raise InvalidInput(FieldProblem("restock", "names a product twice"))
        restock = [RestockLine(item.product_id, item.quantity) for item in self.restock]
        return RequestedRefund(None if self.amount is None else str(self.amount), self.reason, restock)
