"""Request bodies of the order endpoints."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from microshop.orders.order import (
    MAX_CARRIER_LENGTH,
    MAX_LINES,
    MAX_QUANTITY,
    MAX_TRACKING_NUMBER_LENGTH,
    PaymentMethod,
    Wanted,
    summed,
)
from microshop.schemas import RequestModel, field_error, tag
from microshop.text import normalise_line, normalise_text

_MAX_ADDRESS_LENGTH = 500
_MAX_ADDRESS_LINE_LENGTH = 100
_MAX_REFERENCE_LENGTH = 100
_MAX_REASON_LENGTH = 200
_MAX_ID = 2**63 - 1
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)

# Longer than any valid value, so that the rule's own message is what a client reads, and short enough to stop floods.
_Text = Annotated[str, Field(max_length=1000)]


def _line(max_length: int) -> AfterValidator:
    return AfterValidator(lambda text: normalise_line(text, max_length))


def _country(code: str) -> str:
    if not _COUNTRY.fullmatch(code):
        raise ValueError("must be a country's two letters such as US (ISO 3166-1)")
    return code


_AddressLine = Annotated[_Text, _line(_MAX_ADDRESS_LINE_LENGTH)]
ProductId = Annotated[int, Field(ge=1, le=_MAX_ID)]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class PostalAddress(RequestModel):
    """Where an order goes, field by field."""

    recipient: _AddressLine
    street: _AddressLine
    street2: _AddressLine | None = None
    city: _AddressLine
    region: _AddressLine | None = None
    postal_code: Annotated[_Text, _line(20)]
    country: Annotated[_Text, AfterValidator(_country)]
    phone: Annotated[_Text, _line(32)] | None = None


class OrderItem(RequestModel):
    """A number of units of a product."""

    product_id: ProductId
    quantity: Quantity


class PlaceOrderRequest(RequestModel):
    """POST /orders: one product, or several as `items`; prices are the shop's."""

    product_id: ProductId | None = None
    quantity: Quantity | None = None
    items: Annotated[list[OrderItem], Field(min_length=1, max_length=MAX_LINES)] | None = None
    address: Annotated[
        Annotated[_Text, AfterValidator(lambda text: normalise_text(text, _MAX_ADDRESS_LENGTH)), Tag(tag("text"))]
        | Annotated[PostalAddress, Tag(tag("fields"))],
        Discriminator(lambda value: tag("fields") if isinstance(value, dict | PostalAddress) else tag("text")),
    ]
    payment_method: PaymentMethod = "card"

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        for field, given in (("product_id", self.product_id), ("quantity", self.quantity)):
            if (given is None) == (self.items is None):
                raise field_error(field, "is required where no items are given, and cannot stand beside them")
        return self

    def wanted(self) -> list[Wanted]:
        """What is ordered, each product once.

        Raises:
            InvalidInput: more than 999 units of one product are wanted.
        """
        if self.items is None:
            return summed([(self.product_id or 0, self.quantity or 0)], "product_id", "quantity")
        items = [(item.product_id, item.quantity) for item in self.items]
        return summed(items, "items.{}.product_id", "items.{}.quantity")

    def address_as_stored(self) -> Any:
        """The text, or the fields that were given."""
        if isinstance(self.address, PostalAddress):
            return self.address.model_dump(exclude_none=True)
        return self.address


class CancelOrderRequest(RequestModel):
    """POST /orders/{id}/cancel; the body may be left out."""

    reason: Annotated[_Text, _line(_MAX_REASON_LENGTH)] | None = None


class ConfirmOrderRequest(RequestModel):
    """POST /orders/{id}/confirm: what the payment is called where it was received."""

    reference: Annotated[_Text, _line(_MAX_REFERENCE_LENGTH)]


class SetOrderStatusRequest(RequestModel):
    """PUT /orders/{id}/status: shipped with carrier and tracking number, or delivered."""

    status: Literal["shipped", "delivered"]
    carrier: Annotated[_Text, _line(MAX_CARRIER_LENGTH)] | None = None
    tracking_number: Annotated[_Text, _line(MAX_TRACKING_NUMBER_LENGTH)] | None = None

    @model_validator(mode="after")
    def _shipped_with_what(self) -> Self:
        for field, given in (("carrier", self.carrier), ("tracking_number", self.tracking_number)):
            if (given is None) != (self.status == "delivered"):
                raise field_error(field, "is required for shipped, and cannot be given for delivered")
        return self
