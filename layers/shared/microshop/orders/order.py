"""The rules of an order: its contents and its transitions from one state to another."""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, cast

from microshop.errors import WrongOrderState
from microshop.orders.numbers import new_order_id, new_order_number
from microshop.orders.pricing import compute_charges
from microshop.values import Value

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


class OrderLine(Value):
    """Units of one product, with its name and price at the time of placing.

    `returned` counts the units that were restocked or written off, or that a pending refund will restock.
    """

    product_id: int
    sku: str
    name: str
    unit_price_minor: int
    quantity: int
    returned: int = 0

    @property
    def total_minor(self) -> int:
        """The price of all units."""
        return self.unit_price_minor * self.quantity

    @property
    def unreturned(self) -> int:
        """The units that are not counted as returned."""
        return self.quantity - self.returned


class OrderDispute(Value):
    """A dispute of a payment of the order. `currency` is that of the amount and may differ from the order's."""

    status: DisputeStatus
    reason: str
    amount_minor: int
    currency: str
    respond_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None


class PlacedOrder(NamedTuple):
    """The result of placing an order. Repeated requests with the same idempotency key get the same result."""

    id: int
    order_number: str
    status: NewStatus
    total_minor: int
    currency: str
    expires_at: datetime | None


class Order(Value):
    """An order. `version` counts its changes, including its placing; `tax_minor` is part of `total_minor`.

    `captured_minor` is the amount paid, `refunded_minor` the refunded part of it. `dispute` is the order's most serious
    dispute, `dispute_status` its status. `return_refund_minor` is the total refund of a returned order, or None until
    an admin has decided it.
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
        """The order status and the payment status."""
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
        payment_period: timedelta,
        now: datetime,
    ) -> Self:
        """Returns a new order. An order paid by card is pending until the payment, and expires after `payment_period`.

        An order with nothing to pay is paid immediately, whatever its payment method.
        """
        charges = compute_charges(sum(line.total_minor for line in lines), terms)
        is_free = charges.total_minor == 0
        is_pending = payment_method == "card" and not is_free
        return cls(
            id=new_order_id(now),
            order_number=new_order_number(),
            user_id=user_id,
            status="pending" if is_pending else "confirmed",
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
            expires_at=now + payment_period if is_pending else None,
            version=1,
            created_at=now,
            updated_at=now,
        )

    def after(self, transition: Transition, now: datetime, **changes: Unpack[OrderChanges]) -> Order:
        """Returns the order after `transition`, with these fields changed.

        Raises:
            WrongOrderState: the transition does not start from the order's state.
        """
        next_state = transition.moves.get(self.state)
        if next_state is None:
            raise WrongOrderState(self.status, self.payment_status, transition.refusal)
        status, payment_status = next_state
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
        """The result of placing this order; call it only on a new order."""
        status = cast("NewStatus", self.status)
        return PlacedOrder(self.id, self.order_number, status, self.total_minor, self.currency, self.expires_at)

    def with_all_units_returned(self) -> Order:
        """Returns the order with all units counted as returned."""
        return replace(self, lines=tuple(replace(line, returned=line.quantity) for line in self.lines))
