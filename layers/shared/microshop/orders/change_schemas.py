"""The request bodies of the endpoints that change an order."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from microshop.errors import FieldProblem, InvalidInput
from microshop.limits import MAX_RETURN_REASON_LENGTH
from microshop.money import to_minor
from microshop.orders.item_schemas import OrderItem
from microshop.orders.order import MAX_CARRIER_LENGTH, MAX_TRACKING_NUMBER_LENGTH
from microshop.orders.requested_lines import MAX_LINES, RequestedLine, merge_lines
from microshop.schemas import OR_BLANK, Reason, RequestModel, SentAmount, Text, field_error, line, remark

_MAX_REFERENCE_LENGTH = 100

Carrier = Annotated[Text, line(MAX_CARRIER_LENGTH)]
TrackingNumber = Annotated[Text, line(MAX_TRACKING_NUMBER_LENGTH)]


class CancelOrderRequest(RequestModel):
    """POST /orders/{id}/cancel; the body is optional."""

    reason: Annotated[Reason, OR_BLANK] | None = None


class ConfirmOrderRequest(RequestModel):
    """POST /orders/{id}/confirm: the reference of the payment, such as that of a bank transfer."""

    reference: Annotated[Text, line(_MAX_REFERENCE_LENGTH)]


class SetOrderStatusRequest(RequestModel):
    """PUT /orders/{id}/status: shipped with carrier and tracking number, delivered, or returned.

    `restock` lists the units of a returned order that go back on sale; the others are written off. Shipping a disputed
    order requires `despite_dispute`.
    """

    status: Literal["shipped", "delivered", "returned"]
    carrier: Annotated[Carrier, OR_BLANK] | None = None
    tracking_number: Annotated[TrackingNumber, OR_BLANK] | None = None
    restock: Annotated[list[OrderItem], Field(max_length=MAX_LINES)] | None = None
    reason: Annotated[Reason, OR_BLANK] | None = None
    despite_dispute: bool = False

    @model_validator(mode="after")
    def _check_fields_of_status(self) -> Self:
        status_of_field = {"carrier": "shipped", "tracking_number": "shipped", "restock": "returned"}
        for field, status in status_of_field.items():
            if (getattr(self, field) is None) != (self.status != status):
                raise field_error(field, f"is required for {status}, and not allowed otherwise")
        if self.reason is not None and self.status != "returned":
            raise field_error("reason", "is allowed only for returned")
        return self

    def restock_lines(self) -> list[RequestedLine]:
        """Returns the units that go back on sale, one line per product.

        Raises:
            InvalidInput: a product is named twice.
        """
        items = [(item.product_id, item.quantity) for item in self.restock or ()]
        lines = merge_lines(items, "restock.{}.product_id", "restock.{}.quantity")
        if len(lines) < len(items):
            raise InvalidInput(FieldProblem("restock", "names a product twice"))
        return lines


class SettleReturnRequest(RequestModel):
    """PUT /orders/{id}/settlement: the total refund of a returned order, and the reason for keeping the rest."""

    refund: SentAmount
    reason: Annotated[Text, remark(MAX_RETURN_REASON_LENGTH)]

    def refund_minor(self, currency: str) -> int:
        """Returns the total refund in the minor unit of the order's currency.

        Raises:
            InvalidInput: the amount has more decimals than the currency.
        """
        try:
            return to_minor(str(self.refund), currency)
        except ValueError as error:
            raise InvalidInput(FieldProblem("refund", str(error))) from None


class CorrectShipmentRequest(RequestModel):
    """PATCH /orders/{id}/shipment: the corrected values, and the order's `version` unless If-Match contains it."""

    carrier: Annotated[Carrier, OR_BLANK] | None = None
    tracking_number: Annotated[TrackingNumber, OR_BLANK] | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _check_is_not_empty(self) -> Self:
        if self.carrier is None and self.tracking_number is None:
            raise field_error("tracking_number", "is required unless a carrier is given")
        return self
