"""Checks: their names, each with a sentence for people, the names of repairs, and the definition of a check."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum, auto, unique
from typing import TYPE_CHECKING, Any, Self

from microshop.money import to_decimal
from microshop.reconciliation.slices import Changes, Subject
from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

# The default of settings.outbox_retention_days().
_EVENT_RETENTION = timedelta(days=7)
# Covers the time between two runs of the purge, and the difference between two clocks.
_MARGIN = timedelta(hours=1)


class _Name(StrEnum):
    """The member's name in lower case is the identifier in logs, reports and audit rows. `sentence` is for people."""

    sentence: str

    def __new__(cls, identifier: str, sentence: str) -> Self:
        name = str.__new__(cls, identifier)
        name._value_, name.sentence = identifier, sentence
        return name


@unique
class CheckName(_Name):
    """The names of all checks. The sentence describes a disagreement."""

    STOCK_DIFFERS_FROM_LEDGER = auto(), "Stock differs from the sum of its movements."
    STOCK_TAKEN_DIFFERS_FROM_LINES = auto(), "Stock taken for an order differs from its lines."
    STOCK_MOVEMENT_WITHOUT_LINE = auto(), "A stock movement belongs to no line of its order."
    CLOSED_ORDER_NOT_RESTOCKED = auto(), "A closed order did not return all of its stock."
    RETURNED_QUANTITY_DIFFERS_FROM_MOVEMENTS = auto(), "Returned quantity on a line differs from its stock movements."
    ACTIVE_ORDER_RESTOCKED = auto(), "An order returned its stock although it is not closed."
    UNITS_WRITTEN_OFF_WITHOUT_RETURN = auto(), "More units of an order were written off than came back with its parcel."
    RESTOCKED_UNITS_DIFFER_FROM_REFUND = auto(), "Units restocked by a refund differ from the refund's lines."

    SUBTOTAL_DIFFERS_FROM_LINES = auto(), "The subtotal of an order differs from the sum of its lines."
    HISTORY_LENGTH_DIFFERS_FROM_VERSION = auto(), "An order does not have one history entry for each change."
    ORDER_DIFFERS_FROM_LAST_HISTORY_ENTRY = auto(), "The status of an order differs from its last history entry."
    ORDER_CHANGE_WITHOUT_EVENT = auto(), "A change of an order has no event."
    ORDER_EVENT_WITHOUT_CHANGE = auto(), "An order event belongs to no change of the order."

    PAYMENT_WITHOUT_LEDGER_ENTRY = auto(), "A payment that holds money has no ledger entry."
    PAYMENT_DIFFERS_FROM_LEDGER = auto(), "A payment differs from its ledger entries."
    REFUND_DIFFERS_FROM_LEDGER = auto(), "A refund differs from its ledger entries."
    PAYMENT_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS = auto(), "Refunded amount of a payment differs from its refunds."

    CAPTURED_PAYMENT_NOT_APPLIED_TO_ORDER = auto(), "A captured payment is not applied to its order."
    PAID_ORDER_WITHOUT_PAYMENT = auto(), "A paid order has no payment that holds money."
    ORDER_CAPTURED_AMOUNT_DIFFERS_FROM_PAYMENT = auto(), "Captured amount of an order differs from its payment."
    ORDER_REFUNDED_AMOUNT_DIFFERS_FROM_REFUNDS = auto(), "Refunded amount of an order differs from its refunds."
    PENDING_ORDER_WITHOUT_PAYMENT_ATTEMPT = auto(), "An order waits for a payment, but no attempt is in progress."
    PAID_ORDER_EXPIRED = auto(), "An order expired although it was paid."

    ORDER_DIFFERS_FROM_DISPUTES = auto(), "The dispute status of an order differs from its disputes."
    PAYMENT_DIFFERS_FROM_DISPUTES = auto(), "The dispute status of a payment differs from its disputes."
    DISPUTE_WITHOUT_LEDGER_ENTRY = auto(), "A dispute has no ledger entry."

    EVENT_STUCK_IN_OUTBOX = auto(), "An event is stuck in the outbox."
    EVENT_NOT_HANDLED = auto(), "A consumer has not handled a published event."

    PAYMENT_CHECK_OVERDUE = auto(), "The next status check of a payment is overdue."
    REFUND_CHECK_OVERDUE = auto(), "The next status check of a refund is overdue."
    REFUND_OVERDUE = auto(), "A refund was requested more than 15 minutes ago but has not been made."
    ORDER_REVIEW_OVERDUE = auto(), "An order has been in review for more than a day."
    DUE_REFUND_NOT_IN_PROGRESS = auto(), "Money is due to a customer, but no refund is in progress."
    MANUAL_REFUND_DUE = auto(), "Money is due to a customer, and only a person can refund it."

    DISPUTED_FUNDS_NOT_REINSTATED = auto(), "A dispute was won two weeks ago, but its funds are not reinstated."

    CAPTURE_MISSING_AT_PROVIDER = auto(), "A payment holds money in the ledger but is not captured at the provider."
    CAPTURE_MISSING_IN_LEDGER = auto(), "A payment is captured at the provider but holds no money in the ledger."
    CAPTURED_AMOUNT_DIFFERS_FROM_PROVIDER = auto(), "Captured amount differs from the provider's."
    REFUND_MISSING_AT_PROVIDER = auto(), "A refund succeeded in the ledger but is unknown to the provider."
    REFUND_MISSING_IN_LEDGER = auto(), "A refund of the provider is missing in the ledger."
    REFUND_AMOUNT_DIFFERS_FROM_PROVIDER = auto(), "Refunded amount differs from the provider's."
    REFUND_STATUS_DIFFERS_FROM_PROVIDER = auto(), "Refund status differs from the provider's."
    DISPUTE_MISSING_IN_LEDGER = auto(), "A dispute of the provider is missing in the ledger."
    DISPUTE_DIFFERS_FROM_PROVIDER = auto(), "A dispute, or the funds that it moved, differs from the provider's."


