"""What a check is: a query that finds what must not be, and the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from microshop.messaging.outbox import STUCK_AFTER, STUCK_ATTEMPTS
from microshop.money import to_decimal
from microshop.orders.numbers import first_order_id

if TYPE_CHECKING:
    from collections.abc import Mapping

EVER = datetime(1970, 1, 1, tzinfo=UTC)

# What is younger than this may still be on its way: a webhook, or the shop's own next statement.
SETTLES_WITHIN = timedelta(minutes=5)
# The resolver looks every minute; what it has not looked at for so long, it will not.
_OVERDUE_AFTER = timedelta(hours=1)
_REVIEWED_WITHIN = timedelta(days=1)
# An outbox keeps published events for seven days unless it is told otherwise (functions/schedules/purge_expired.py).
_EVENTS_ARE_KEPT = timedelta(days=7)
# Between two runs of what deletes them, and between two clocks.
_MARGIN = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """What is looked at: orders and payments that were made or changed since then, at the moment `now`.

    `events_since` is from when on every event must still be in the outbox; an event that was published
    `effect_within` ago has had its effect by now.
    """

    since: datetime
    now: datetime
    events_since: datetime
    effect_within: timedelta = timedelta(minutes=15)

    @classmethod
    def of_days(cls, days: int | None, now: datetime, events_are_kept: timedelta = _EVENTS_ARE_KEPT) -> Window:
        """The last days; None is all there is."""
        since = EVER if days is None else now - timedelta(days=days)
        return cls(since, now, max(since, now - events_are_kept + _MARGIN))

    @property
    def parameters(self) -> dict[str, object]:
        """What the queries of checks are given."""
        return {
            "since": self.since,
            "first_order": first_order_id(self.since),
            "events_since": self.events_since,
            "effect_before": self.now - self.effect_within,
            "stuck_attempts": STUCK_ATTEMPTS,
            "stuck_before": self.now - STUCK_AFTER,
            "settled_before": self.now - SETTLES_WITHIN,
            "overdue_before": self.now - _OVERDUE_AFTER,
            "reviewed_before": self.now - _REVIEWED_WITHIN,
        }


@dataclass(frozen=True)
class Check:
    """`sql` finds the disagreements; the templates `subject` and `says` are filled from a row.

    Of a column `left_minor`, `{left}` is the amount in words, in the row's `currency`. `repair` names a line of
    repairs.REPAIRS; without one, or where it finds nothing that it may do, `to_do` is what a person should.
    """

    name: str
    sql: str
    subject: str
    says: str
    to_do: str
    repair: str | None = None

    def subject_of(self, row: Mapping[str, Any]) -> str:
        """What the row is about, such as `order:17`."""
        return self.subject.format_map(row)

    def words_of(self, row: Mapping[str, Any]) -> str:
        """What the row means."""
        return self.says.format_map(in_words(row))


def in_words(row: Mapping[str, Any]) -> dict[str, object]:
    """A row's values as people read them."""
    amounts = {
        name.removesuffix("_minor"): money(int(value), str(row["currency"]))
        for name, value in row.items()
        if name.endswith("_minor")
    }
    return {**{name: _word(value) for name, value in row.items()}, **amounts}


def money(minor: int, currency: str) -> str:
    """`1999, "USD"` → `19.99 USD`."""
    return f"{to_decimal(minor, currency)} {currency}"


def _word(value: object) -> object:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S} UTC"
        case Decimal():
            return int(value)
        case None:
            return "none"
    return value
