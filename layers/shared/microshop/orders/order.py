"""The rules of an order: what it is made of, and how it goes from one state to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from microshop.errors import FieldProblem, InvalidInput, NotOnSale, OutOfStock, WrongOrderState
from microshop.orders.numbers import new_order_id, new_order_number
from microshop.orders.pricing import Terms, charge
from microshop.orders.states import PaymentStatus, State, Status, Transition

type PaymentMethod = Literal["card", "cash_on_delivery"]
type Address = str | dict[str, str]

MAX_LINES = 50
MAX_QUANTITY = 999
MAX_CARRIER_LENGTH = 64
MAX_TRACKING_NUMBER_LENGTH = 64


@dataclass(frozen=True)
class Wanted:
    """A number of units of a product, and the fields of the request that ask for it."""

    product_id: int
    quantity: int
    product_field: str
    quantity_field: str


@dataclass(frozen=True)
class PricedProduct:
    """What a product on sale costs at this moment, and how many units are on hand."""

    id: int
    sku: str
    name: str
    price_minor: int
    currency: str
    stock: int


@dataclass(frozen=True)
class OrderLine:
    """Units of one product, with the name and price that it had when it was ordered; `returned` went back to stock."""

    product_id: int
    sku: str
    name: str
    unit_price_minor: int
    quantity: int
    returned: int = 0

    @property
    def total_minor(self) -> int:
        """What the line costs."""
        return self.unit_price_minor * self.quantity

    @property
    def kept(self) -> int:
        """The units that have not gone back to stock and are not about to with a refund."""
        return self.quantity - self.returned


@dataclass(frozen=True)
class Order:
    """An order. `version` counts its changes, its making included; `tax_minor` is part of `total_minor`.

    `captured_minor` is the money that has arrived for it, `refunded_minor` what of that went back.
    """

    id: int
    order_number: str
    user_id: int
    status: Status
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    payment_reference: str | None
    lines: tuple[OrderLine, ...]
    currency: str
    subtotal_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    captured_minor: int
    refunded_minor: int
    address: Address
    carrier: str | None
    tracking_number: str | None
    expires_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> State:
        """Where it is, and where its money is."""
        return self.status, self.payment_status

    @classmethod
    def place(
        cls,
        user_id: int,
        lines: Sequence[OrderLine],
        *,
        address: Address,
        payment_method: PaymentMethod,
        currency: str,
        terms: Terms,
        unpaid_for: timedelta,
        now: datetime,
    ) -> Self:
        """A new order. One that is paid by card waits for that until `unpaid_for` has passed; cash needs no waiting."""
        waits = payment_method == "card"
        charges = charge(sum(line.total_minor for line in lines), terms)
        return cls(
            id=new_order_id(now),
            order_number=new_order_number(),
            user_id=user_id,
            status="pending" if waits else "confirmed",
            payment_status="unpaid",
            payment_method=payment_method,
            payment_reference=None,
            lines=tuple(lines),
            currency=currency,
            subtotal_minor=charges.subtotal_minor,
            shipping_minor=charges.shipping_minor,
            tax_minor=charges.tax_minor,
            total_minor=charges.total_minor,
            captured_minor=0,
            refunded_minor=0,
            address=address,
            carrier=None,
            tracking_number=None,
            expires_at=now + unpaid_for if waits else None,
            version=1,
            created_at=now,
            updated_at=now,
        )

    def after(self, transition: Transition, now: datetime, **details: Any) -> Self:
        """The order once it has gone through `transition`; `details` are further fields that it sets.

        Raises:
            WrongOrderState: it does not start from where the order is.
        """
        reached = transition.leads.get(self.state)
        if reached is None:
            raise WrongOrderState(self.status, self.payment_status, transition.action)
        status, payment_status = reached
        expires_at = self.expires_at if status == "pending" else None
        changes = {"status": status, "payment_status": payment_status, "expires_at": expires_at, **details}
        return replace(self, **changes, version=self.version + 1, updated_at=now)

    def with_all_units_returned(self) -> Self:
        """The order once all its units are back in stock."""
        return replace(self, lines=tuple(replace(line, returned=line.quantity) for line in self.lines))


def summed(items: Sequence[tuple[int, int]], product_field: str, quantity_field: str) -> list[Wanted]:
    """The items, as (product id, quantity), with those of one product made one.

    The fields are named for the first item of each product; `{}` in them is its index.

    Raises:
        InvalidInput: more than 999 units of one product are wanted.
    """
    wanted: dict[int, Wanted] = {}
    for index, (product_id, quantity) in enumerate(items):
        before = wanted.get(product_id) or Wanted(
            product_id, 0, product_field.format(index), quantity_field.format(index)
        )
        wanted[product_id] = replace(before, quantity=before.quantity + quantity)
    if over := [each.quantity_field for each in wanted.values() if each.quantity > MAX_QUANTITY]:
        reason = f"there can be at most {MAX_QUANTITY} units of one product in an order"
        raise InvalidInput(*(FieldProblem(field, reason) for field in over))
    return list(wanted.values())


def priced(wanted: Sequence[Wanted], on_sale: Mapping[int, PricedProduct]) -> list[OrderLine]:
    """The lines of an order at today's prices.

    Raises:
        NotOnSale: some products are not on sale.
        OutOfStock: of some, fewer units are on hand.
    """
    if missing := [each.product_field for each in wanted if each.product_id not in on_sale]:
        raise NotOnSale(*(FieldProblem(field, "is no product on sale") for field in missing))
    short = [
        FieldProblem(each.quantity_field, f"only {on_sale[each.product_id].stock} left")
        for each in wanted
        if each.quantity > on_sale[each.product_id].stock
    ]
    if short:
        raise OutOfStock(*short)
    return [_line(on_sale[each.product_id], each.quantity) for each in wanted]


def _line(product: PricedProduct, quantity: int) -> OrderLine:
    return OrderLine(product.id, product.sku, product.name, product.price_minor, quantity)
