"""Reads the changes of orders from their history and events."""

import json

from microshop.platform.mysql import Database, Row
from tests.support.model_order import OrderChange
from tests.support.money_under_test import units_in_reason

_CHANGES = """
SELECT order_history.order_id, order_history.version, order_history.action, order_history.status,
       order_history.payment_status, outbox.type, outbox.detail, refunds.reason
FROM outbox
JOIN order_history ON order_history.event_id = outbox.event_id
LEFT JOIN refunds ON refunds.id = JSON_VALUE(outbox.detail, '$.data.refund_id')
WHERE outbox.id >= %(first)s
  AND outbox.id < %(end)s
  AND order_history.version > 1
ORDER BY outbox.id
"""


def changes_in(events: range, database: Database) -> list[OrderChange]:
    """The changes of existing orders in these rows of the outbox."""
    return [_order_change(row) for row in database.rows(_CHANGES, {"first": events.start, "end": events.stop})]


def _order_change(row: Row) -> OrderChange:
    data = json.loads(row["detail"])["data"]
    # OrderExpired has no restocked units, because it restocks all.
    restocked = data["lines"] if row["action"] == "expired" else data.get("restocked", [])
    return OrderChange(
        order_id=row["order_id"],
        version=row["version"],
        action=row["action"],
        status=row["status"],
        payment_status=row["payment_status"],
        event=row["type"],
        restocked={line["product_id"]: line["quantity"] for line in restocked},
        written_off={line["product_id"]: line["quantity"] for line in data.get("written_off", [])},
        requested=units_in_reason(row["reason"]),
    )
