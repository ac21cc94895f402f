"""A person whose data is everywhere: each personal column of the map holds a text that begins with the same mark."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microshop.mail_links.link import Purpose
from microshop.mail_links.recipient_repository import MailRecipients
from microshop.mail_links.repository import MailLinks
from microshop.privacy.columns import TABLES
from tests.support.account_owner import Owner
from tests.support.builders import a_caller

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis
    from tests.support.payments import Till

_MARK = "zq7"
_ADDRESS = {
    "recipient": f"{_MARK} Lovelace",
    "street": f"{_MARK} Street 1",
    "city": f"{_MARK}ville",
    "postal_code": f"{_MARK}01",
    "region": "IL",
    "country": "US",
    "phone": f"+1 555 {_MARK}",
}
_ROWS = (
    "UPDATE users SET disabled_reason = %(mark)s WHERE id = %(user_id)s",
    "INSERT INTO order_notes (order_id, user_id, text, created_at) VALUES (%(order_id)s, 1, %(mark)s, %(now)s)",
    "UPDATE order_history SET note = %(mark)s WHERE order_id = %(order_id)s",
    "UPDATE orders SET address = %(address)s, tracking_number = %(mark)s WHERE id = %(order_id)s",
    "UPDATE payment_entries SET reason = %(mark)s",
    "UPDATE refunds SET reason = %(mark)s, failure = %(mark)s WHERE order_id = %(order_id)s",
    """INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
    VALUES (%(user_id)s, %(mark)s, '', %(mark)s, %(now)s)""",
    """INSERT INTO api_keys (user_id, name, prefix, key_hash, created_at, expires_at)
    VALUES (%(user_id)s, %(mark)s, 'abcdefgh', REPEAT('0', 64), %(now)s, %(later)s)""",
    """INSERT INTO second_factors (user_id, sealed_secret, confirmed_at, created_at)
    VALUES (%(user_id)s, %(mark)s, %(now)s, %(now)s)""",
    """INSERT INTO addresses (user_id, slot, address, is_default, created_at, updated_at)
    VALUES (%(user_id)s, 1, %(address)s, TRUE, %(now)s, %(now)s)""",
    """INSERT INTO data_exports (user_id, state, object_key, requested_at, ready_at, expires_at)
    VALUES (%(user_id)s, 'ready', %(mark)s, %(now)s, %(now)s, %(later)s)""",
    "INSERT INTO recovery_codes (user_id, code_hash) VALUES (%(user_id)s, %(mark)s)",
    """INSERT INTO staff_invitations (email, invited_by, language, created_at, expires_at, accepted_at, user_id)
    VALUES (%(email)s, %(other)s, 'en', %(now)s, %(now)s, %(now)s, %(user_id)s)""",
)


class MarkedPerson:
    """A person with a delivered and refunded order, and with data in every table."""

    def __init__(self, database: Database, redis: Redis, till: Till, product: int) -> None:
        self.database, self.redis = database, redis
        self.owner = Owner.registered(database, redis, _MARK)
        self.user_id, self.email = self.owner.user_id, self.owner.account.email
        own = till.__class__(database, a_caller(user_id=self.user_id), till.admin, till.provider)
        self.order_id = own.place_and_pay((product, 1))
        own.refund(self.order_id, None)
        values = {
            "user_id": self.user_id,
            "other": till.customer.user_id,
            "order_id": self.order_id,
            "email": self.email,
            "mark": _MARK,
            "now": datetime.now(UTC),
            "later": datetime.now(UTC) + timedelta(days=1),
            "address": json.dumps(_ADDRESS),
        }
        for statement in _ROWS:
            database.execute(statement, values)
        MailLinks(database).issue(Purpose.VERIFY_EMAIL, self.user_id, self.email)
        MailRecipients(database).add(self.email)

    def ask(self, due_at: datetime) -> None:
        """Ask for the erasure."""
        self.database.execute(
            "INSERT INTO erasures (user_id, state, asked_at, due_at) VALUES (%(id)s, 'asked', %(at)s, %(at)s)",
            {"id": self.user_id, "at": due_at},
        )

    def found_in(self) -> list[str]:
        """Returns the columns that still hold something of the person; the map names them."""
        return marked_columns(self.database)

    def state(self) -> str | None:
        """Returns the state of the erasure."""
        row = self.database.row("SELECT state FROM erasures WHERE user_id = %(id)s", {"id": self.user_id})
        return row["state"] if row else None


def marked_columns(database: Database) -> list[str]:
    """Returns the columns of all tables that contain the mark."""
    found = []
    for name, table in TABLES.items():
        rows = database.rows(f"SELECT * FROM {name}")  # noqa: S608 - names of the map
        found += [f"{name}.{column}" for column, *_ in table.fates() if any(_MARK in str(row[column]) for row in rows)]
    return sorted(found)
