"""Request body of refunding an order."""

from typing import Annotated

from pydantic import Field

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.orders.order import MAX_LINES
from microshop.orders.schemas import OrderItem
from microshop.payments.payment import RefundOrder, RestockLine
from microshop.schemas import Reason, RequestModel, SentAmount


class RefundOrderRequest(RequestModel):
    """POST /orders/{id}/refunds: an amount, or all that is left; and the units that come back to stock."""

    amount: SentAmount | None = None
    reason: Reason | None = None
    restock: Annotated[list[OrderItem], Field(max_length=MAX_LINES)] = Field(default_factory=list)

    def wanted(self, currency: str) -> RefundOrder:
        """Returns the refund that is requested, in the minor unit of `currency`.

        Raises:
            InvalidInput: the amount is none, or a product is named twice.
        """
        products = [item.product_id for item in self.restock]
        if len(set(products)) < len(products):
            raise InvalidInput(FieldProblem("restock", "names a product twice"))
        restock = [RestockLine(item.product_id, item.quantity) for item in self.restock]
        return RefundOrder(self._amount_minor(currency), self.reason, restock)

    def _amount_minor(self, currency: str) -> int | None:
        if self.amount is None:
            return None
        try:
            minor = to_minor(str(self.amount), currency)
        except ValueError as error:
            raise InvalidInput(FieldProblem("amount", str(error))) from None
        if not minor:
            raise InvalidInput(FieldProblem("amount", "must be more than nothing"))
        return minor
