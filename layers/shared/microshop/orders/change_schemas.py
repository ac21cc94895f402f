"""Request bodies of the endpoints that change an order."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from microshop.orders.order import MAX_CARRIER_LENGTH, MAX_TRACKING_NUMBER_LENGTH
from microshop.schemas import OR_BLANK, Reason, RequestModel, Text, field_error, line

_MAX_REFERENCE_LENGTH = 100


class CancelOrderRequest(RequestModel):
    """POST /orders/{id}/cancel; the body may be left out."""

    reason: Annotated[Reason, OR_BLANK] | None = None


class ConfirmOrderRequest(RequestModel):
    """POST /orders/{id}/confirm: what the payment is called where it was received."""

    reference: Annotated[Text, line(_MAX_REFERENCE_LENGTH)]


class SetOrderStatusRequest(RequestModel):
    """PUT /orders/{id}/status: shipped with carrier and tracking number, or delivered.

    A disputed order is shipped only `despite_dispute`.
    """

    status: Literal["shipped", "delivered"]
    carrier: Annotated[Text, line(MAX_CARRIER_LENGTH), OR_BLANK] | None = None
    tracking_number: Annotated[Text, line(MAX_TRACKING_NUMBER_LENGTH), OR_BLANK] | None = None
    despite_dispute: bool = False

    @model_validator(mode="after")
    def _shipped_with_what(self) -> Self:
        for field, given in (("carrier", self.carrier), ("tracking_number", self.tracking_number)):
            if (given is None) != (self.status == "delivered"):
                raise field_error(field, "is required for shipped, and cannot be given for delivered")
        return self
