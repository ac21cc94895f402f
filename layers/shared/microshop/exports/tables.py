"""The columns of exports. None of them contains a postal or email address."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from microshop.days import day_of
from microshop.exports.csv_file import Cell
from microshop.exports.period import Kind, Period
from microshop.money import to_decimal

type Row = Mapping[str, Any]
type Columns = Mapping[str, Callable[[Row], Cell]]


def _time(column: str) -> Callable[[Row], Cell]:
    # A fixed length, so that the text sorts correctly.
    return lambda row: _to_text(row[column])


def _amount(column: str) -> Callable[[Row], Cell]:
    return lambda row: Decimal(to_decimal(row[column], row["currency"]))


def _to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


_OUTGOING = ("refunded", "dispute_withdrawn", "dispute_fee")


def _signed_amount(row: Row) -> Cell:
    minor = row["amount_minor"] * (-1 if row["kind"] in _OUTGOING else 1)
    return Decimal(to_decimal(minor, row["currency"]))


_ORDERS: Columns = {
    "order_number": itemgetter("order_number"),
    "order_id": itemgetter("id"),
    "created_at": _time("created_at"),
    "updated_at": _time("updated_at"),
    "status": itemgetter("status"),
    "payment_status": itemgetter("payment_status"),
    "payment_method": itemgetter("payment_method"),
    "currency": itemgetter("currency"),
    "subtotal": _amount("subtotal_minor"),
    "shipping": _amount("shipping_minor"),
    "tax": _amount("tax_minor"),
    "total": _amount("total_minor"),
    "paid": _amount("captured_minor"),
    "refunded": _amount("refunded_minor"),
    "items": lambda row: int(row["items"]),
    "user_id": itemgetter("user_id"),
    "dispute": itemgetter("dispute_status"),
}
# The amounts of refunds, withdrawn funds and dispute fees are negative. The amount of a refund that failed after it
# had succeeded is positive: the money came back.
_PAYMENTS: Columns = {
    "entry_id": itemgetter("id"),
    "created_at": _time("created_at"),
    "kind": itemgetter("kind"),
    "order_number": itemgetter("order_number"),
    "order_id": itemgetter("order_id"),
    "payment_id": itemgetter("payment_id"),
    "attempt": itemgetter("attempt"),
    "provider": itemgetter("provider"),
    "reference": itemgetter("reference"),
    "amount": _signed_amount,
    "currency": itemgetter("currency"),
    "cause": itemgetter("cause"),
    "reason": itemgetter("reason"),
}
_AUDIT_LOG: Columns = {
    "entry_id": itemgetter("id"),
    "created_at": _time("created_at"),
    "user_id": itemgetter("user_id"),
    "key_id": itemgetter("key_id"),
    "action": itemgetter("action"),
    "entity": itemgetter("entity"),
    "entity_id": itemgetter("entity_id"),
    "changes": itemgetter("changes"),
    "request_id": itemgetter("request_id"),
}
_TABLES: Mapping[Kind, Columns] = {"orders": _ORDERS, "payments": _PAYMENTS, "audit-log": _AUDIT_LOG}


def header_of(kind: Kind) -> list[Cell]:
    """Returns the names of an export's columns. The last is the row's day in the shop's time zone."""
    return [*_TABLES[kind], "day"]


def cells_of(period: Period, row: Row) -> list[Cell]:
    """Returns a row's cells: amounts as decimals in the row's currency, times in UTC, the day in the shop's zone."""
    day = day_of(row["created_at"], period.zone).isoformat()
    return [*(cell_of(row) for cell_of in _TABLES[period.kind].values()), day]
