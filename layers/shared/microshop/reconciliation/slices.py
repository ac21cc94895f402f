"""Slices: the rows that one query of a check reads, so that no query reads a whole table."""

from __future__ import annotations

from enum import StrEnum

from microshop.values import Value

# The largest BIGINT: a slice up to it has all rows from its beginning.
LAST_ID = 2**63 - 1


class Subject(StrEnum):
    """What the rows of a check are about. The value is the table that has an id for each."""

    PRODUCTS = "products"
    ORDERS = "orders"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    EVENTS = "outbox"

    @property
    def id_field(self) -> str:
        """The field with the id in the rows of checks."""
        return f"{self.value.removesuffix('s')}_id"


class Changes(StrEnum):
    """Records of changes: the columns and tables that show what has changed since a moment."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    STOCK_MOVEMENTS = "stock_movements"
    EVENTS = "events"
    PUBLISHED_EVENTS = "published_events"


class Slice(Value):
    """Rows of one subject: those with these `ids`; without `ids`, those from `first` to before `end`."""

    subject: Subject
    first: int = 0
    end: int = LAST_ID
    ids: tuple[int, ...] = ()

    def narrow(self, sql: str) -> str:
        """Returns the query for this slice: `{chosen[orders.id]}` in it becomes the condition of that column."""
        return sql.format(chosen=_Conditions(self))

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the conditions."""
        return {"ids": self.ids} if self.ids else {"first": self.first, "end": self.end}


class _Conditions:
    """The condition of a slice by column, as `str.format` looks it up."""

    def __init__(self, part: Slice) -> None:
        self._has_ids = bool(part.ids)

    def __getitem__(self, column: str) -> str:
        if self._has_ids:
            return f"{column} IN %(ids)s"
        return f"{column} >= %(first)s AND {column} < %(end)s"