@unique
class RepairName(_Name):
    """The names of all repairs. The sentence describes the effect."""

    SET_STOCK_TO_LEDGER = auto(), "The stock is set to the sum of its movements."
    RESTOCK_CLOSED_ORDER = (
        auto(),
        "The missing units are returned to stock, but those of a returned parcel are written off: count them first.",
    )
    CORRECT_RETURNED_QUANTITY = auto(), "The returned quantity of the line is set to the sum of its movements."
    RELEASE_STUCK_EVENT = auto(), "The event becomes due now, with its failed attempts reset."
    REPUBLISH_EVENT = auto(), "The event is published again; consumers that have handled it ignore it."
    ADD_LEDGER_ENTRY = auto(), "The entry is added to the ledger."
    APPLY_CAPTURE_TO_ORDER = auto(), "The capture is applied again: it confirms the order, or refunds a closed one."
    ENTER_MANUAL_PAYMENT = auto(), "The payment that an admin confirmed, or that was made on delivery, is entered."
    CHECK_PAYMENT_NOW = auto(), "The status check becomes due now."
    CHECK_REFUND_NOW = auto(), "The status check becomes due now."
    APPLY_PROVIDER_STATE = auto(), "The provider's state is applied, as if its webhook had arrived now."


class Extent(StrEnum):
    """What a run compares."""

    # What has changed since the last run, what disagreed in it, and a part of everything.
    NIGHTLY = auto()
    # What has changed since the beginning of the window.
    PERIOD = auto()
    # Everything.
    FULL = auto()


class Window(Value):
    """The time that a run looks at, as of `now`. Payments are compared with their provider since `since`.

    Every event since `events_since` must still be in the outbox. Consumers must have handled an event `effect_within`
    after its publication.
    """

    since: datetime
    now: datetime
    events_since: datetime
    effect_within: timedelta = timedelta(minutes=15)
    extent: Extent = Extent.FULL

    @classmethod
    def of_days(
        cls,
        days: int | None,
        now: datetime,
        event_retention: timedelta = _EVENT_RETENTION,
        *,
        extent: Extent | None = None,
    ) -> Window:
        """Returns the window of the last `days`; None means no limit. Without an extent, days are a period."""
        since = BEGINNING if days is None else now - timedelta(days=days)
        events_since = max(since, now - event_retention + _MARGIN)
        return cls(since, now, events_since, extent=extent or (Extent.FULL if days is None else Extent.PERIOD))


# The records that show when something new may disagree, unless a check names others.
_CHANGES = {
    Subject.PRODUCTS: (Changes.STOCK_MOVEMENTS,),
    Subject.ORDERS: (Changes.ORDERS,),
    Subject.PAYMENTS: (Changes.PAYMENTS,),
    Subject.REFUNDS: (Changes.REFUNDS,),
    Subject.EVENTS: (Changes.EVENTS,),
}


class Check(Value):
    """A query whose rows are disagreements, and the templates of the report about a row.

    In `explanation`, `{captured_minor:amount}` is an amount in the row's `currency`. `to_do` is the advice for a person
    if there is no repair or the repair changes nothing. A check that runs once per consumer has the consumer as its
    `scope`.

    A check `about` something reads slices of it: its query has `{chosen[orders.id]}` as a condition, and its rows have
    the id. Any other check reads the few rows in a state that needs work.
    """

    name: CheckName
    sql: str
    subject: str
    explanation: str
    to_do: str
    repair: RepairName | None = None
    scope: str = ""
    about: Subject | None = None
    changes: tuple[Changes, ...] = ()

    def is_found_by(self, record: Changes) -> bool:
        """Whether changes in this record may be new disagreements."""
        return self.about is not None and record in (self.changes or _CHANGES[self.about])

    @property
    def scoped_name(self) -> str:
        """The name with the scope, which reports use if the query does not answer."""
        return f"{self.name}:{self.scope}" if self.scope else self.name

    def subject_of(self, row: Mapping[str, Any]) -> str:
        """Returns the thing that the row is about, such as `order:17`."""
        return self.subject.format_map(row)

    def explain(self, row: Mapping[str, Any]) -> str:
        """Returns the explanation of the row for people."""
        return _Explanation(row).vformat(self.explanation, (), row)


class _Explanation(string.Formatter):
    """Formats the values of a row for people. The format `amount` is for minor units in the row's currency."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "amount":
            return money(int(value), str(self._row["currency"]))
        match value:
            case datetime():
                return f"{value:%Y-%m-%d %H:%M:%S} UTC"
            case Decimal():
                return str(int(value))
            case None:
                return "none"
        return str(value)


def money(minor: int, currency: str) -> str:
    """`1999, "USD"` → `19.99 USD`."""
    return f"{to_decimal(minor, currency)} {currency}"
