"""A person with a row in every table that has data about people, and a marked value in every column that holds text."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from microshop.values import Value

if TYPE_CHECKING:
    from microshop.platform.mysql import Database

_NUMBERS = itertools.count(int(datetime.now(UTC).timestamp()))
_TEXT_COLUMNS = """
SELECT column_name AS name
FROM information_schema.columns
WHERE table_schema = DATABASE()
  AND table_name = %(table)s
  AND data_type IN ('char', 'varchar', 'text', 'mediumtext', 'longtext', 'json', 'binary', 'varbinary')
  AND extra NOT LIKE '%%GENERATED%%'
"""
_NOW = datetime.now(UTC)


class Person(Value):
    """The ids of a person and of their order, and marker → `table.column` of every marked value."""

    user_id: int
    order_id: int
    email: str
    markers: dict[str, str]


def add_person(database: Database, name: str, *, language: str = "en") -> Person:
    """Add a person with a row in every table. `name` is part of each marker."""
    rows = _Rows(database, name)
    email = f"{name}-users-email@example.com"
    user = rows.add("users", email=email, role="customer", language=language, credentials_version=1, **_times())
    address = json.dumps({"recipient": f"{name} addresses address"})
    rows.add("addresses", user_id=user, slot=1, is_default=True, address=address, **_times())
    order = rows.add(
        "orders",
        id=next(_NUMBERS),
        order_number=f"MS-{next(_NUMBERS) % 10**10:010}",
        user_id=user,
        status="shipped",
        payment_status="paid",
        payment_method="card",
        currency="EUR",
        dispute_status="open",
        address=json.dumps({"recipient": f"{name} orders address"}),
        version=1,
        **dict.fromkeys(("subtotal_minor", "total_minor", "captured_minor"), 1999),
        **dict.fromkeys(("shipping_minor", "tax_minor"), 0),
        **_times(),
    )
    rows.add("order_lines", order_id=order, product_id=5, position=1, unit_price_minor=1999, quantity=1)
    rows.add(
        "order_history",
        order_id=order,
        version=1,
        action="ship",
        status="shipped",
        payment_status="paid",
        actor="admin",
        actor_id=1,
        event_id=f"{next(_NUMBERS)}",
        created_at=_NOW,
    )
    rows.add("order_notes", order_id=order, user_id=1, created_at=_NOW)
    payment = rows.add(
        "payments",
        order_id=order,
        attempt=1,
        provider="stripe",
        state="captured",
        currency="EUR",
        dispute_status="open",
        **dict.fromkeys(("amount_minor", "captured_minor"), 1999),
        **_times(),
    )
    rows.add("payment_entries", payment_id=payment, kind="captured", amount_minor=1999, currency="EUR", created_at=_NOW)
    refund = rows.add(
        "refunds",
        payment_id=payment,
        order_id=order,
        number=1,
        state="failed",
        amount_minor=1,
        currency="EUR",
        cause="requested",
        requested_by=1,
        fingerprint="f",
        **_times(),
    )
    rows.add("refund_lines", refund_id=refund, product_id=5, quantity=1)
    rows.add(
        "disputes",
        payment_id=payment,
        order_id=order,
        provider="stripe",
        status="open",
        amount_minor=1999,
        currency="EUR",
        opened_at=_NOW,
        as_of=_NOW,
    )
    rows.add("erasures", user_id=user, state="asked", asked_at=_NOW, due_at=_NOW)
    rows.add("second_factors", user_id=user, created_at=_NOW)
    rows.add(
        "api_keys", user_id=user, created_at=_NOW, expires_at=_NOW, prefix="msk_test", key_hash=f"{next(_NUMBERS)}"
    )
    rows.add("staff_invitations", email=email, invited_by=user, language="en", created_at=_NOW, expires_at=_NOW)
    link = f"{name}-mail_links-email@example.com"
    rows.add("mail_links", purpose="change_email", subject_id=user, email=link, expires_at=_NOW, token_hash=_hash())
    rows.add("mail_recipients", email=email, created_at=_NOW)
    rows.add("audit_log", at=_NOW, user_id=user, changes=json.dumps({"name": [None, f"{name} audit_log changes"]}))
    rows.add("data_exports", user_id=user, state="failed", requested_at=_NOW)
    return Person(user, order, email, rows.markers)


class _Rows:
    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self.markers: dict[str, str] = {}

    def add(self, table: str, **values: Any) -> int:
        """Insert a row; columns with text that have no value get their marker. Returns its id."""
        for column in (row["name"] for row in self._database.rows(_TEXT_COLUMNS, {"table": table})):
            if column not in values:
                values[column] = f"{self._name} {table} {column}"
                self.markers[values[column]] = f"{table}.{column}"
            elif self._name in str(values[column]):
                text = values[column]
                self.markers[text if column == "email" else f"{self._name} {table} {column}"] = f"{table}.{column}"
        names = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        made = self._database.insert(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
        return int(values.get("id", made))


def _times() -> dict[str, datetime]:
    return {"created_at": _NOW - timedelta(days=1), "updated_at": _NOW}


def _hash() -> bytes:
    return str(next(_NUMBERS)).encode().rjust(32)
