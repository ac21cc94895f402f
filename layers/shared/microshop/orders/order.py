"""The rules of an order: what it is made of, and how it goes from one state to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, cast

from microshop.errors import WrongOrderState
from microshop.orders.numbers import new_order_id, new_order_number
from microshop.orders.pricing import charge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from typing import TypedDict, Unpack

    from microshop.orders.dispute_status import DisputeStatus
    from microshop.orders.pricing import Terms
    from microshop.orders.states import OrderStatus, PaymentStatus, State, Transition

    class OrderChanges(TypedDict, total=False):
        """The fields that a transition may set besides the state."""

        payment_reference: str
        captured_minor: int
        refunded_minor: int
        carrier: str
        tracking_number: str
        dispute_status: DisputeStatus
        return_refund_minor: int


type PaymentMethod = Literal["card", "cash_on_delivery"]
type NewStatus = Literal["pending", "confirmed"]
type Address = str | dict[str, str]

MAX_CARRIER_LENGTH = 64
MAX_TRACKING_NUMBER_LENGTH = 64


@dataclass(frozen=True)
class OrderLine:
    """Units of one product, with its name and price at the time of the order; `returned` went back to stock."""

    product_id: int
    sku: str
    name: str
    unit_price_minor: int
    quantity: int
    returned: int = 0

    @property
    def total_minor(self) -> int:
        """The price of all its units."""
        return self.unit_price_minor * self.quantity

    @property
    def unreturned(self) -> int:
        """The units that have not gone back to stock and are not about to with a refund."""
        return self.quantity - self.returned


@dataclass(frozen=True)
class OrderDispute:
    """A dispute of a payment of the order. `amount_minor` is in the minor unit of `currency`, which the bank names."""

    status: DisputeStatus
    reason: str
    amount_minor: int
    currency: str
    respond_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class PlacedOrder(NamedTuple):
    """The result of placing an order: the same for every request with one idempotency key."""

    id: int
    order_number: str
    status: NewStatus
    total_minor: int
    currency: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Order:
    """An order. `version` counts its changes, its making included; `tax_minor` is part of `total_minor`.

    `captured_minor` is the money that has arrived for it, `refunded_minor` the part of that which went back.
    `dispute_status` is that of its most serious `dispute`. `return_refund_minor` is the part of the money of a
    returned order that goes back in all, once an admin has decided that.
    """

    id: int
    order_number: str
    user_id: int
    status: OrderStatus
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
    dispute_status: DisputeStatus | None = None
    dispute: OrderDispute | None = None
    return_refund_minor: int | None = None

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
        """A new order. An order by card waits for its payment until `unpaid_for` has passed; cash on delivery does not.

        An order with nothing to pay is paid at once, whatever the payment method.
        """
        charges = charge(sum(line.total_minor for line in lines), terms)
        is_free = charges.total_minor == 0
        waits = payment_method == "card" and not is_free
        return cls(
            id=new_order_id(now),
            order_number=new_order_number(),
            user_id=user_id,
            status="pending" if waits else "confirmed",
            payment_status="paid" if is_free else "unpaid",
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

    def after(self, transition: Transition, now: datetime, **changes: Unpack[OrderChanges]) -> Self:
        """The order after `transition`, with these fields changed.

        Raises:
            WrongOrderState: the transition does not start from the state of the order.
        """
        reached = transition.moves.get(self.state)
        if reached is None:
            raise WrongOrderState(self.status, self.payment_status, transition.refusal)
        status, payment_status = reached
        return replace(
            self,
            status=status,
            payment_status=payment_status,
            expires_at=self.expires_at if status == "pending" else None,
            version=self.version + 1,
            updated_at=now,
            **changes,
        )

    @property
    def placed(self) -> PlacedOrder:
        """The result of placing it, while it is new."""
        status = cast("NewStatus", self.status)
        return PlacedOrder(self.id, self.order_number, status, self.total_minor, self.currency, self.expires_at)

    def with_all_units_returned(self) -> Self:
        """The order once all its units are back in stock."""
        return replace(self, lines=tuple(replace(line, returned=line.quantity) for line in self.lines))
