"""Reads what orders went through, as their history and their events tell it."""

import json

from microshop.platform.mysql import Database, Row
from tests.support.model_order import Told
from tests.support.money_under_test import asked_back

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


def changes_in(events: range, database: Database) -> list[Told]:
    """What these rows of the outbox tell of orders that were there before."""
    return [_told(row) for row in database.rows(_CHANGES, {"first": events.start, "end": events.stop})]


def _told(row: Row) -> Told:
    data = json.loads(row["detail"])["data"]
    # The event of an order that expires names no units: all are back.
    back = data["lines"] if row["action"] == "expired" else data.get("restocked", [])
    return Told(
        order_id=row["order_id"],
        version=row["version"],
        action=row["action"],
        status=row["status"],
        payment_status=row["payment_status"],
        event=row["type"],
        restocked={line["product_id"]: line["quantity"] for line in back},
        written_off={line["product_id"]: line["quantity"] for line in data.get("written_off", [])},
        asked=asked_back(row["reason"]),
    )
