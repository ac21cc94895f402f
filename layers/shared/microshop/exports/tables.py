"""What the columns of an export show. None holds an address, whether of a house or of mail: nobody adds those up."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from microshop.exports.csv_file import Cell
from microshop.exports.period import Kind
from microshop.money import to_decimal

type Row = Mapping[str, Any]
type Columns = Mapping[str, Callable[[Row], Cell]]


def _time(column: str) -> Callable[[Row], Cell]:
    # Of one length, so that a spreadsheet that takes it for text sorts it all the same.
    return lambda row: _to_text(row[column])


def _amount(column: str) -> Callable[[Row], Cell]:
    return lambda row: Decimal(to_decimal(row[column], row["currency"]))


def _to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _moved(row: Row) -> Cell:
    minor = row["amount_minor"] * (-1 if row["kind"] == "refunded" else 1)
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
}
# A refund is negative, and so is the sum of a payment that went back. A refund that failed after it had succeeded is
# the money that came back again.
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
    "amount": _moved,
    "currency": itemgetter("currency"),
    "cause": itemgetter("cause"),
    "reason": itemgetter("reason"),
}
_TABLES: Mapping[Kind, Columns] = {"orders": _ORDERS, "payments": _PAYMENTS}


def header_of(kind: Kind) -> list[Cell]:
    """The names of an export's columns."""
    return list(_TABLES[kind])


def cells_of(kind: Kind, row: Row) -> list[Cell]:
    """A row of ExportQueries under that header: amounts are decimals in the row's currency, times are in UTC."""
    return [show(row) for show in _TABLES[kind].values()]
