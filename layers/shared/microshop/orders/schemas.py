"""The request body for placing an order. Bodies for changes are in change_schemas.py, to keep this cold start short."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from microshop.errors import FieldProblem, InvalidInput
from microshop.money import to_minor
from microshop.orders.countries import (
    check_phone,
    country_code,
    country_of,
    missing_part,
    normalise_phone,
    normalise_postal_code,
)
from microshop.orders.item_schemas import Id, OrderItem, Quantity
from microshop.orders.order import PaymentMethod
from microshop.orders.requested_lines import MAX_LINES, RequestedLine, merge_lines
from microshop.schemas import OR_BLANK, RequestModel, SentAmount, Text, field_error, line, lines, tag
from microshop.text import normalise_line

MAX_ADDRESS_LENGTH = 500
_MAX_ADDRESS_LINE_LENGTH = 100
_MAX_POSTAL_CODE_LENGTH = 20
MAX_PHONE_LENGTH = 32


def phone_number(text: str) -> str:
    return normalise_line(normalise_phone(text), MAX_PHONE_LENGTH)


_AddressLine = Annotated[Text, line(_MAX_ADDRESS_LINE_LENGTH)]
_OptionalLine = Annotated[Text, line(_MAX_ADDRESS_LINE_LENGTH), OR_BLANK]


class PostalAddress(RequestModel):
    """A postal address in fields. The country determines which fields are required."""

    recipient: _AddressLine
    street: _AddressLine
    street2: _OptionalLine | None = None
    city: _OptionalLine | None = None
    region: _OptionalLine | None = None
    postal_code: Annotated[Text, line(_MAX_POSTAL_CODE_LENGTH), OR_BLANK] | None = None
    country: Annotated[Text, AfterValidator(country_code)]
    phone: Annotated[Text, AfterValidator(phone_number), OR_BLANK] | None = None

    @model_validator(mode="after")
    def _check_country_rules(self) -> Self:
        country = country_of(self.country)
        if field := missing_part(country, city=self.city, region=self.region, postal_code=self.postal_code):
            raise field_error(field, f"is required in {country.code}")
        field = "postal_code"
        try:
            code = self.postal_code and normalise_postal_code(self.postal_code, country)
            field = "phone"
            if self.phone:
                check_phone(self.phone, country)
        except ValueError as error:
            raise field_error(field, str(error)) from None
        return self.model_copy(update={"postal_code": code})


_DeliveryAddress = Annotated[
    Annotated[Text, lines(MAX_ADDRESS_LENGTH), Tag(tag("text"))] | Annotated[PostalAddress, Tag(tag("fields"))],
    Discriminator(lambda value: tag("fields") if isinstance(value, dict | PostalAddress) else tag("text")),
]


class PlaceOrderRequest(RequestModel):
    """POST /orders: one product, or several as `items`. The shop sets the prices."""

    product_id: Id | None = None
    quantity: Quantity | None = None
    items: Annotated[list[OrderItem], Field(min_length=1, max_length=MAX_LINES)] | None = None
    address: _DeliveryAddress | None = None
    payment_method: PaymentMethod = "card"
    # Excluded if they are None, so that fingerprints from before these fields stay valid.
    expected_total: SentAmount | None = Field(default=None, exclude_if=lambda value: value is None)
    address_id: Id | None = Field(default=None, exclude_if=lambda value: value is None)

    @model_validator(mode="after")
    def _check_is_one_form(self) -> Self:
        for field, value in (("product_id", self.product_id), ("quantity", self.quantity)):
            if (value is None) == (self.items is None):
                raise field_error(field, "is required unless items are given, and not allowed together with items")
        if self.address is None and self.address_id is None:
            raise field_error("address", "is required unless address_id is given")
        if self.address is not None and self.address_id is not None:
            raise field_error("address_id", "is not allowed together with address")
        return self

    def lines(self) -> list[RequestedLine]:
        """Returns the requested lines, one per product.

        Raises:
            InvalidInput: more than 999 units of one product are requested.
        """
        if self.items is None:
            return merge_lines([(self.product_id or 0, self.quantity or 0)], "product_id", "quantity")
        items = [(item.product_id, item.quantity) for item in self.items]
        return merge_lines(items, "items.{}.product_id", "items.{}.quantity")

    def expected_total_minor(self, currency: str) -> int | None:
        """Returns the total that the customer has seen, in the minor unit of `currency`; None if it was not sent.

        Raises:
            InvalidInput: the total has more decimals than the currency.
        """
        if self.expected_total is None:
            return None
        try:
            return to_minor(str(self.expected_total), currency)
        except ValueError as error:
            raise InvalidInput(FieldProblem("expected_total", str(error))) from None

    def stored_address(self) -> Any:
        """Returns the address to store: the text or the fields that were sent; None with an `address_id`."""
        if isinstance(self.address, PostalAddress):
            return self.address.model_dump(exclude_none=True)
        return self.address
