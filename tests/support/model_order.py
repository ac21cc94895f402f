"""A model of an order: its allowed changes, and the units that each restocks."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

_PAID = ("paid", "partially_refunded", "refunded")
_OPEN = ("unpaid", "processing", "review")
_CALLED_OFF = ("cancelled", "expired")
_ENDED = ("returned", *_CALLED_OFF)


@dataclass(frozen=True)
class OrderChange:
    """A change of an order, from its history and event, with returned units by product.

    `restocked` units are sold again, `written_off` units are not. `requested` are the units of the causing refund.
    """

    order_id: int
    version: int
    action: str
    status: str
    payment_status: str
    event: str
    restocked: Mapping[int, int]
    written_off: Mapping[int, int]
    requested: Mapping[int, int]


@dataclass(frozen=True)
class _Step:
    """The statuses from which a change before, the next one (None: the same), the payment statuses, and the event."""

    before: Collection[str]
    next_status: str | None
    money: Mapping[str, Collection[str]]
    event: str


def _kept(*payment_statuses: str) -> dict[str, Collection[str]]:
    return {each: (each,) for each in payment_statuses}


def _becoming(after: str, *before: str) -> dict[str, Collection[str]]:
    return dict.fromkeys(before, (after,))


_SOLD = ("confirmed", "shipped", "delivered")
_ANYWHERE = ("pending", *_SOLD, *_ENDED)
_STEPS = {
    "confirmed": _Step(("pending",), "confirmed", _becoming("paid", "unpaid"), "OrderConfirmed"),
    "shipped": _Step(("confirmed",), "shipped", _kept("unpaid", "paid", "partially_refunded"), "OrderShipped"),
    "delivered": _Step(("shipped",), "delivered", {"unpaid": ("paid",), **_kept(*_PAID)}, "OrderDelivered"),
    "shipment_corrected": _Step(("shipped",), None, _kept("unpaid", *_PAID), "OrderShipmentCorrected"),
    "return_settled": _Step(("returned",), None, _kept("paid", "partially_refunded"), "OrderReturnSettled"),
    "returned": _Step(("shipped",), "returned", _kept("unpaid", *_PAID), "OrderReturned"),
    # refunded: the payment did not match the total and was refunded
    "cancelled": _Step(
        ("pending", "confirmed"),
        "cancelled",
        {"review": ("review", "refunded", "unpaid"), **_kept("unpaid", *_PAID)},
        "OrderCancelled",
    ),
    "expired": _Step(("pending",), "expired", _kept("unpaid"), "OrderExpired"),
    "paid": _Step(("pending",), "confirmed", _becoming("paid", *_OPEN), "OrderPaid"),
    "paid_late": _Step(_CALLED_OFF, None, _becoming("paid", "unpaid", "review"), "OrderPaymentChanged"),
    "payment_processing": _Step(("pending",), None, _becoming("processing", "unpaid", "review"), "OrderPaymentChanged"),
    "payment_review": _Step(("pending", *_CALLED_OFF), None, _becoming("review", *_OPEN), "OrderPaymentChanged"),
    "payment_reopened": _Step(
        ("pending", *_CALLED_OFF), None, _becoming("unpaid", "processing", "review"), "OrderPaymentChanged"
    ),
    "payment_failed": _Step(("pending",), None, _becoming("unpaid", *_OPEN), "OrderPaymentFailed"),
    # in review: the payment does not match the total, so that it stays in review until the order ends
    "partially_refunded": _Step(
        ("pending", *_SOLD, *_ENDED),
        None,
        {"review": ("review",), **_becoming("partially_refunded", "paid", "partially_refunded")},
        "OrderRefunded",
    ),
    # in review: the cancellation follows
    "refunded": _Step(
        ("pending", *_SOLD, *_ENDED),
        None,
        {**_becoming("refunded", "paid", "partially_refunded"), "review": ("refunded", "unpaid", "review")},
        "OrderRefunded",
    ),
    "refund_failed": _Step(
        ("pending", *_SOLD, *_ENDED),
        None,
        # unpaid: the payment was in another currency
        {
            **_becoming("review", "review", "unpaid"),
            **dict.fromkeys(("partially_refunded", "refunded"), ("paid", "partially_refunded")),
        },
        "OrderPaymentChanged",
    ),
    "disputed": _Step(_ANYWHERE, None, _kept(*_OPEN, *_PAID), "OrderDisputed"),
    **{
        f"dispute_{end}": _Step(_ANYWHERE, None, _kept(*_OPEN, *_PAID), "OrderDisputeClosed")
        for end in ("won", "lost", "closed")
    },
}


# An order with nothing to pay is paid from the beginning; its refunds return only units.
_FREE_STEPS = {
    "shipped": _STEPS["shipped"],
    "delivered": _STEPS["delivered"],
    "shipment_corrected": _STEPS["shipment_corrected"],
    "returned": _STEPS["returned"],
    "cancelled": _Step(("confirmed",), "cancelled", _becoming("unpaid", "paid"), "OrderCancelled"),
    "refunded": _Step(_SOLD, None, _kept("paid"), "OrderRefunded"),
}


@dataclass
class ModelOrder:
    """An order with `units` by product id, of which some are `back` in stock. `late`: it can no longer be paid."""

    user_id: int
    units: Mapping[int, int]
    by_card: bool
    status: str
    payment_status: str = "unpaid"
    version: int = 1
    late: bool = False
    free: bool = False
    back: Counter[int] = field(default_factory=Counter)

    @property
    def next_step(self) -> str | None:
        """The next step of the delivery, if any."""
        return next((step for step in ("shipped", "delivered") if self.can(step)), None)

    @property
    def ended(self) -> bool:
        """Whether all its units are returned."""
        return self.status in _ENDED

    @property
    def called_off(self) -> bool:
        """Whether it was cancelled or has expired."""
        return self.status in _CALLED_OFF

    def can(self, action: str) -> bool:
        """Whether the order allows this action in its state."""
        step = self._steps.get(action)
        return step is not None and self.status in step.before and self.payment_status in step.money

    def apply(self, change: OrderChange) -> Mapping[int, int]:
        """Check and apply a change. Returns the units that it returns."""
        assert self.can(change.action), (self, change)
        step, back = self._steps[change.action], self._returned_units(change)
        assert change.event == step.event, change
        assert change.status == (step.next_status or self.status), (self, change)
        assert change.payment_status in step.money[self.payment_status], (self, change)
        assert change.version == self.version + 1, (self, change)
        assert +(Counter(change.restocked) + Counter(change.written_off)) == +Counter(back), (self, change)
        self.status, self.payment_status, self.version = change.status, change.payment_status, change.version
        self.back.update(back)
        assert all(self.back[product_id] <= self.units[product_id] for product_id in self.back), (self, change)
        return back

    @property
    def _steps(self) -> Mapping[str, _Step]:
        return _FREE_STEPS if self.free else _STEPS

    def _returned_units(self, change: OrderChange) -> Mapping[int, int]:
        if change.action in _ENDED:
            return Counter(self.units) - self.back
        if change.event == "OrderRefunded" and not self.ended:
            return change.requested
        return {}
