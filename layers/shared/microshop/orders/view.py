"""Orders as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.money import to_decimal

if TYPE_CHECKING:
    # Only types: `make documents` reads the classes below, and no function loads them.
    from datetime import datetime
    from typing import Annotated, NotRequired, TypedDict

    from microshop.cursors import Page
    from microshop.list_view import ListCount
    from microshop.orders.dispute_status import DisputeStatus
    from microshop.orders.order import Address, Order, OrderDispute, OrderLine, PaymentMethod
    from microshop.orders.requested_lines import MAX_QUANTITY
    from microshop.orders.schemas import MAX_ADDRESS_LENGTH
    from microshop.orders.states import OrderStatus, PaymentStatus
    from microshop.view_types import Currency, Id, Money, NextCursor, OrderNumber, Timestamp

    type Quantity = Annotated[int, {"minimum": 1, "maximum": MAX_QUANTITY}]
    """Units of one product."""

    type PostalOrPlainAddress = Annotated[
        Address,
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": MAX_ADDRESS_LENGTH},
                {"$ref": "#/components/schemas/OrderAddress"},
            ]
        },
    ]

    type AddressLines = Annotated[list[str], {"minItems": 1}]
    """The address as written on a parcel, in the order that its country uses."""

    type ReturnRefund = Money | None
    """The total refund of a returned order; null until an admin has decided it."""

    class OrderAddressView(TypedDict):
        """A stored address in fields. Older orders may have values that are refused today."""

        recipient: str
        street: str
        street2: NotRequired[str]
        city: NotRequired[str]
        region: NotRequired[str]
        postal_code: NotRequired[str]
        country: str
        phone: NotRequired[str]

    type ExpiresAt = Timestamp | None
    """The time at which an order by card expires unless it is paid; null if it does not wait for a payment."""

    class OrderLineView(TypedDict):
        """Units of one product, with its name and price at the time of placing."""

        product_id: Id
        sku: str
        name: str
        unit_price: Money
        quantity: Quantity
        returned: int
        total: Money

    class OrderDisputeView(TypedDict):
        """The order's most serious dispute; its currency may differ from the order's."""

        status: DisputeStatus
        reason: str
        amount: Money
        currency: Currency
        respond_by: Timestamp | None
        opened_at: Timestamp
        closed_at: Timestamp | None

    class OrderView(TypedDict):
        """An order as its owner and admins see it."""

        id: Id
        order_number: OrderNumber
        user_id: Id
        status: OrderStatus
        payment_status: PaymentStatus
        payment_method: PaymentMethod
        lines: list[OrderLineView]
        subtotal: Money
        shipping: Money
        tax: Money
        total: Money
        paid: Money
        refunded: Money
        return_refund: ReturnRefund
        currency: Currency
        address: PostalOrPlainAddress
        address_lines: AddressLines
        carrier: str | None
        tracking_number: str | None
        dispute: OrderDisputeView | None
        expires_at: ExpiresAt
        version: int
        created_at: Timestamp
        updated_at: Timestamp

    class OrderPage(TypedDict):
        """A page of orders."""

        items: list[OrderView]
        next_cursor: NextCursor
        count: ListCount | None


def order_view(order: Order) -> OrderView:
    """Returns an order as its owner and admins see it."""
    currency = order.currency
    return {
        "id": order.id,
        "order_number": order.order_number,
        "user_id": order.user_id,
        "status": order.status,
        "payment_status": order.payment_status,
        "payment_method": order.payment_method,
        "lines": [_line_view(line, currency) for line in order.lines],
        "subtotal": to_decimal(order.subtotal_minor, currency),
        "shipping": to_decimal(order.shipping_minor, currency),
        "tax": to_decimal(order.tax_minor, currency),
        "total": to_decimal(order.total_minor, currency),
        "paid": to_decimal(order.captured_minor, currency),
        "refunded": to_decimal(order.refunded_minor, currency),
        "return_refund": None if order.return_refund_minor is None else to_decimal(order.return_refund_minor, currency),
        "currency": currency,
        "address": order.address,
        "address_lines": _address_lines(order.address),
        "carrier": order.carrier,
        "tracking_number": order.tracking_number,
        "dispute": _dispute_view(order.dispute) if order.dispute else None,
        "expires_at": _time(order.expires_at),
        "version": order.version,
        "created_at": order.created_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
    }


def order_page(page: Page[Order]) -> OrderPage:
    """Returns a page of orders as the API shows it."""
    return {
        "items": [order_view(order) for order in page.items],
        "next_cursor": page.next_cursor,
        "count": {"value": page.total.value, "exact": page.total.exact} if page.total else None,
    }


def etag_of(order: Order) -> str:
    """Returns the order's ETag: its version, which every change of the order increases."""
    return f'"{order.version}"'


def _address_lines(address: Address) -> list[str]:
    if isinstance(address, str):
        return [line.strip() for line in address.split("\n") if line.strip()]
    from microshop.orders.address_lines import address_lines  # noqa: PLC0415 - not every order has such an address

    return address_lines(address)


def _line_view(line: OrderLine, currency: str) -> OrderLineView:
    return {
        "product_id": line.product_id,
        "sku": line.sku,
        "name": line.name,
        "unit_price": to_decimal(line.unit_price_minor, currency),
        "quantity": line.quantity,
        "returned": line.returned,
        "total": to_decimal(line.total_minor, currency),
    }


def _dispute_view(dispute: OrderDispute) -> OrderDisputeView:
    return {
        "status": dispute.status,
        "reason": dispute.reason,
        "amount": to_decimal(dispute.amount_minor, dispute.currency),
        "currency": dispute.currency,
        "respond_by": _time(dispute.respond_by),
        "opened_at": dispute.opened_at.isoformat(),
        "closed_at": _time(dispute.closed_at),
    }


def _time(moment: datetime | None) -> Timestamp | None:
    return moment.isoformat() if moment else None
