"""What an order should be: which changes it may go through, and what each brings back to stock."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

_PAID = ("paid", "partially_refunded", "refunded")
_OPEN = ("unpaid", "processing", "review")
_CALLED_OFF = ("cancelled", "expired")
_ENDED = ("returned", *_CALLED_OFF)


@dataclass(frozen=True)
class Told:
    """A change of an order, in its history and its event. `restocked` has the units that came back to stock.

    Units that came back and are not sold again are `written_off`. `asked` are the units of the refund that caused it.
    """

    order_id: int
    version: int
    action: str
    status: str
    payment_status: str
    event: str
    restocked: Mapping[int, int]
    written_off: Mapping[int, int]
    asked: Mapping[int, int]


@dataclass(frozen=True)
class _Step:
    """Where a change may start, where it leads (None: where it was), what it makes of the money, and what it tells."""

    starts: Collection[str]
    leads: str | None
    money: Mapping[str, Collection[str]]
    tells: str


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
    # refunded: what was paid was not what was asked for, and is all back
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
    # in review: what was paid is not what was asked for, so that it is to be looked at until the order is over
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
        # unpaid: it was in another currency
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


# Of an order with nothing to pay, which is paid from the beginning: no money goes back, so only units can come.
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
    """An order; `units` of each product, by id, and those that are `back` in stock. `late`: its time to pay is over."""

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
        """What brings the order nearer to its customer."""
        return next((step for step in ("shipped", "delivered") if self.can(step)), None)

    @property
    def ended(self) -> bool:
        """Whether all its units must be back."""
        return self.status in _ENDED

    @property
    def called_off(self) -> bool:
        """Whether it was cancelled or has expired."""
        return self.status in _CALLED_OFF

    def can(self, action: str) -> bool:
        """Whether the order is where that can be done."""
        step = self._steps.get(action)
        return step is not None and self.status in step.starts and self.payment_status in step.money

    def go(self, told: Told) -> Mapping[int, int]:
        """Go through a change as it is told, if that is one; the units that come back with it."""
        assert self.can(told.action), (self, told)
        step, back = self._steps[told.action], self._units_back(told)
        assert told.event == step.tells, told
        assert told.status == (step.leads or self.status), (self, told)
        assert told.payment_status in step.money[self.payment_status], (self, told)
        assert told.version == self.version + 1, (self, told)
        assert +(Counter(told.restocked) + Counter(told.written_off)) == +Counter(back), (self, told)
        self.status, self.payment_status, self.version = told.status, told.payment_status, told.version
        self.back.update(back)
        assert all(self.back[product_id] <= self.units[product_id] for product_id in self.back), (self, told)
        return back

    @property
    def _steps(self) -> Mapping[str, _Step]:
        return _FREE_STEPS if self.free else _STEPS

    def _units_back(self, told: Told) -> Mapping[int, int]:
        if told.action in _ENDED:
            return Counter(self.units) - self.back
        if told.event == "OrderRefunded" and not self.ended:
            return told.asked
        return {}
